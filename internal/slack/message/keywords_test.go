package message

import (
	"strings"
	"testing"
)

// FuzzKeywords compares keywordSet with a search for each keyword.
func FuzzKeywords(f *testing.F) {
	for _, s := range []string{"", "a", "?", "x&", "Password", "the paSS", "PAS", "\u212aey", "to\u212aen=x", "http://", "AKIA", "akia", "xo", "xox", "sk", "=pwd"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var exact []string
		for _, shape := range shapes {
			exact = append(exact, shape.keywords...)
		}
		if got, want := shapeKeywords.matchesAny(s), containsAny(s, append(exact, "AKIA", "ASIA")); got != want {
			t.Errorf("shapes in %q: %t, want %t", s, got, want)
		}
		if got, want := secretWordKeywords.matchesAny(s), containsAny(strings.ToLower(s), secretWords); want && !got || isASCII(s) && got != want {
			t.Errorf("words in %q: %t, want %t", s, got, want)
		}
	})
}

func isASCII(s string) bool { return strings.IndexFunc(s, func(r rune) bool { return r >= 0x80 }) < 0 }

// Every name of a secret has a keyword. Without it, the value of an element, or of a validation
// error, of that name would be shown.
func TestEverySecretNameHasAKeyword(t *testing.T) {
	for _, names := range [][]string{secretEndings, secretNames, secretTextEndings, secretParts} {
		for _, name := range names {
			if !nameKeywords.matchesAny(name) {
				t.Errorf("%s has no keyword", name)
			}
		}
	}
	for _, s := range []string{
		"1 validation error detected: Value 'IyEvYmluL2Jhc2g=' at 'userData' failed to satisfy constraint: Member must have length less than 4",
		"<a><ConnectionString>IyEvYmluL2Jhc2g=</ConnectionString></a>",
	} {
		if got := redactText(s); strings.Contains(got, "IyEv") || !strings.Contains(got, redacted) {
			t.Errorf("%q became %q", s, got)
		}
	}
}

// The long s is an s where case does not count, and yet no letter where words begin.
func TestRedactOverlappingWord(t *testing.T) {
	for s, want := range map[string]string{
		"a\u017fig=hunter2 b":    "a\u017fig=" + redacted + " b",
		"a\u017fig is hunter2 b": "a\u017fig is " + redacted + " b",
	} {
		if got := redactText(s); got != want {
			t.Errorf("%q became %q, want %q", s, got, want)
		}
	}
}
