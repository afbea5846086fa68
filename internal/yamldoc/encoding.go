package yamldoc

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// findInvalidUTF8 finds the first byte at which a file stops being UTF-8, from 1. The parser would read on and name what it cannot find
// somewhere else. Two letters of UTF-16 without a byte order mark are valid UTF-8, but one of their bytes is 0.
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

// trimBOM takes off the byte order mark that some editors on Windows put before a file.
func trimBOM(data []byte) []byte { return bytes.TrimPrefix(data, []byte("\uFEFF")) }

// maxQuoted is how many characters of what it found a message repeats.
const maxQuoted = 80

// truncateQuoted shortens each quoted text of a message. It works on the finished message, because errors from elsewhere quote too.
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
