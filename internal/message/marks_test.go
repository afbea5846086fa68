package message

import (
	"strings"
	"testing"
)

// FuzzMarks holds the quick look for marks against a search for each.
func FuzzMarks(f *testing.F) {
	for _, s := range []string{"", "a", "?", "x&", "Password", "the paSS", "PAS", "\u212aey", "to\u212aen=x", "http://", "AKIA", "akia", "xo", "xox", "sk", "=pwd"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var exact []string
		for _, shape := range shapes {
			exact = append(exact, shape.marks...)
		}
		if got, want := shapeMarks.mayBeIn(s), containsAny(s, append(exact, "AKIA", "ASIA")); got != want {
			t.Errorf("shapes in %q: %t, want %t", s, got, want)
		}
		if got, want := wordMarks.mayBeIn(s), containsAny(strings.ToLower(s), secretWords); want && !got || isASCII(s) && got != want {
			t.Errorf("words in %q: %t, want %t", s, got, want)
		}
	})
}

func isASCII(s string) bool { return strings.IndexFunc(s, func(r rune) bool { return r >= 0x80 }) < 0 }
