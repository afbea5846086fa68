package eventpattern

import (
	"bytes"
	"slices"
	"unicode"
)

// folded is a text to compare without regard to case. Each of its characters has a lower and an
// upper case, either of which may stand in the event. This is narrower than Unicode's case folding
// and than bytes.EqualFold, which find more characters equal (the Kelvin sign and k); EventBridge
// does not.
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

// prefixOf returns how many bytes of s the text takes at its beginning, or -1 if s does not begin
// with it. No letter's lower case begins with its upper case or the other way round, so the first
// that fits is the only one.
func (f folded) prefixOf(s []byte) int {
	left := s
	for _, l := range f {
		rest, ok := bytes.CutPrefix(left, l.lower)
		if !ok {
			if rest, ok = bytes.CutPrefix(left, l.upper); !ok {
				return -1
			}
		}
		left = rest
	}
	return len(s) - len(left)
}

func (f folded) isSuffixOf(s []byte) bool {
	for _, l := range slices.Backward(f) {
		rest, ok := bytes.CutSuffix(s, l.lower)
		if !ok {
			if rest, ok = bytes.CutSuffix(s, l.upper); !ok {
				return false
			}
		}
		s = rest
	}
	return true
}
