package message

import (
	"cmp"
	"strings"

	"github.com/trailbus/trailbus/rules"
)

// Minimal is the message of an event whose rendering panicked: the rule, the call, the account and
// Region, and the event's id. It has a text and no blocks. It uses only fields of the record that
// have the form of a name, so it needs none of the code that failed, neither the redaction nor the
// parameters. The alert may have no event.
func Minimal(a Alert) *Message {
	m := &Message{Plain: true, Title: "CloudTrail event", Who: "somebody (a bug of Trailbus: the event itself says who)",
		Where: unknownPlace, Mention: mention(a.Mention)}
	if len(a.Rules) > 0 && a.Rules[0] != nil {
		rule := a.Rules[0]
		m.Severity, m.Title, m.RuleID = rule.Severity, cmp.Or(cut(oneLine(rule.Title), titleLimit), m.Title),
			cut(oneLine(rule.ID), ruleIDLimit)
	} else {
		m.Severity = rules.High
	}
	if a.Event == nil {
		return m
	}
	r := &a.Event.Record
	name := func(s string) string {
		if isName(s, nameLimit) {
			return s
		}
		return "?"
	}
	m.Call = name(r.Service()) + ":" + name(r.EventName)
	m.EventID, m.Time = name(r.EventID), a.Event.Time
	m.Where = strings.Join([]string{name(a.Event.Account), name(a.Event.Region)}, ", ")
	m.Title += ": " + m.Call + ", event " + m.EventID
	return m
}
