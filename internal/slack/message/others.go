package message

import (
	"slices"
	"strings"
)

const (
	// othersInGroup is how many of them a group names, and otherLimit how long each is.
	othersInGroup = 3
	otherLimit    = 200
)

// AddOther has a line told of a message that did something else than the first. It is counted already. Without it, an act would not be seen
// that follows another one of its kind within a second.
func (g *Group) AddOther(m *Message) { g.addOther(m.oneLine()) }

// TakesOthers says whether there is room for another. One for which there is none is told as "and more".
func (g *Group) TakesOthers() bool { return !g.Others.More }

func (g *Group) addOther(line string) {
	switch {
	case slices.Contains(g.Others.Values, line):
	case len(g.Others.Values) == othersInGroup:
		g.Others.More = true
	default:
		g.Others.Values = append(g.Others.Values, line)
	}
}

// others are the lines about them.
func (g *Group) others() (facts []fact) {
	for _, line := range g.Others.Values {
		facts = append(facts, fact{text: line})
	}
	if g.Others.More {
		facts = append(facts, fact{text: "and more that did something else"})
	}
	if len(facts) > 0 {
		facts[0].label = "Others"
	}
	return facts
}

// oneLine says in one line what was done to what, and how.
func (m *Message) oneLine() string {
	s := m.Call
	if m.Target != "" {
		s += " on " + m.Target
	}
	if m.Params != "" {
		s += ", " + strings.NewReplacer(":\n", ": ", "\n", ", ").Replace(m.Params)
	}
	return cut(s, otherLimit)
}
