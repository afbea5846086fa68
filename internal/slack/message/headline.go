package message

import (
	"strings"

	"github.com/trailbus/trailbus/rules"
)

// titledCalls is the most calls of a rule whose title says what was done. "Access key created"
// does; "IAM policy changed" is the title of twenty calls, some of which create and some delete.
const titledCalls = 2

// operationFor gives the operation if the rule's title does not say it, "" if it does.
func operationFor(rule *rules.Rule, m *Message) string {
	_, operation, ok := strings.Cut(m.Call, ":")
	switch {
	case !ok, strings.Contains(strings.ToLower(rule.Title), "sign-in"): // signin:ConsoleLogin adds nothing
		return ""
	case len(rule.Calls) > titledCalls:
		return operation
	case len(rule.Calls) == 0 && rule.Pattern != nil: // the rule may match any service
		return m.Call
	}
	return ""
}

// description says what was done, or tried, to the target.
func (m *Message) description(target string) string {
	on := func(s, before string) string {
		if target == "" || strings.Contains(s, target) {
			return s
		}
		return s + before + target
	}
	switch {
	case m.Outcome != succeeded && !saysFailure(m.Title) && m.Operation != "":
		return "tried " + on(m.Operation, " on ") + " (" + m.Title + ")"
	case m.Outcome != succeeded && !saysFailure(m.Title):
		return on("tried: "+m.Title, ": ")
	case m.Operation != "":
		return m.Title + ": " + on(m.Operation, " on ")
	}
	return on(m.Title, ": ")
}

// headline is the first line: severity, outcome, description and target.
func (m *Message) headline() string { return m.headlineOf("", m.Target) }

// headlineOf is the headline with a count and with another text for the target.
func (m *Message) headlineOf(times, target string) string {
	parts := []string{badge(m.Severity)}
	for _, part := range []string{times, m.Outcome.badge(), m.description(target)} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, " · ")
}
