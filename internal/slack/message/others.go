package message

import (
	"slices"
	"strings"
)

const (
	// othersInGroup is the most lines in [Group.Others], otherLimit the length of each.
	othersInGroup = 3
	otherLimit    = 200
)

// AddOther adds a line about a message of the group with another signature than the first. The
// message must have been added before. Without the line, a reader would not see a call that follows
// another one of the group within a second.
func (g *Group) AddOther(m *Message) { g.addOther(m.oneLine()) }

// TakesOthers reports whether [Group.AddOther] still has an effect. When the lines are full, the
// next one sets "and more".
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

// others are the lines of [Group.Others].
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

// oneLine is the call with its target and parameters, on one line.
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
