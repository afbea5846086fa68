package yamldoc

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Line reads a text of one line for people, such as a name, without the spaces around it. name is
// what messages call it, limit its greatest length in characters. An absent part is "". A text that
// is empty, too long or not plain is a problem.
func (v Value) Line(name string, limit int) string {
	text := strings.TrimSpace(v.plain(name, false))
	if n := utf8.RuneCountInString(text); n > limit {
		v.Problemf("found a %s of %d characters, allowed: %d", name, n, limit)
	}
	return text
}

// Lines reads a list of texts, each as [Value.Line] does.
func (v Value) Lines(name string, limit int) []string {
	var lines []string
	for _, item := range v.Items() {
		lines = append(lines, item.Line(name, limit))
	}
	return lines
}

// Prose reads a text for people that may have several lines.
func (v Value) Prose(name string) string { return v.plain(name, true) }

// plain reports characters that make a text look like another one: control characters and changes
// of the direction of writing
// (https://www.unicode.org/reports/tr9/#Directional_Formatting_Characters).
func (v Value) plain(name string, lines bool) string {
	text := v.Text()
	if !v.Present() {
		return ""
	}
	if strings.TrimSpace(text) == "" {
		v.Problemf("found an empty %s, allowed: a text", name)
	}
	inner := strings.TrimSpace(text) // a block of YAML ends in a newline
	for _, r := range inner {
		if r == '\n' && lines {
			continue
		}
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029' {
			v.Problemf("found a %s with the character %U, allowed: plain text%s", name, r,
				map[bool]string{false: " in one line"}[lines])
			break
		}
	}
	return text
}

// NonEmptyItems reads a list that must not be empty; what is what messages call an item.
func (v Value) NonEmptyItems(what string) []Value {
	items := v.Items()
	if v.Present() && len(items) == 0 {
		v.Problemf("found an empty list, allowed: at least one %s", what)
	}
	return items
}
