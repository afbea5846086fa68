package message

import (
	"strings"
	"time"
)

// fact is a line of a message.
type fact struct {
	label, text string
	code        bool // shown as code, to be copied
	// before and time are shown before the text, the time in the time zone of the reader if that is
	// known.
	before string
	time   time.Time
}

// facts are the lines between the headline and the parameters.
func (m *Message) facts() []fact {
	facts := []fact{
		{label: "Who", text: m.Who},
		{label: "What", text: m.Call, code: true},
	}
	if m.Verdict != "" {
		facts = append(facts, fact{label: "Result", text: m.Verdict})
	}
	facts = append(facts, fact{label: "Where", text: m.Where})
	if !m.Time.IsZero() {
		facts = append(facts, fact{label: "When", time: m.Time})
	}
	from := m.Source
	switch {
	case from == "":
		from = m.Agent
	case m.Agent != "" && m.Agent != from:
		from += ", " + m.Agent
	}
	if from != "" {
		facts = append(facts, fact{label: "From", text: from})
	}
	if m.Note != "" {
		facts = append(facts, fact{label: "Note", text: m.Note})
	}
	if m.Outside != "" {
		facts = append(facts, fact{label: "Outside", text: m.Outside})
	}
	return facts
}

// Terminal gives the message for a terminal, on several lines. With color, its first line has the
// colour of the severity. It ends with a newline.
func (m *Message) Terminal(color bool) string { return m.terminal(color, m.headline(), nil) }

// terminal is the message with another headline, and with facts before its own.
func (m *Message) terminal(color bool, headline string, before []fact) string {
	var b strings.Builder
	if color {
		headline = ansiColor(m.Severity) + headline + "\x1b[0m"
	}
	b.WriteString(headline + "\n")
	row := func(label, value string) {
		const width = 9
		if value == "" {
			return
		}
		for i, line := range strings.Split(value, "\n") {
			if i > 0 {
				label = ""
			}
			b.WriteString("  " + label + strings.Repeat(" ", width-len(label)) + line + "\n")
		}
	}
	row("calls", m.Mention)
	row("error", m.Reason)
	for _, f := range append(before, m.facts()...) {
		if !f.time.IsZero() {
			f.text = f.before + utc(f.time) + f.text
		}
		row(strings.ToLower(f.label), f.text)
	}
	row("with", m.Params)
	row("why", m.Why)
	row("first", m.First)
	for _, title := range m.Also {
		row("also", title)
	}
	row("rule", m.RuleID)
	row("page", m.RulePage)
	for _, l := range m.Links {
		row("link", l.URL)
	}
	if len(m.Links) == 0 {
		row("event", m.EventID)
	}
	return b.String()
}

// utc writes a time in UTC.
func utc(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }
