package config

import "github.com/trailbus/trailbus/internal/yamldoc"

// NameSource is where messages take the names of accounts from that are not listed under accounts.
type NameSource string

// The sources.
const (
	// NamesListed leaves them without: messages give the id of an account that is not listed.
	NamesListed NameSource = "listed"
	// NamesFromOrganizations asks AWS Organizations, which tells the management account and delegated administrators:
	// https://docs.aws.amazon.com/organizations/latest/APIReference/API_DescribeAccount.html
	NamesFromOrganizations NameSource = "organizations"
)

// nameSource reads where names come from. With a stack set, accounts come by themselves and few are listed, so AWS Organizations is asked
// where it is known to answer: where the central account is the management account, or makes the stack set as a delegated administrator.
func nameSource(root yamldoc.Value, c *Config) NameSource {
	v := root.Get("accountNames")
	if !v.Present() {
		if c.StackSet != nil && (c.StackSet.CallAs == CallAsDelegatedAdmin || c.Management == c.Central.Account) {
			return NamesFromOrganizations
		}
		return NamesListed
	}
	source := NameSource(v.Text())
	if source == NamesFromOrganizations && !(root.Get("organization").Present() && root.Get("management").Present()) {
		v.Problemf("found accountNames: organizations without organization and management, allowed: with both, which say whose accounts the notifier may ask for, or accountNames: listed")
	}
	return source
}
