package yamldoc

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestEveryProblemIsReportedAtItsPlace(t *testing.T) {
	root, doc := Parse("a.yaml", []byte(`name: x
nam: y
list: text
flag: perhaps
name: z
nested:
  - one
  - {two: 2}
alias: *nowhere
`))
	fields := root.Fields("name", "list", "flag", "nested", "alias")
	fields["list"].Items()
	fields["flag"].Bool()
	fields["nested"].Texts()
	fields["alias"].Text()
	want := []string{
		`a.yaml:2:1: unknown key "nam" (did you mean "name"?), allowed: name, list, flag, nested, alias`,
		`a.yaml:3:7: found the text "text", allowed: a list`,
		`a.yaml:4:7: found the text "perhaps", allowed: true or false`,
		`a.yaml:5:1: "name" is given twice, first in line 1`,
		`a.yaml:8:6: found a mapping, allowed: a text`,
		`a.yaml:9:8: found an alias, allowed: the value itself`,
	}
	if got := doc.Problems().Error(); got != strings.Join(want, "\n") {
		t.Errorf("got:\n%s\nwant:\n%s", got, strings.Join(want, "\n"))
	}
}

func TestSyntaxErrorsAndEmptyFilesAreProblems(t *testing.T) {
	for _, text := range []string{"", "# only a comment\n", "a: [1", "a:\n\t- b", "a: 1\n---\nb: 2\n"} {
		root, doc := Parse("a.yaml", []byte(text))
		if len(doc.Problems()) == 0 {
			t.Errorf("%q: no problem reported", text)
		}
		root.Fields("a")
		root.Items()
	}
}

func TestScalarsKeepTheirSpelling(t *testing.T) {
	root, doc := Parse("a.yaml", []byte("a: 012345678901\nb: \"012345678901\"\nc: 1e3\nd: true\ne: |\n  text\n"))
	fields := root.Fields("a", "b", "c", "d", "e")
	for key, want := range map[string]string{"a": "012345678901", "b": "012345678901", "c": "1e3", "d": "true", "e": "text\n"} {
		if got := fields[key].Text(); got != want {
			t.Errorf("%s = %q, want %q", key, got, want)
		}
	}
	if len(doc.Problems()) > 0 {
		t.Error(doc.Problems())
	}
}

func TestJSONKeepsOrderAndTypes(t *testing.T) {
	root, doc := Parse("a.yaml", []byte("z: [1, 2.5, true, null, \"<a>\", {b: c}]\na: {}\n"))
	got := string(root.JSON())
	if want := `{"z":[1,2.5,true,null,"<a>",{"b":"c"}],"a":{}}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if !json.Valid([]byte(got)) || len(doc.Problems()) > 0 {
		t.Error(doc.Problems())
	}
}

func TestAColonWithoutASpaceBehindItIsPartOfAText(t *testing.T) {
	for text, want := range map[string]string{
		"calls: [iam:CreateUser, s3:Put]":                        `{"calls":["iam:CreateUser","s3:Put"]}`,
		"{calls: [iam:CreateUser, s3:Put]}":                      `{"calls":["iam:CreateUser","s3:Put"]}`,
		"- {id: a, calls: [iam:CreateUser]}":                     `[{"id":"a","calls":["iam:CreateUser"]}]`,
		"{pattern: {detail: {a: [{prefix: b}, {\"c\":\"d\"}]}}}": `{"pattern":{"detail":{"a":[{"prefix":"b"},{"c":"d"}]}}}`,
		"a: [b: c]": `{"a":[{"b":"c"}]}`,
	} {
		root, doc := Parse("a.yaml", []byte(text))
		if got := string(root.JSON()); got != want || len(doc.Problems()) > 0 {
			t.Errorf("%s became %s, want %s (%v)", text, got, want, doc.Problems())
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"a: 1", "a: &x [*x]", "- a\n- b: {c: d}", "a: !!binary x", "? a\n: b", "<<: {a: b}", "a: .nan"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		root, _ := Parse("f", []byte(text))
		root.Fields("a")["a"].Items()
		root.Text()
		if out := root.JSON(); out != nil && !json.Valid(out) {
			t.Errorf("%q became %q, which is no JSON", text, out)
		}
	})
}
