package message

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// replacement stands for characters that are invisible.
const replacement = '\ufffd'

// Line makes external text safe to show on one line, also in a terminal: valid UTF-8, no control,
// zero-width or bidirectional characters, single spaces, at most limit characters.
func Line(s string, limit int) string { return cut(oneLine(s), limit) }

// oneLine is [Line] without the limit.
func oneLine(s string) string {
	if isPlainText(s) {
		return strings.TrimSpace(s)
	}
	var b strings.Builder
	b.Grow(len(s))
	space := true // skips leading white space
	for _, r := range s {
		switch r = visibleRune(r); {
		case r < 0:
			continue
		case unicode.IsSpace(r):
			if !space {
				b.WriteByte(' ')
			}
			space = true
			continue
		}
		space = false
		b.WriteRune(r)
	}
	return strings.TrimRight(b.String(), " ")
}

// isPlainText reports whether [oneLine] has nothing to do: s is printable ASCII without double
// spaces.
func isPlainText(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == ' ' && i > 0 && s[i-1] == ' ' {
			return false
		}
	}
	return true
}

// visibleRune gives what to show for a character: itself, a space for white space, [replacement]
// for invisible characters, -1 for nothing.
func visibleRune(r rune) rune {
	switch {
	case r >= ' ' && r <= '~':
		return r
	case r == '\ufe0e' || r == '\ufe0f': // select the text or emoji form of the character before: common and harmless
		return -1
	case unicode.IsSpace(r) && r != '\u0085', r == '\u2028', r == '\u2029':
		return ' '
	case unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Cs),
		unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r),
		unicode.Is(unicode.Variation_Selector, r), r == '\u2800', r == utf8.RuneError:
		return replacement
	}
	return r
}

// visibleLines makes external text safe to show on several lines.
func visibleLines(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	for _, r := range s {
		if r == '\n' {
			b.WriteByte('\n')
		} else if r = visibleRune(r); r >= 0 {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// slackLength is the most characters that Slack may count for one: an escaped character may count
// as its escape, and one beyond the basic plane as the two code units of JavaScript.
func slackLength(r rune) int {
	switch {
	case r == '&':
		return len("&amp;")
	case r == '<', r == '>':
		return len("&lt;")
	case r > 0xffff:
		return 2
	}
	return 1
}

// length is the slackLength of a text.
func length(s string) int {
	n := 0
	for _, r := range s {
		n += slackLength(r)
	}
	return n
}

// cut cuts a text to a length of at most limit, with an ellipsis if it was longer.
func cut(s string, limit int) string {
	if len(s) <= limit/len("&amp;") { // no byte counts more than that
		return s
	}
	n, end := 0, -1
	for i, r := range s {
		c := slackLength(r)
		if end < 0 && n+c > limit-1 {
			end = i
		}
		if n += c; n > limit {
			return strings.TrimRight(s[:end], " \n") + "…"
		}
	}
	return s
}

// escape makes a text safe in mrkdwn. Slack asks to escape exactly these three characters:
// https://docs.slack.dev/messaging/formatting-message-text
func escape(s string) string { return escaper.Replace(s) }

var escaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// zeroWidth is a zero-width space. Only Trailbus writes it: [visibleRune] replaces those of
// external text.
const zeroWidth = '\u200b'

// unlinkURLs breaks up "://", so that Slack makes no link. Names with dots stay as they are, so
// that they can be copied.
func unlinkURLs(s string) string { return strings.ReplaceAll(s, "://", ":"+string(zeroWidth)+"//") }

// unlink keeps Slack from making links and mentions: it puts a zero-width space after the colon of
// "://", after "@" and "#", and after each dot before a letter. It is for the text of
// notifications, which Slack parses like the messages of people.
func unlink(s string) string {
	if !strings.ContainsAny(s, ".:@#") {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + 24)
	for i, r := range s {
		b.WriteRune(r)
		switch r {
		case ':':
			if strings.HasPrefix(s[i+1:], "//") {
				b.WriteRune(zeroWidth)
			}
		case '.':
			if next, _ := utf8.DecodeRuneInString(s[i+1:]); unicode.IsLetter(next) {
				b.WriteRune(zeroWidth)
			}
		case '@', '#':
			if i+1 < len(s) && s[i+1] != ' ' {
				b.WriteRune(zeroWidth)
			}
		}
	}
	return b.String()
}
