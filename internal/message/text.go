package message

import (
	"strings"
	"time"
)

// fact is one line of a message.
type fact struct {
	label, text string
	code        bool // something to be copied, such as the name of a call
}

// facts are the lines between the headline and the parameters.
func (m *Message) facts() []fact {
	facts := []fact{
		{"Who", m.who, false},
		{"What", m.call, true},
	}
	if m.verdict != "" {
		facts = append(facts, fact{"Result", m.verdict, false})
	}
	facts = append(facts, fact{"Where", m.where, false})
	from := m.source
	switch {
	case from == "":
		from = m.agent
	case m.agent != "" && m.agent != from:
		from += ", " + m.agent
	}
	if from != "" {
		facts = append(facts, fact{"From", from, false})
	}
	if m.note != "" {
		facts = append(facts, fact{"Note", m.note, false})
	}
	if m.outside != "" {
		facts = append(facts, fact{"Outside", m.outside, false})
	}
	return facts
}

// Text gives the message for a terminal, on several lines, without colour. It ends with a newline.
func (m *Message) Text() string { return m.Terminal(false) }

// Terminal gives the message for a terminal; with color its first line has the colour of the severity. It ends with a newline.
func (m *Message) Terminal(color bool) string {
	var b strings.Builder
	if color {
		b.WriteString(ansi(m.severity) + m.headline() + "\x1b[0m\n")
	} else {
		b.WriteString(m.headline() + "\n")
	}
	row := func(label, value string) {
		const width = 9
		for i, line := range strings.Split(value, "\n") {
			if i > 0 {
				label = ""
			}
			b.WriteString("  " + label + strings.Repeat(" ", width-len(label)) + line + "\n")
		}
	}
	if m.reason != "" {
		row("error", m.reason)
	}
	for _, f := range m.facts() {
		row(strings.ToLower(f.label), f.text)
	}
	if m.params != "" {
		row("with", m.params)
	}
	if !m.time.IsZero() {
		row("when", utc(m.time))
	}
	if m.why != "" {
		row("why", m.why)
	}
	if m.first != "" {
		row("first", m.first)
	}
	for _, title := range m.also {
		row("also", title)
	}
	if m.ruleID != "" {
		row("rule", m.ruleID)
	}
	switch {
	case m.link != "":
		row("event", m.link)
	case m.eventID != "":
		row("event", m.eventID)
	}
	return b.String()
}

// utc writes a time as people read it.
func utc(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }
