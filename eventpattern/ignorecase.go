package eventpattern

import (
	"bytes"
	"unicode"
)

// folded is a text to compare without regard to case. Each of its characters has a lower and an upper case, either of
// which may stand in the event. This is narrower than Unicode's case folding and than bytes.EqualFold, which find more
// characters equal (the Kelvin sign and k); EventBridge does not.
type folded []letter

type letter struct {
	lower, upper []byte
}

func fold(text string) folded {
	f := make(folded, 0, len(text))
	for _, r := range text {
		lower, upper := string(unicode.ToLower(r)), string(unicode.ToUpper(r))
		if s, ok := specialUpper[r]; ok {
			upper = s
		}
		if r == capitalDottedI {
			lower = capitalDottedILower
		}
		f = append(f, letter{[]byte(lower), []byte(upper)})
	}
	return f
}

// prefixOf returns how many bytes of s the text takes at its beginning, or -1 if s does not begin with it. No letter's
// lower case begins with its upper case or the other way round, so the first that fits is the only one.
func (f folded) prefixOf(s []byte) int {
	at := 0
	for i := range f {
		switch rest := s[at:]; {
		case bytes.HasPrefix(rest, f[i].lower):
			at += len(f[i].lower)
		case bytes.HasPrefix(rest, f[i].upper):
			at += len(f[i].upper)
		default:
			return -1
		}
	}
	return at
}

func (f folded) isSuffixOf(s []byte) bool {
	for i := len(f) - 1; i >= 0; i-- {
		switch {
		case bytes.HasSuffix(s, f[i].lower):
			s = s[:len(s)-len(f[i].lower)]
		case bytes.HasSuffix(s, f[i].upper):
			s = s[:len(s)-len(f[i].upper)]
		default:
			return false
		}
	}
	return true
}
