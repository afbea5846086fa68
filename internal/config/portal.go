package config

// AccessPortal is the organization's AWS access portal, through which the links in messages lead.
type AccessPortal struct {
	// URL is the portal's, such as https://example.awsapps.com/start. Empty: there is none.
	URL string
	// Role is the permission set that the links open the console with. Empty: whoever follows one chooses.
	Role string
}
