package message

import (
	"slices"
)

// meet remembers that an account was named.
func (p people) meet(account string) {
	if p.met != nil && isAccount(account) && !slices.Contains(*p.met, account) {
		*p.met = append(*p.met, account)
	}
}

// unknownAccounts are those of the accounts that were named of which nothing is known, the one that the event is about first.
func (p people) unknownAccounts() []string {
	var unknown []string
	for _, account := range *p.met {
		switch {
		case p.names[account] != "" || p.strangers[account]:
		case account == p.event.Account:
			unknown = slices.Insert(unknown, 0, account)
		default:
			unknown = append(unknown, account)
		}
	}
	return unknown
}

// mark says that an account is a stranger's: "" where it is not, or nobody can tell.
func (p people) mark(account string) string {
	switch _, ours := p.names[account]; {
	case ours || !isAccount(account):
	case p.strangers[account]:
		return " (" + notOurs + ")"
	case p.strangers == nil && len(p.names) > 0:
		return " (" + notListed + ")"
	}
	return ""
}

const (
	notOurs   = "not in your organization"
	notListed = "not in trailbus.yaml"
)
