package message

import (
	"strings"

	"github.com/trailbus/trailbus/rules"
)

// badge shows a severity. The word is for readers who cannot distinguish the colours.
func badge(s rules.Severity) string {
	switch s {
	case rules.Critical:
		return "🔴 CRITICAL"
	case rules.High:
		return "🟠 High"
	case rules.Medium:
		return "🟡 Medium"
	case rules.Low:
		return "🔵 Low"
	}
	return "⚪ Note"
}

// severityEmoji is the badge without the word.
func severityEmoji(s rules.Severity) string {
	first, _, _ := strings.Cut(badge(s), " ")
	return first
}

// ansiColor is the colour of a severity in a terminal:
// https://en.wikipedia.org/wiki/ANSI_escape_code#SGR
func ansiColor(s rules.Severity) string {
	switch s {
	case rules.Critical:
		return "\x1b[1;31m" // bold red
	case rules.High:
		return "\x1b[31m" // red
	case rules.Medium:
		return "\x1b[33m" // yellow
	}
	return "\x1b[34m" // blue
}
