package config

import (
	"regexp"

	"github.com/trailbus/trailbus/internal/yamldoc"
)

// AccessPortal is the organization's AWS access portal, through which the links in messages lead.
type AccessPortal struct {
	// URL is the portal's, such as https://example.awsapps.com/start. Empty: there is none.
	URL string `json:"url"`
	// Role is the permission set that the links open the console with. Empty: whoever follows one chooses.
	Role string `json:"role,omitempty"`
}

var (
	// Portals have several domains of AWS, by partition and by age:
	// https://docs.aws.amazon.com/singlesignon/latest/userguide/using-the-portal.html
	portalURL = regexp.MustCompile(`^https://[a-z0-9-]+(\.[a-z0-9-]+)*\.(awsapps\.com|awsapps\.cn|app\.aws)(/[A-Za-z0-9_-]+)*/?$`)
	// https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_CreatePermissionSet.html
	permissionSet = regexp.MustCompile(`^[A-Za-z0-9_+=,.@-]{1,32}$`)
)

func (r *reader) accessPortal(v yamldoc.Value) AccessPortal {
	if !v.Present() {
		return AccessPortal{}
	}
	fields := v.Fields("url", "role")
	portal := AccessPortal{}
	if required(fields["url"], "accessPortal.url") {
		if portal.URL = fields["url"].Text(); !portalURL.MatchString(portal.URL) {
			fields["url"].Problemf("found another address than that of an AWS access portal, allowed: https and a host such as example.awsapps.com, then its path, such as /start")
		}
	}
	if role := fields["role"]; role.Present() {
		if portal.Role = role.Text(); !permissionSet.MatchString(portal.Role) {
			role.Problemf("found role %q, allowed: the name of a permission set such as ReadOnly", portal.Role)
		}
	}
	return portal
}
