package message

import (
	"cmp"
	"slices"
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
	// ExternalAccounts are the accounts that are known not to be of the organization. Nil says that nobody can know: then an account without a
	// name is said not to be in trailbus.yaml.
	ExternalAccounts map[string]bool
	// Portal is the organization's AWS access portal; without one, links lead to the console alone.
	Portal Portal
	// Mention is whom the message calls, as Slack writes it: <!here>, <!channel>, <!everyone>, <!subteam^S…>, <@U…>. Anything else, and
	// "", calls nobody.
	Mention string
}

// Message is what a person is told about one event. Its texts are free of credentials, clean and cut. It can be kept as JSON, to be
// told again with a count in a later run (see [Group]).
type Message struct {
	Severity rules.Severity
	Title    string
	// Operation is the operation, where the title does not say it: Title is "IAM policy changed", Operation "AttachUserPolicy".
	Operation string `json:"Act,omitempty"` // stored under its earlier name
	Outcome   outcome
	// Reason is why a call failed: the error's code and message.
	Reason string `json:",omitempty"`
	Who    string
	// Call is what was called as service:Operation, Target the one thing that it was done to.
	Call   string
	Target string `json:",omitempty"`
	// Result is the name of what the call made, where it is not the target.
	Result string `json:",omitempty"`
	// Verdict says whether it worked, and what was made; "" where there was no call.
	Verdict string `json:",omitempty"`
	// Note is what else there is to say about the record.
	Note string `json:",omitempty"`
	// Params are request parameters as YAML, on one or more lines.
	Params string `json:",omitempty"`
	Where  string
	// Outside names accounts in the parameters that are not of the organization.
	Outside string `json:",omitempty"`
	// Source is the address, Agent the kind of client that the call came from.
	Source string `json:",omitempty"`
	Agent  string `json:",omitempty"`
	Time   time.Time
	Why    string `json:",omitempty"`
	First  string `json:",omitempty"`
	// Also are the titles of the other rules that match.
	Also    []string `json:",omitempty"`
	RuleID  string   `json:",omitempty"`
	EventID string   `json:",omitempty"`
	// Links are where to look further, the most useful first. RulePage is the rule's own.
	Links    []Link `json:",omitempty"`
	RulePage string `json:",omitempty"`
	Mention  string `json:",omitempty"`
	// Same is the message's key, where that is not made of what is shown.
	Same string `json:",omitempty"`
	// Plain says that there is nothing but a text: see [Minimal].
	Plain bool `json:",omitempty"`
	// Unknown are the accounts that it tells of and of which nothing is known: neither a name, nor that they are strangers.
	Unknown []string `json:"-"`
}

// What stands where a record says nothing.
const (
	unknownCaller = "an unknown caller"
	unnamedEvent  = "an event without a name"
	unknownPlace  = "unknown account and Region"
)

// New makes the message of an alert. A panic is a bug about this one event: whoever calls guards against it, and tells [Minimal] instead.
func New(a Alert) *Message { return NewRenderer(a).Render() }

// Render is the whole message. It panics as [New] does.
func (d *Renderer) Render() *Message {
	a, e, r := d.alert, d.alert.Event, &d.alert.Event.Record
	var seen []string
	p := d.identities
	p.names, p.external, p.seenAccounts = a.AccountNames, a.ExternalAccounts, &seen
	m := &Message{
		Outcome: d.outcome,
		Reason:  reason(r),
		Who:     cmp.Or(clean(redactText(p.who()), whoLimit), unknownCaller),
		Call:    d.Call,
		Target:  d.Target,
		Where:   cmp.Or(clean(redactText(p.where()), whereLimit), unknownPlace),
		Source:  d.Source,
		Agent:   clean(agent(r), agentLimit),
		Time:    d.Time,
		EventID: clean(redactText(r.EventID), eventIDLimit),
		Mention: d.mention,
		Same:    d.Key,
		Params:  format(d.parameters()),
	}
	if made := clean(redactText(result(r)), targetLimit); made != m.Target {
		m.Result = made
	}
	m.Verdict = verdict(r, m)
	m.Note = clean(redactText(note(r)), noteLimit)
	m.addRules(a.Rules)
	m.Outside = p.externalAccounts(m.Params)
	m.Links = links(e, a.Portal, clean(redactText(p.nameOf(e.Account)), nameLimit))
	m.Unknown = p.unknownAccounts()
	return m
}

// verdict says of a call whether it worked. An Insight tells of many calls.
func verdict(r *cloudtrail.Record, m *Message) string {
	switch {
	case r.InsightDetails != nil:
		return ""
	case m.Result != "":
		return m.Outcome.verdict() + ": made " + m.Result
	}
	return m.Outcome.verdict()
}

// addRules takes what the rules say. They are the user's own words, and yet cut like a stranger's.
func (m *Message) addRules(matching []*rules.Rule) {
	if len(matching) == 0 {
		m.Title = m.Call
		return
	}
	first := matching[0]
	m.Severity = first.Severity
	m.Title = clean(first.Title, titleLimit)
	m.Why = clean(first.Why, whyLimit)
	m.First = clean(first.First, whyLimit)
	m.RuleID = clean(first.ID, ruleIDLimit)
	m.RulePage = rulePage(first.Page)
	m.Operation = operationFor(first, m)
	if m.Title == "" {
		m.Title = m.Call
	}
	for _, rule := range matching[1:] {
		if title := clean(rule.Title, titleLimit); title != "" && title != m.Title && !slices.Contains(m.Also, title) {
			m.Also = append(m.Also, title)
		}
	}
	if len(m.Also) > othersLimit {
		m.Also = append(m.Also[:othersLimit:othersLimit], "…")
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
