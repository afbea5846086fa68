package message

import (
	"cmp"
	"slices"
	"time"

	"github.com/trailbus/trailbus/internal/cloudtrail"
	"github.com/trailbus/trailbus/rules"
)

// Alert is an event with the rules that match it.
type Alert struct {
	Event *cloudtrail.Event
	// Rules are the rules that match, at least one, the most severe first.
	Rules []*rules.Rule
	// AccountNames are the names of the organization's accounts by id. Without any and without
	// ExternalAccounts, no account is called external.
	AccountNames map[string]string
	// ExternalAccounts are the ids of accounts that are not in the organization. If it is nil, this
	// is not known, and an account without a name is said not to be in trailbus.yaml.
	ExternalAccounts map[string]bool
	// Portal is the organization's AWS access portal.
	// Default: links open the console directly.
	Portal Portal
	// Mention is the mention in the message, in Slack's form: <!here>, <!channel>, <!everyone>,
	// <!subteam^S…>, <@U…>. Any other text is ignored.
	// Default: no mention.
	Mention string
}

// Message is the content of the message about one event. Its texts are redacted, cleaned and cut.
// It can be stored as JSON, to be posted again with a count by a later run (see [Group]).
type Message struct {
	Severity rules.Severity
	Title    string
	// Operation is set if the title does not say it: Title is "IAM policy changed", Operation
	// "AttachUserPolicy".
	Operation string `json:"Act,omitempty"` // stored under its earlier name
	Outcome   outcome
	// Reason is why a call failed: the error's code and message.
	Reason string `json:",omitempty"`
	Who    string
	// Call is service:Operation, Target the main resource of the call.
	Call   string
	Target string `json:",omitempty"`
	// Result is the name of what the call created, if that is not the target.
	Result string `json:",omitempty"`
	// Verdict says whether the call succeeded, and what it created; "" if there was no call.
	Verdict string `json:",omitempty"`
	// Note is about a record that CloudTrail sent late or changed.
	Note string `json:",omitempty"`
	// Params are request parameters as YAML, on one or more lines.
	Params string `json:",omitempty"`
	Where  string
	// Outside lists external accounts in the parameters.
	Outside string `json:",omitempty"`
	// Source is the address, Agent the kind of client of the call.
	Source string `json:",omitempty"`
	Agent  string `json:",omitempty"`
	Time   time.Time
	Why    string `json:",omitempty"`
	First  string `json:",omitempty"`
	// Also is the titles of the other rules that match.
	Also    []string `json:",omitempty"`
	RuleID  string   `json:",omitempty"`
	EventID string   `json:",omitempty"`
	// Links are links to pages about the event, the most useful first. RulePage is the page of the
	// rule.
	Links    []Link `json:",omitempty"`
	RulePage string `json:",omitempty"`
	Mention  string `json:",omitempty"`
	// Same is the result of [Message.Key], "" if the key is made of the fields of the message.
	Same string `json:",omitempty"`
	// Plain says that the message is a text without blocks: see [Minimal].
	Plain bool `json:",omitempty"`
	// Unknown are the accounts in the message of which neither a name is known nor that they are
	// external.
	Unknown []string `json:"-"`
}

// Texts for what a record does not say.
const (
	unknownCaller = "an unknown caller"
	unnamedEvent  = "an event without a name"
	unknownPlace  = "unknown account and Region"
)

// New renders the message of an alert. A panic is a bug about this one event: the caller must
// recover, and post [Minimal] instead.
func New(a Alert) *Message { return NewRenderer(a).Render() }

// Render renders the whole message. It may panic, as [New] may.
func (d *Renderer) Render() *Message {
	a, e, r := d.alert, d.alert.Event, &d.alert.Event.Record
	var seen []string
	p := d.identities
	p.names, p.external, p.seenAccounts = a.AccountNames, a.ExternalAccounts, &seen
	m := &Message{
		Outcome: d.outcome,
		Reason:  reason(r),
		Who:     cmp.Or(Line(redactText(p.who()), whoLimit), unknownCaller),
		Call:    d.Call,
		Target:  d.Target,
		Where:   cmp.Or(Line(redactText(p.where()), whereLimit), unknownPlace),
		Source:  d.Source,
		Agent:   Line(agent(r), agentLimit),
		Time:    d.Time,
		EventID: Line(redactText(r.EventID), eventIDLimit),
		Mention: d.mention,
		Same:    d.Key,
		Params:  format(d.parameters()),
	}
	if made := Line(redactText(result(r)), targetLimit); made != m.Target {
		m.Result = made
	}
	m.Verdict = verdict(r, m)
	m.Note = Line(redactText(note(r)), noteLimit)
	m.addRules(a.Rules)
	m.Outside = p.externalAccounts(m.Params)
	m.Links = links(e, a.Portal, Line(redactText(p.nameOf(e.Account)), nameLimit))
	m.Unknown = p.unknownAccounts()
	return m
}

// verdict says whether the call succeeded. An Insight is about many calls, so it has none.
func verdict(r *cloudtrail.Record, m *Message) string {
	switch {
	case r.InsightDetails != nil:
		return ""
	case m.Result != "":
		return m.Outcome.verdict() + ": made " + m.Result
	}
	return m.Outcome.verdict()
}

// addRules sets the fields that come from rules. Texts of rules have the same limits as external
// text.
func (m *Message) addRules(matching []*rules.Rule) {
	if len(matching) == 0 {
		m.Title = m.Call
		return
	}
	first := matching[0]
	m.Severity = first.Severity
	m.Title = Line(first.Title, titleLimit)
	m.Why = Line(first.Why, whyLimit)
	m.First = Line(first.First, whyLimit)
	m.RuleID = Line(first.ID, ruleIDLimit)
	m.RulePage = rulePage(first.Page)
	m.Operation = operationFor(first, m)
	if m.Title == "" {
		m.Title = m.Call
	}
	for _, rule := range matching[1:] {
		if title := Line(rule.Title, titleLimit); title != "" && title != m.Title && !slices.Contains(m.Also, title) {
			m.Also = append(m.Also, title)
		}
	}
	if len(m.Also) > othersLimit {
		m.Also = append(m.Also[:othersLimit:othersLimit], "…")
	}
}

// showPaths joins the paths of all rules, each once.
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
