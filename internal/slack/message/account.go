package message

import (
	"slices"
)

// addSeen records that the message names an account.
func (p identityFormatter) addSeen(account string) {
	if p.seenAccounts != nil && isAccount(account) && !slices.Contains(*p.seenAccounts, account) {
		*p.seenAccounts = append(*p.seenAccounts, account)
	}
}

// unknownAccounts are the accounts in the message of which neither a name is known nor that they
// are external, the account of the event first.
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

// externalLabel says that an account is external. It is "" if the account is not, or if that is not
// known.
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
