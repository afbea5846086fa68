package config

import "github.com/trailbus/trailbus/internal/yamldoc"

// NameSource is the source of the names of accounts that are not listed under accounts.
type NameSource string

// The sources.
const (
	// NamesListed has no other source: a message has the id of an account that is not listed.
	NamesListed NameSource = "listed"
	// NamesFromOrganizations asks AWS Organizations, which answers the management account and
	// delegated administrators:
	// https://docs.aws.amazon.com/organizations/latest/APIReference/API_DescribeAccount.html
	NamesFromOrganizations NameSource = "organizations"
)

// nameSource reads the source of names. With a stack set few accounts are listed, so the default is
// AWS Organizations if that answers the central account: if it is the management account, or
// creates the stack set as a delegated administrator.
func nameSource(root yamldoc.Value, c *Config) NameSource {
	v := root.Get("accountNames")
	if !v.Present() {
		if c.StackSet != nil && (c.StackSet.CallAs == CallAsDelegatedAdmin || c.Management == c.Central.Account) {
			return NamesFromOrganizations
		}
		return NamesListed
	}
	source := NameSource(v.Text())
	if source == NamesFromOrganizations && (!root.Get("organization").Present() || !root.Get("management").Present()) {
		v.Problemf("found accountNames: organizations without organization and management, allowed: with both, which say whose accounts the notifier may ask for, or accountNames: listed")
	}
	return source
}
