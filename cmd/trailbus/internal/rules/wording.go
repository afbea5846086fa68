package rules

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/trailbus/trailbus/eventpattern"
	"github.com/trailbus/trailbus/rules"
)

// explainVerdict says why an event is posted for a rule, or is not.
func explainVerdict(v Verdict, l listedRule, refused error) string {
	var parts []string
	add := func(format string, args ...any) { parts = append(parts, fmt.Sprintf(format, args...)) }
	switch {
	case !v.Matches():
		add("%s", explainMismatch(v.Rule, v.Explanation))
	case v.Mute != nil:
		add("it is muted by %s until %s: %s", v.Mute.Owner, v.Mute.Until.Format(time.DateOnly),
			strings.Join(strings.Fields(v.Mute.Reason), " "))
	case v.Undelivered:
		add("EventBridge delivers a read-only management event (detail.readOnly is true) only for a rule with readOnly: true, and no such rule asks for it")
	case v.Enabled && refused == nil:
		add("%s", explainMatch(v.Hits))
	}
	if l.Off {
		add("it is switched off by rules.off")
	} else if !v.Enabled {
		add("it is not switched on (packs: %s)", strings.Join(l.Packs, ", "))
	}
	if len(parts) == 0 { // the reason is refused's, which is said once
		add("nobody is told of this event")
	}
	if v.Posted {
		for _, u := range v.Ineffective {
			add("%s", explainUnheededMute(u))
		}
	}
	return strings.Join(parts, "; ")
}

// explainMismatch says why an event does not match a rule.
func explainMismatch(rule *rules.Rule, e rules.Explanation) string {
	if len(e.Misses) == 0 {
		return fmt.Sprintf("its unless%s leaves it out: %s", formatIndex(e.Unless, len(rule.Unless)),
			joinFindings(e.LeftOut, eventpattern.Finding.Fact))
	}
	text := joinFindings(e.Misses, eventpattern.Finding.String)
	if e.Alternatives > 1 {
		text += fmt.Sprintf("; that is the nearest of %d ways to match", e.Alternatives)
	}
	return text
}

// explainMatch lists the fields by which an event matches, without the call, which is printed
// already.
func explainMatch(hits []eventpattern.Finding) string {
	rest := slices.DeleteFunc(slices.Clone(hits), func(f eventpattern.Finding) bool {
		return f.Path == "detail.eventSource" || f.Path == "detail.eventName"
	})
	if len(rest) == 0 {
		return "it is that call"
	}
	return joinFindings(rest, eventpattern.Finding.Fact)
}

// joinFindings joins findings.
func joinFindings(findings []eventpattern.Finding, words func(eventpattern.Finding) string) string {
	texts := make([]string, len(findings))
	for i, f := range findings {
		texts[i] = words(f)
	}
	return strings.Join(texts, ", and ")
}

// formatIndex names one of several.
func formatIndex(n, of int) string {
	if of == 1 {
		return ""
	}
	return fmt.Sprintf(" %d of %d", n, of)
}

// explainUnheededMute says why a mute of the rule does not mute the event.
func explainUnheededMute(u IneffectiveMute) string {
	if len(u.Misses) == 0 {
		return fmt.Sprintf("the mute by %s expired on %s", u.Mute.Owner, u.Mute.Until.Format(time.DateOnly))
	}
	return fmt.Sprintf("the mute by %s does not mute it, because %s", u.Mute.Owner,
		joinFindings(u.Misses, eventpattern.Finding.String))
}
