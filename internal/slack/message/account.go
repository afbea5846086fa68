package message

import (
	"slices"
)

// addSeen remembers that an account was named.
func (p identityFormatter) addSeen(account string) {
	if p.seenAccounts != nil && isAccount(account) && !slices.Contains(*p.seenAccounts, account) {
		*p.seenAccounts = append(*p.seenAccounts, account)
	}
}

// unknownAccounts are those of the accounts that were named of which nothing is known, the one that the event is about first.
func (p identityFormatter) unknownAccounts() []string {
	var unknown []string
	for _, account := range *p.seenAccounts {
		switch {
		case p.names[account] != "" || p.external[account]:
		case account == p.event.Account:
			unknown = slices.Insert(unknown, 0, account)
		default:
			unknown = append(unknown, account)
		}
	}
	return unknown
}

// externalLabel says that an account is a stranger's: "" where it is not, or nobody can tell.
func (p identityFormatter) externalLabel(account string) string {
	switch _, ours := p.names[account]; {
	case ours || !isAccount(account):
	case p.external[account]:
		return " (" + notInOrganization + ")"
	case p.external == nil && len(p.names) > 0:
		return " (" + notInConfig + ")"
	}
	return ""
}

const (
	notInOrganization = "not in your organization"
	notInConfig       = "not in trailbus.yaml"
)
