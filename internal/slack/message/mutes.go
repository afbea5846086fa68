package message

import (
	"strings"
	"time"

	"github.com/slack-go/slack"

	"github.com/trailbus/trailbus/rules"
)

const (
	// mutesLimit is the most mutes that a message lists. It counts the others.
	mutesLimit = 20
	// muteLimit is the length of the owner, and of the reason, of a mute.
	muteLimit = 120
)

// ExpiredMutes is the message about mutes that have expired.
func ExpiredMutes(mutes []rules.Mute) *slack.WebhookMessage {
	headline := "🔔 " + count(len(mutes)) + " mutes have expired"
	if len(mutes) == 1 {
		headline = "🔔 A mute has expired"
	}
	elements := appendFact(nil, fact{label: "Means", text: "What they kept quiet is told again."})
	elements = appendFact(elements, fact{label: "First",
		text: "Ask its owner, and give it a new day in trailbus.yaml or take it out there. Until then, this comes each Monday."})
	var names []string
	for i, mute := range mutes {
		names = append(names, muteSubject(mute)+" ("+Line(mute.Owner, nameLimit)+")")
		if i >= mutesLimit {
			continue
		}
		elements = append(elements, text("\n"+muteSubject(mute), &slack.RichTextSectionTextStyle{Bold: true}),
			text("  until "+mute.Until.UTC().Format(time.DateOnly)+", "+Line(mute.Owner, muteLimit)+": "+
				Line(mute.Reason, muteLimit), nil))
	}
	if more := len(mutes) - mutesLimit; more > 0 {
		elements = append(elements, text("\n… and "+count(more)+" more", nil))
	}
	return webhookMessage(escape(unlink(cut(headline+": "+strings.Join(names, ", "), fallbackLimit))),
		header(headline), slack.NewRichTextBlock("", slack.NewRichTextSection(elements...)))
}

// muteSubject says what a mute mutes.
func muteSubject(mute rules.Mute) string {
	switch {
	case mute.Rule == "":
		return "every rule, by a pattern"
	case mute.Pattern != nil:
		return Line(mute.Rule, nameLimit) + ", by a pattern"
	}
	return Line(mute.Rule, nameLimit)
}
