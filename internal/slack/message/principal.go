package message

import "github.com/trailbus/trailbus/internal/cloudtrail"

// maxPrincipal is how long the name of a principal may be.
const maxPrincipal = 120

// Principal names who called and in which account they are, for a list of callers, on one clean line. It names a role without its
// session, but for roles of Identity Center, whose session is a person.
func Principal(event *cloudtrail.Event, accountNames map[string]string) string {
	e := *event
	i := &e.Record.Identity
	if i.PermissionSet() == "" {
		i.SessionName = ""
	}
	e.Account = i.AccountID // who it was is told, not where
	p := newIdentityFormatter(&e, accountNames)
	name := p.who()
	if i.Type != "AWSAccount" && isAccount(i.AccountID) {
		name += ", " + p.accountOf(i.AccountID)
	}
	return Line(name, maxPrincipal)
}

// Visible says that a terminal shows a character as it is.
func Visible(r rune) bool { return visibleRune(r) == r }
