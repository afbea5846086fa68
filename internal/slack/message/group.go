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

// Key is the same for the messages that one may stand for: those of the same rules, one actor, one account and one Region, that came out
// alike and call the same people. A first success after many refusals is news, so it has another key. The names of accounts are no part
// of it: one that changes, or is not known for a while, must not part repeats from those that they belong to.
func (m *Message) Key() string {
	if m.Same != "" {
		return m.Same
	}
	return groupKey([]string{m.RuleID}, m.Who, m.Where, m.Outcome, m.Mention)
}

// groupKey makes a key of whole texts, which differ where those that are shown were cut.
func groupKey(ruleIDs []string, who, where string, came outcome, mention string) string {
	parts := append([]string{who, where, came.verdict(), mention}, ruleIDs...)
	for i, part := range parts {
		parts[i] = strconv.Quote(part)
	}
	return hexHash(strings.Join(parts, " "), 16)
}

// hexHash is the same for the same texts; of bytes it has so many, in hexadecimal.
func hexHash(s string, bytes int) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:bytes])
}

// Group is what becomes one message: messages of one key. It can be kept as JSON.
//
// With a bot token, the first message is updated with what [Group.Slack] gives then, and what came since stands in its
// thread. With a webhook, which cannot update, the next message that is posted says how many came since the one before: Again.
type Group struct {
	// First is the message that is told in full, and the first that came but where Led says otherwise.
	First *Message
	Led   bool `json:",omitempty"`
	// Count is how many there are, First too.
	Count int
	// Last is when the latest happened.
	Last time.Time
	// Sources, Targets and Calls are which there were.
	Sources, Targets, Calls Distinct
	// Others are what some did that is unlike the first, in a line each; see [Group.AddOther].
	Others Distinct `json:",omitzero"`
	// Again says that there was a message before this one, and that only those since then are counted.
	Again bool `json:",omitempty"`
}

// Distinct are different values, in the order in which they were seen.
type Distinct struct {
	Values []string
	// More says that there were more than are kept here.
	More bool `json:",omitempty"`
}

// distinctLimit is how many different values a group keeps. It bounds what is stored of a storm; beyond it, the exact number says little.
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

// countOf gives how many there are, as "3 source addresses" or "more than 25 source addresses".
func (d *Distinct) countOf(one, many string) string {
	switch {
	case d.More:
		return "more than " + count(len(d.Values)) + " " + many
	case len(d.Values) == 1:
		return "1 " + one
	}
	return count(len(d.Values)) + " " + many
}

// NewGroup makes a group of one message.
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

// Lead has one of the messages told in full, because it did what was not told before. It is counted already.
func (g *Group) Lead(m *Message) {
	g.First, g.Led = m, true
	g.Others.Values = slices.DeleteFunc(g.Others.Values, func(line string) bool { return line == m.oneLine() })
}

// Slack gives the message of the group: that of its first, with how many there are, until when, and from how many addresses.
func (g *Group) Slack() *slack.WebhookMessage {
	if g.isSingle() {
		return g.First.Slack()
	}
	return g.display().payload(g.headline(), g.facts())
}

// Text is [Message.Text] of the group.
func (g *Group) Text() string { return g.Terminal(false) }

// Terminal is [Message.Terminal] of the group.
func (g *Group) Terminal(color bool) string {
	if g.isSingle() {
		return g.First.Terminal(color)
	}
	return g.display().terminal(color, g.headline(), g.facts())
}

func (g *Group) isSingle() bool { return g.Count <= 1 && !g.Again }

// display is the first message without the act, where the calls differ.
func (g *Group) display() *Message {
	m := *g.First
	if len(g.Calls.Values) > 1 {
		m.Operation = ""
	}
	return &m
}

// countLabel says how many there are.
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

// facts say what a group has that one message has not.
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

// list names some of the values.
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
