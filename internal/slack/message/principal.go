package message

import "github.com/trailbus/trailbus/internal/cloudtrail"

// maxPrincipal is the length of the name of a principal.
const maxPrincipal = 120

// Principal names the caller and their account on one clean line, for a list of callers. It omits
// the session of a role, except for roles of Identity Center, whose session names a person.
func Principal(event *cloudtrail.Event, accountNames map[string]string) string {
	e := *event
	i := &e.Record.Identity
	if i.PermissionSet() == "" {
		i.SessionName = ""
	}
	e.Account = i.AccountID // so that who does not add it
	p := newIdentityFormatter(&e, accountNames)
	name := p.who()
	if i.Type != "AWSAccount" && isAccount(i.AccountID) {
		name += ", " + p.accountOf(i.AccountID)
	}
	return Line(name, maxPrincipal)
}

// Visible reports whether a terminal shows a character as it is.
func Visible(r rune) bool { return visibleRune(r) == r }
