package yamldoc

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// findInvalidUTF8 finds the first byte of a file that is not UTF-8; line and column are from 1. The
// parser would go on, and report another place. ASCII in UTF-16 without a byte order mark is valid
// UTF-8, but one of its first two bytes is 0.
func findInvalidUTF8(data []byte) (line, column int, found bool) {
	if bytes.IndexByte(data[:min(len(data), 2)], 0) >= 0 {
		return 1, 1, true
	}
	line, column = 1, 1
	for len(data) > 0 {
		r, size := utf8.DecodeRune(data)
		switch {
		case r == utf8.RuneError && size == 1:
			return line, column, true
		case r == '\n':
			line, column = line+1, 1
		default:
			column++
		}
		data = data[size:]
	}
	return 0, 0, false
}

// trimBOM removes the byte order mark that some editors on Windows write.
func trimBOM(data []byte) []byte { return bytes.TrimPrefix(data, []byte("\uFEFF")) }

// maxQuoted is the greatest length of a quoted text in a message, in characters.
const maxQuoted = 80

// truncateQuoted truncates each quoted text of a message. It works on the finished message, because
// errors of other packages quote too.
func truncateQuoted(message string) string {
	var out strings.Builder
	inside, escaped, length := false, false, 0
	for _, r := range message {
		if r == '"' && !escaped {
			inside, length = !inside, -1
		}
		escaped = inside && r == '\\' && !escaped
		if length++; inside && length > maxQuoted {
			if length == maxQuoted+1 {
				out.WriteString("…")
			}
			continue
		}
		out.WriteRune(r)
	}
	return out.String()
}
