package yamldoc

import (
	"strings"
	"testing"
)

func TestAFileThatIsNotUTF8IsOneProblemAtItsFirstBadByte(t *testing.T) {
	for text, want := range map[string]string{
		"a: b\nc: M\xfcller # ü: \xc3\xbc\n":    "2:5",
		"a: ü\xe9\n":                            "1:5",
		"\xef\xbb\xbfa: \xe9\n":                 "1:4",
		"\xff\xfea\x00:\x00 \x00b\x00":          "1:1",
		"\xfe\xff\x00a\x00:\x00 \x00b":          "1:1",
		"a\x00:\x00 \x00b\x00":                  "1:1",
		"\x00a\x00:\x00 \x00b":                  "1:1",
		"a: 1\r\nb: 2\r\n  c: [\xff, \xff]\r\n": "3:7",
	} {
		root, doc := Parse("a.yaml", []byte(text))
		root.Fields("a")
		if got := doc.Problems().Error(); got != "a.yaml:"+want+": the file is not UTF-8" {
			t.Errorf("%q: got %s, want it at %s", text, got, want)
		}
	}
}

func TestAByteOrderMarkIsSkipped(t *testing.T) {
	root, doc := Parse("a.yaml", []byte("\uFEFFa: ü\nbold: c\n"))
	fields := root.Fields("a")
	if fields["a"].Text() != "ü" || doc.Problems().Error() != `a.yaml:2:1: unknown key "bold", allowed: a` {
		t.Errorf("got %q and %v", fields["a"].Text(), doc.Problems())
	}
}

func TestMessagesRepeatOnlyTheBeginningOfALongText(t *testing.T) {
	long := strings.Repeat("é", 5000)
	root, doc := Parse("a.yaml", []byte(long+": x\na: "+long+"\nb: \"\\\""+long[:160]+"\"\n"))
	fields := root.Fields("a", "b")
	fields["a"].Items()
	fields["b"].Problemf(`found %q and "this", %s`, fields["b"].Text(), strings.Repeat("y", 100))
	short := strings.Repeat("é", 80)
	want := `a.yaml:1:1: unknown key "` + short + `…", allowed: a, b
a.yaml:2:4: found the text "` + short + `…", allowed: a list
a.yaml:3:4: found "\"` + short[:156] + `…" and "this", ` + strings.Repeat("y", 100)
	if got := doc.Problems().Error(); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}
