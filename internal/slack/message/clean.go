package message

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// replacement stands where something was that a reader could not have seen.
const replacement = '\ufffd'

// clean makes a stranger's text fit to be shown on one line: valid UTF-8, no control, zero-width or bidirectional characters, white
// space folded, at most limit long.
func clean(s string, limit int) string { return cut(oneLine(s), limit) }

// oneLine is [clean] without the cut.
func oneLine(s string) string {
	if isPlainText(s) {
		return strings.TrimSpace(s)
	}
	var b strings.Builder
	b.Grow(len(s))
	space := true // leading white space goes
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

// isPlainText says that there is nothing to do: printable ASCII without double spaces.
func isPlainText(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == ' ' && i > 0 && s[i-1] == ' ' {
			return false
		}
	}
	return true
}

// visibleRune gives what to show for a character: itself, a space for white space, [replacement] for what would act without being
// seen, -1 for nothing.
func visibleRune(r rune) rune {
	switch {
	case r >= ' ' && r <= '~':
		return r
	case r == '\ufe0e' || r == '\ufe0f': // the text and emoji forms of the character before: common and harmless
		return -1
	case unicode.IsSpace(r) && r != '\u0085', r == '\u2028', r == '\u2029':
		return ' '
	case unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Cs), unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r),
		unicode.Is(unicode.Variation_Selector, r), r == '\u2800', r == utf8.RuneError:
		return replacement
	}
	return r
}

// visibleLines makes a stranger's text fit to be shown on many lines.
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

// slackLength is how many characters Slack may count for one: those that it escapes count as their escape, those beyond the basic plane
// as the two that JavaScript makes of them.
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

// length is the cost of a text.
func length(s string) int {
	n := 0
	for _, r := range s {
		n += slackLength(r)
	}
	return n
}

// cut shortens a text to a cost of at most limit, with an ellipsis for what is left out.
func cut(s string, limit int) string {
	if len(s) <= limit/len("&amp;") { // no character costs more for each of its bytes
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

// escape makes a text safe in mrkdwn; exactly these three characters, says Slack:
// https://docs.slack.dev/messaging/formatting-message-text
func escape(s string) string { return escaper.Replace(s) }

var escaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// zeroWidth is a space that nobody sees. Only we write it: a stranger's is made visible.
const zeroWidth = '\u200b'

// unlinkURLs breaks up what has "://" in it, and leaves names with dots as they are, so that they can be copied.
func unlinkURLs(s string) string { return strings.ReplaceAll(s, "://", ":"+string(zeroWidth)+"//") }

// unlink keeps Slack from making links of what only looks like an address: a zero-width space behind "://"'s colon, behind "@", and
// behind each dot that a letter follows. For the notification's text, which Slack parses as people's messages.
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
