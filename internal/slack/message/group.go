package message

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/slack-go/slack"
)

// Key is the same for messages of one group: those with the same rules, actor, account, Region,
// outcome and mention. The outcome is a part of it because a first success after many denials must
// be posted. The names of accounts are not: a name that changes or cannot be found for a while must
// not split a group.
func (m *Message) Key() string {
	if m.Same != "" {
		return m.Same
	}
	return groupKey([]string{m.RuleID}, m.Who, m.Where, m.Outcome, m.Mention)
}

// groupKey hashes whole texts, because texts that are cut may be equal.
func groupKey(ruleIDs []string, who, where string, came outcome, mention string) string {
	parts := append([]string{who, where, came.verdict(), mention}, ruleIDs...)
	for i, part := range parts {
		parts[i] = strconv.Quote(part)
	}
	return hexHash(strings.Join(parts, " "), 16)
}

// hexHash is the hash of a text, with a number of bytes, in hexadecimal.
func hexHash(s string, bytes int) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:bytes])
}

// Group is the messages of one key, which are posted as one. It can be stored as JSON.
//
// With a bot token, the posted message is updated with the result of [Group.Slack], and later
// events are in its thread. A webhook cannot update, so the next message says how many events came
// after the one before: Again.
type Group struct {
	// First is the message that is shown in full: the first one, or the one of [Group.Lead] if Led
	// is true.
	First *Message
	Led   bool `json:",omitempty"`
	// Count is the number of messages, First included.
	Count int
	// Last is the time of the latest event.
	Last time.Time
	// Sources, Targets and Calls are the distinct ones of all messages.
	Sources, Targets, Calls Distinct
	// Others describe messages with another signature than First, a line each; see
	// [Group.AddOther].
	Others Distinct `json:",omitzero"`
	// Again says that a message was posted before, and that Count is the number of messages after
	// it.
	Again bool `json:",omitempty"`
}

// Distinct is a set of values, in order of appearance, with a limit.
type Distinct struct {
	Values []string
	// More says that there were more values than Values holds.
	More bool `json:",omitempty"`
}

// distinctLimit is the most distinct values of a group. It bounds what is stored in a storm.
const distinctLimit = 25

func (d *Distinct) add(s string) {
	switch {
	case s == "", slices.Contains(d.Values, s):
	case len(d.Values) == distinctLimit:
		d.More = true
	default:
		d.Values = append(d.Values, s)
	}
}

// countOf gives the number of values, such as "3 source addresses" or "more than 25 source
// addresses".
func (d *Distinct) countOf(one, many string) string {
	switch {
	case d.More:
		return "more than " + count(len(d.Values)) + " " + many
	case len(d.Values) == 1:
		return "1 " + one
	}
	return count(len(d.Values)) + " " + many
}

// NewGroup gives a group of one message.
func NewGroup(first *Message) *Group {
	g := &Group{First: first}
	g.Add(first.Summary())
	return g
}

// Add counts a message of the same key.
func (g *Group) Add(b Summary) {
	g.Count++
	if b.Time.After(g.Last) {
		g.Last = b.Time
	}
	g.Sources.add(b.Source)
	g.Targets.add(b.Target)
	g.Calls.add(b.Call)
}

// Lead shows a message of the group in full instead of the first, because its signature is new. It
// must have been added before.
func (g *Group) Lead(m *Message) {
	g.First, g.Led = m, true
	g.Others.Values = slices.DeleteFunc(g.Others.Values, func(line string) bool { return line == m.oneLine() })
}

// Slack gives the message of the group: the first message, with the count, the last time, and the
// number of addresses.
func (g *Group) Slack() *slack.WebhookMessage {
	if g.isSingle() {
		return g.First.Slack()
	}
	return g.display().payload(g.headline(), g.facts())
}

// Terminal is [Message.Terminal] of the group.
func (g *Group) Terminal(color bool) string {
	if g.isSingle() {
		return g.First.Terminal(color)
	}
	return g.display().terminal(color, g.headline(), g.facts())
}

func (g *Group) isSingle() bool { return g.Count <= 1 && !g.Again }

// display is the first message, without the operation if the calls differ.
func (g *Group) display() *Message {
	m := *g.First
	if len(g.Calls.Values) > 1 {
		m.Operation = ""
	}
	return &m
}

// countLabel is the count for the headline, "" for a single message.
func (g *Group) countLabel() string {
	switch {
	case g.isSingle():
		return ""
	case g.Again:
		return "×" + count(g.Count) + " more"
	}
	return "×" + count(g.Count)
}

func (g *Group) headline() string {
	target := g.First.Target
	if n := len(g.Targets.Values); n > 1 {
		over := ""
		if g.Targets.More {
			over = "over "
		}
		target += " and " + over + count(n-1) + " more"
	}
	return g.display().headlineOf(g.countLabel(), target)
}

// facts are the lines that a group has and a single message has not.
func (g *Group) facts() []fact {
	seen := fact{label: "Seen", text: g.countLabel()}
	if g.Again {
		seen.text += " since the message before"
	}
	if !g.Last.IsZero() {
		seen.before, seen.text, seen.time = seen.text+", last ", "", g.Last
	}
	if len(g.Sources.Values) > 0 {
		seen.text += ", " + g.Sources.countOf("source address", "source addresses")
	}
	switch {
	case g.Count > 1 && g.Led:
		seen.text += "; one unlike those before is shown"
	case g.Count > 1:
		seen.text += "; the first one is shown"
	}
	facts := []fact{seen}
	if len(g.Targets.Values) > 1 {
		facts = append(facts, fact{label: "On", text: g.Targets.list()})
	}
	if len(g.Calls.Values) > 1 {
		facts = append(facts, fact{label: "Calls", text: g.Calls.list()})
	}
	if len(g.Sources.Values) > 1 {
		facts = append(facts, fact{label: "Sources", text: g.Sources.list()})
	}
	return append(facts, g.others()...)
}

// list joins the first values.
func (d *Distinct) list() string {
	const most = 5
	s := strings.Join(d.Values[:min(most, len(d.Values))], ", ")
	if more := len(d.Values) - most; d.More {
		s += " and more"
	} else if more > 0 {
		s += " and " + count(more) + " more"
	}
	return cut(s, distinctText)
}
