package message

import (
	"strings"
	"time"

	"github.com/slack-go/slack"

	"github.com/trailbus/trailbus/internal/contract"
	"github.com/trailbus/trailbus/rules"
)

// accountLinesLimit is the most accounts that a message about forwarders lists. It counts the
// others.
const accountLinesLimit = 15

// regionsLimit is the length of the Regions of an account.
const regionsLimit = 100

// Silence is the message about forwarders that fell silent or are back. The names are those of
// accounts, by id.
func Silence(r *contract.SilenceReport, names map[string]string) *slack.WebhookMessage {
	s := silenceText{SilenceReport: r, identityFormatter: identityFormatter{names: names}}
	headline := s.headline()
	return webhookMessage(escape(unlink(cut(headline+" — "+s.meaning(), fallbackLimit))),
		header(headline), slack.NewRichTextBlock("", slack.NewRichTextSection(s.elements()...)))
}

// silenceText writes the texts of a report.
type silenceText struct {
	*contract.SilenceReport
	identityFormatter
}

func (s silenceText) headline() string {
	if len(s.Silent) == 0 {
		return "✅ Heard again: " + s.subject(s.Recovered)
	}
	return badge(rules.Critical) + " · Silent: " + s.subject(s.Silent)
}

// subject names one forwarder, or counts several.
func (s silenceText) subject(all []contract.SilentForwarder) string {
	switch n := len(all); {
	case n == 1:
		return "the forwarder of " + s.nameOf(all[0].Account) + " in " + all[0].Region
	case n == s.Total():
		return "all " + count(n) + " forwarders"
	case s.accounts(all) == 1 && n == s.Watched[all[0].Account]:
		return "all " + count(n) + " forwarders of " + s.nameOf(all[0].Account)
	case s.accounts(all) == 1:
		return count(n) + " forwarders of " + s.nameOf(all[0].Account)
	default:
		return count(n) + " of " + count(s.Total()) + " forwarders, in " + count(s.accounts(all)) + " accounts"
	}
}

func (s silenceText) accounts(all []contract.SilentForwarder) int {
	ids := map[string]bool{}
	for _, f := range all {
		ids[f.Account] = true
	}
	return len(ids)
}

// meaning says what the report means.
func (s silenceText) meaning() string {
	if len(s.Silent) == 0 {
		if s.StillSilent > 0 {
			return "Events arrive from there again. " + count(s.StillSilent) + " of " + count(s.Total()) +
				" forwarders are still silent."
		}
		return "Events arrive from there again, and no other forwarder is silent."
	}
	return "No heartbeat came from there. Until one does, nothing that happens there is told."
}

// firstStep says where to look first.
func (s silenceText) firstStep() string {
	never := 0
	for _, f := range s.Silent {
		if f.LastHeartbeat.IsZero() {
			never++
		}
	}
	switch {
	case len(s.Silent) == s.Total() && s.accounts(s.Silent) > 1:
		return "What all of them share is the central account: look whether the event bus trailbus is there, whether its policy admits them, " +
			"and what was changed there."
	case never == len(s.Silent):
		return "They were never heard. Look in CloudFormation there whether the forwarder's stack was deployed."
	case s.accounts(s.Silent) == 1 && len(s.Silent) > 1:
		return "Look who changed that account: whether the stack TrailbusForwarder is still there, and whether a service control policy denies events:PutEvents."
	}
	return "Look there at the forwarder's stack in CloudFormation and at its heartbeat rule in EventBridge. Its dead-letter queue holds what the " +
		"central bus did not take, with the reason. If it was removed on purpose, there is nothing to do: this is told once."
}

// elements are the lines below the headline.
func (s silenceText) elements() []slack.RichTextSectionElement {
	elements := appendFact(nil, fact{label: "Means", text: s.meaning()})
	if len(s.Silent) > 0 {
		elements = appendFact(elements, fact{label: "First", text: s.firstStep()})
		elements = s.list(elements, "Silent", s.Silent)
	}
	if len(s.Recovered) > 0 {
		elements = s.list(elements, "Back", s.Recovered)
	}
	return elements
}

// list adds the forwarders, a line for each account.
func (s silenceText) list(to []slack.RichTextSectionElement, label string,
	all []contract.SilentForwarder) []slack.RichTextSectionElement {
	bold := &slack.RichTextSectionTextStyle{Bold: true}
	to = append(to, text("\n"+label, bold))
	for lines := 0; len(all) > 0; lines++ {
		if lines == accountLinesLimit {
			return append(to, text("\n… and "+count(len(all))+" more, in "+count(s.accounts(all))+" accounts", nil))
		}
		account, regions, heard := all[0].Account, []string(nil), time.Time{}
		for len(all) > 0 && all[0].Account == account {
			regions = append(regions, all[0].Region)
			if all[0].LastHeartbeat.After(heard) {
				heard = all[0].LastHeartbeat
			}
			all = all[1:]
		}
		where := strings.Join(regions, ", ")
		if len(regions) > 1 && len(regions) == s.Watched[account] {
			where = "all " + count(len(regions)) + " Regions"
		}
		to = append(to, text("\n"+Line(s.labelOf(account), nameLimit)+"  "+cut(where, regionsLimit), nil))
		switch {
		case label == "Silent" && heard.IsZero():
			to = append(to, text(", never heard", nil))
		case label == "Silent":
			to = append(to, text(", last heard ", nil), date(heard, "{date_short_pretty} {time}"))
		}
	}
	return to
}
