package message

import (
	"strings"

	"github.com/trailbus/trailbus/rules"
)

// titledCalls is how many calls a rule may name whose title says what was done. "Access key created" does; "IAM policy changed" stands
// for twenty calls, and creating one is not deleting one.
const titledCalls = 2

// operationFor gives the operation, where the rule's title does not say it.
func operationFor(rule *rules.Rule, m *Message) string {
	_, operation, ok := strings.Cut(m.Call, ":")
	switch {
	case !ok, strings.Contains(strings.ToLower(rule.Title), "sign-in"): // signin:ConsoleLogin says nothing more
		return ""
	case len(rule.Calls) > titledCalls:
		return operation
	case len(rule.Calls) == 0 && rule.Pattern != nil: // of any service
		return m.Call
	}
	return ""
}

// description says what was done, or tried, to what.
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

// headline is the first line: how urgent, whether it worked, what happened, to what.
func (m *Message) headline() string { return m.headlineOf("", m.Target) }

// headlineOf is the headline with how often, of a target of the caller's choice.
func (m *Message) headlineOf(times, target string) string {
	parts := []string{badge(m.Severity)}
	for _, part := range []string{times, m.Outcome.badge(), m.description(target)} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, " · ")
}
