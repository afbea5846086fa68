package message

import (
	"cmp"
	"net/url"
	"regexp"
	"strings"

	"github.com/trailbus/trailbus/internal/cloudtrail"
)

// Link is a link to a page about the event.
type Link struct{ Label, URL string }

// Portal is an organization's AWS access portal.
type Portal struct {
	// URL is the address of the portal, such as https://example.awsapps.com/start.
	URL string
	// Role is the permission set to open the console with.
	// Default: the reader chooses.
	Role string
}

// portalURL is the form of a portal's address. It has no character that ends a link. Portals have
// several domains of AWS:
// https://docs.aws.amazon.com/singlesignon/latest/userguide/using-the-portal.html
var portalURL = regexp.MustCompile(`^https://[a-z0-9-]+(?:\.[a-z0-9-]+)+(?:/[A-Za-z0-9_-]+)*/?$`)

// permissionSet is the form of the name of a permission set:
// https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_CreatePermissionSet.html
var permissionSet = regexp.MustCompile(`^[A-Za-z0-9_+=,.@-]{1,32}$`)

// shortcut gives the address that signs the reader in to an account and opens a page of its
// console, "" without a portal:
// https://docs.aws.amazon.com/singlesignon/latest/userguide/createshortcutlink.html
func (p Portal) shortcut(account, destination string) string {
	if !portalURL.MatchString(p.URL) || !isAccount(account) || destination == "" {
		return ""
	}
	s := strings.TrimSuffix(p.URL, "/") + "/#/console?account_id=" + account
	if permissionSet.MatchString(p.Role) {
		s += "&role_name=" + url.QueryEscape(p.Role)
	}
	return s + "&destination=" + url.QueryEscape(destination)
}

// roleLabel is the role in the label of a link, "" without one.
func (p Portal) roleLabel() string {
	if permissionSet.MatchString(p.Role) {
		return " as " + p.Role
	}
	return ""
}

// links are the links of an event: to CloudTrail, first through the portal, because the console
// opens in the account that the reader is signed in to; then to the target.
func links(e *cloudtrail.Event, portal Portal, account string) []Link {
	var all []Link
	in := ""
	if account != "" {
		in = " in " + account
	}
	event := eventLink(e)
	if s := portal.shortcut(e.Account, event); s != "" {
		all = append(all, Link{"Open in CloudTrail" + portal.roleLabel() + in, s}, Link{"directly", event})
	} else if event != "" {
		label := "Open in CloudTrail"
		if account != "" {
			label += ", signed in to " + account
		}
		all = append(all, Link{label, event})
	}
	if name, address := resourcePage(e); address != "" {
		all = append(all, Link{"Open " + name, cmp.Or(portal.shortcut(e.Account, address), address)})
	}
	return all
}

// rulePage gives the page of a rule, "" if its address cannot be put into a link.
func rulePage(s string) string {
	if u, err := url.Parse(s); err != nil || u.Scheme != "https" || u.Host == "" || strings.ContainsAny(s, "<>|\"' \n") ||
		len(s) > urlLimit {
		return ""
	}
	return s
}

// eventLink gives the address of the event in CloudTrail's event history, in the Region and
// partition of the event:
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/view-cloudtrail-events-console.html
// The history holds management events of the last 90 days, so other events have no link. The
// console opens it in the account that the reader is signed in to; the address cannot choose that.
func eventLink(e *cloudtrail.Event) string {
	r := &e.Record
	region, id := cmp.Or(e.Region, r.Region), r.EventID
	if c := r.EventCategory; c != "" && c != "Management" || r.InsightDetails != nil {
		return ""
	}
	if r.EventType == "AwsCloudTrailInsight" || r.EventType == "AwsVpceEvent" {
		return ""
	}
	domain := consoleDomain(region)
	if domain == "" || !isName(id, eventIDLimit) || redactText(id) != id {
		return ""
	}
	return "https://" + region + "." + domain + "/cloudtrailv2/home?region=" + region + "#/events/" + id
}

// consoleDomain gives the domain of the console of a Region, "" if it is not known:
// https://docs.aws.amazon.com/general/latest/gr/mgmt-console.html
func consoleDomain(region string) string {
	switch {
	// A Region has three parts or more: eu-west-1, us-gov-west-1.
	case !isName(region, regionLimit) || strings.Count(region, "-") < 2 || region != strings.ToLower(region):
		return ""
	case strings.HasPrefix(region, "us-gov-"):
		return "console.amazonaws-us-gov.com"
	case strings.HasPrefix(region, "cn-"):
		return "console.amazonaws.cn"
	case strings.Contains(region, "-iso"), strings.HasPrefix(region, "eusc-"):
		return "" // the consoles of these partitions could not be checked
	}
	return "console.aws.amazon.com"
}

// isName reports whether external text can be put into an address unescaped: letters, digits and
// hyphens, beginning and ending with a letter or digit.
func isName(s string, limit int) bool {
	if s == "" || len(s) > limit || s[0] == '-' || s[len(s)-1] == '-' {
		return false
	}
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && c != '-' {
			return false
		}
	}
	return true
}
