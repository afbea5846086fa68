package message

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestLine(t *testing.T) {
	tests := map[string]struct{ in, want string }{
		"plain":           {"alice@example.com", "alice@example.com"},
		"Korean":          {"안녕 👋🏽", "안녕 👋🏽"},
		"accents":         {"Zoë e\u0301", "Zoë e\u0301"},
		"lines":           {" a\r\n\t b  c\u2028d ", "a b c d"},
		"control":         {"a\x1b[31mb\x00\x7f\u0085", "a\ufffd[31mb\ufffd\ufffd\ufffd"},
		"bidirectional":   {"exe\u202egnp\u2066x\u200f", "exe\ufffdgnp\ufffdx\ufffd"},
		"zero width":      {"ad\u200bmin\u2060\ufeff\u00ad", "ad\ufffdmin\ufffd\ufffd\ufffd"},
		"fillers":         {"a\u3164\u115f\u2800\u034f", "a\ufffd\ufffd\ufffd\ufffd"},
		"tags":            {"a\U000e0041", "a\ufffd"},
		"emoji form":      {"❤\ufe0f", "❤"},
		"invalid UTF-8":   {"a\xffb\xc3", "a\ufffdb\ufffd"},
		"cut":             {strings.Repeat("x", 21), strings.Repeat("x", 19) + "…"},
		"just fits":       {strings.Repeat("x", 20), strings.Repeat("x", 20)},
		"cut by runes":    {strings.Repeat("é", 21), strings.Repeat("é", 19) + "…"},
		"escapes cost":    {strings.Repeat("&", 5), "&&&…"},
		"pairs cost":      {strings.Repeat("👋", 11), strings.Repeat("👋", 9) + "…"},
		"no space at end": {strings.Repeat("x", 18) + " yyyy", strings.Repeat("x", 18) + "…"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := Line(test.in, 20); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestUnlink(t *testing.T) {
	const z = string(zeroWidth)
	tests := map[string]struct{ in, want string }{
		"address":  {"https://evil.example.com/x", "https:" + z + "//evil." + z + "example." + z + "com/x"},
		"domain":   {"evil.com", "evil." + z + "com"},
		"mail":     {"a@example.org", "a@" + z + "example." + z + "org"},
		"mention":  {"@here #general", "@" + z + "here #" + z + "general"},
		"IP":       {"203.0.113.7", "203.0.113.7"},
		"sentence": {"Done. Next: x", "Done. Next: x"},
		"call":     {"iam:CreateUser", "iam:CreateUser"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := unlink(test.in); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
	if got, want := unlinkURLs("see https://a.example.com"), "see https:"+z+"//a.example.com"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestEscape(t *testing.T) {
	if got, want := escape(`<!channel> & "x" 'y' *b* > &amp;`), `&lt;!channel&gt; &amp; "x" 'y' *b* &gt; &amp;amp;`; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func FuzzLine(f *testing.F) {
	f.Add("alice", 10)
	f.Add("a\u202e\x00\xff<&>👋", 5)
	f.Fuzz(func(t *testing.T, s string, limit int) {
		limit = 2 + limit&0xfff
		got := Line(s, limit)
		if !utf8.ValidString(got) || length(got) > limit || strings.ContainsAny(got, "\n\t\x1b\u202e\u200b") {
			t.Errorf("Line(%q, %d) = %q", s, limit, got)
		}
		if again := Line(got, limit); again != got {
			t.Errorf("cleaned again, %q became %q", got, again)
		}
	})
}
