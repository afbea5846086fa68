package message

import (
	"cmp"
	"strings"

	"github.com/trailbus/trailbus/rules"
)

// Minimal is what is told of an event whose message could not be made, by a bug of ours: which rule, which call, where, and under which
// id to find it. It has a text and no blocks. It takes of the record only what has the form of a name, so that nothing of what failed
// is needed here, neither the redaction nor the parameters. It takes an alert without an event, too.
func Minimal(a Alert) *Message {
	m := &Message{Plain: true, Title: "CloudTrail event", Who: "somebody (a bug of Trailbus: the event itself says who)", Where: unknownPlace, Mention: mention(a.Mention)}
	if len(a.Rules) > 0 && a.Rules[0] != nil {
		rule := a.Rules[0]
		m.Severity, m.Title, m.RuleID = rule.Severity, cmp.Or(cut(oneLine(rule.Title), titleLimit), m.Title), cut(oneLine(rule.ID), ruleIDLimit)
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
