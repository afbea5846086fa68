package config

import (
	"regexp"
	"slices"

	"github.com/trailbus/trailbus/internal/yamldoc"
)

// Alarms says who is told, around Slack, that Trailbus itself does not work.
type Alarms struct {
	// Emails are the addresses. AWS asks each to confirm. None: there are no alarms.
	Emails []string `json:"emails"`
}

// email is what SNS may send to. More than a look for slips is in vain: AWS asks the address itself.
var email = regexp.MustCompile(`^[^\s@<>,;:"()]+@[^\s@<>,;:"()]+\.[^\s@<>,;:"().]+$`)

// maxEmails is far below the quotas of SNS, and above what anybody wants.
const maxEmails = 20

func (r *reader) alarms(v yamldoc.Value) Alarms {
	if !v.Present() {
		return Alarms{}
	}
	fields := v.Fields("emails")
	if !required(fields["emails"], "alarms.emails") {
		return Alarms{}
	}
	alarms := Alarms{}
	for _, item := range fields["emails"].Items() {
		switch text := item.Text(); {
		case !email.MatchString(text):
			item.Problemf("found e-mail address %q, allowed: an address such as security@example.com", text)
		case slices.Contains(alarms.Emails, text):
			item.Problemf("e-mail address %s is given twice", text)
		default:
			alarms.Emails = append(alarms.Emails, text)
		}
	}
	switch n := len(fields["emails"].Items()); {
	case n == 0 && !fields["emails"].Wrong():
		fields["emails"].Problemf("no e-mail address is given, allowed: at least one")
	case n > maxEmails:
		fields["emails"].Problemf("found %d e-mail addresses, allowed: %d; a mailing list reaches more", n, maxEmails)
	}
	return alarms
}
