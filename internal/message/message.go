package message

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/trailbus/trailbus/internal/cloudtrail"
	"github.com/trailbus/trailbus/rules"
)

// Alert is an event together with the rules that it matches.
type Alert struct {
	Event *cloudtrail.Event
	// Rules are the rules that match, at least one, the most urgent first.
	Rules []*rules.Rule
	// AccountNames are the names of the organization's accounts by id. Without any, no account is called a stranger's.
	AccountNames map[string]string
}

// Message is what a person is told about one event. Its texts are free of credentials, clean and cut.
type Message struct {
	severity rules.Severity
	title    string
	outcome  outcome
	// reason is why a call failed: the error's code and message.
	reason string
	who    string
	// call is what was called as service:Operation, target the one thing that it was done to.
	call, target string
	// result is the name of what the call made, where it is not the target.
	result string
	// verdict says whether it worked, and what was made; "" where there was no call.
	verdict string
	// note is what else there is to say about the record.
	note string
	// params are request parameters as YAML, on one or more lines.
	params string
	where  string
	// outside names accounts in the parameters that are not of the organization.
	outside string
	// source is the address, agent the kind of client that the call came from.
	source, agent string
	time          time.Time
	why, first    string
	// also are the titles of the other rules that match.
	also    []string
	ruleID  string
	eventID string
	// link leads to the event in the console, "" where the console has no such page.
	link string
	// account is the account's name or else its id, for the link's label.
	account string
}

// What stands where a record says nothing.
const (
	nobody   = "an unknown caller"
	nameless = "an event without a name"
	nowhere  = "unknown account and Region"
)

// New makes the message of an alert.
func New(a Alert) *Message {
	e, r := a.Event, &a.Event.Record
	p := people{event: e, names: a.AccountNames}
	m := &Message{
		outcome: outcomeOf(r),
		reason:  reason(r),
		who:     cmp.Or(clean(redactText(p.who()), whoLimit), nobody),
		call:    cmp.Or(clean(redactText(call(r)), callLimit), nameless),
		target:  clean(redactText(target(r)), targetLimit),
		where:   cmp.Or(clean(redactText(p.where()), whereLimit), nowhere),
		source:  clean(redactText(source(r)), sourceLimit),
		agent:   clean(agent(r), agentLimit),
		time:    e.Time,
		eventID: clean(redactText(r.EventID), eventIDLimit),
		link:    link(e),
		account: clean(redactText(p.nameOf(e.Account)), nameLimit),
	}
	if m.time.IsZero() {
		m.time = r.Time
	}
	if made := clean(redactText(result(r)), targetLimit); made != m.target {
		m.result = made
	}
	m.verdict = verdict(r, m)
	m.note = clean(redactText(note(r)), noteLimit)
	m.takeRules(a.Rules)
	m.params = params(r, showPaths(a.Rules))
	m.outside = p.outside(m.params)
	return m
}

// verdict says of a call whether it worked. An Insight tells of many calls.
func verdict(r *cloudtrail.Record, m *Message) string {
	switch {
	case r.InsightDetails != nil:
		return ""
	case m.result != "":
		return m.outcome.verdict() + ": made " + m.result
	}
	return m.outcome.verdict()
}

// takeRules takes what the rules say. They are the user's own words, and yet cut like a stranger's.
func (m *Message) takeRules(matching []*rules.Rule) {
	if len(matching) == 0 {
		m.title = m.call
		return
	}
	first := matching[0]
	m.severity = first.Severity
	m.title = clean(first.Title, titleLimit)
	m.why = clean(first.Why, whyLimit)
	m.first = clean(first.First, whyLimit)
	m.ruleID = clean(first.ID, ruleIDLimit)
	if m.title == "" {
		m.title = m.call
	}
	for _, rule := range matching[1:] {
		if title := clean(rule.Title, titleLimit); title != "" && title != m.title && !slices.Contains(m.also, title) {
			m.also = append(m.also, title)
		}
	}
	if len(m.also) > othersLimit {
		m.also = append(m.also[:othersLimit:othersLimit], "…")
	}
}

// showPaths joins the parameters that the rules want shown, each once.
func showPaths(matching []*rules.Rule) []string {
	if len(matching) == 1 {
		return matching[0].Show
	}
	var paths []string
	for _, rule := range matching {
		for _, path := range rule.Show {
			if !slices.Contains(paths, path) {
				paths = append(paths, path)
			}
		}
	}
	return paths
}

// headline is the first line: how urgent, whether it worked, what happened, to what.
func (m *Message) headline() string {
	var b strings.Builder
	b.WriteString(badge(m.severity))
	if w := m.outcome.word(); w != "" {
		b.WriteString(" · " + w)
	}
	b.WriteString(" · " + m.outcome.attempt(m.title))
	if m.target != "" && !strings.Contains(m.title, m.target) {
		b.WriteString(": " + m.target)
	}
	return b.String()
}
