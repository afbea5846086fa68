package rules

import (
	"strings"
	"testing"
)

func TestReadFixtures(t *testing.T) {
	fixtures, err := ReadFixtures("a.jsonl", []byte(`{"name": "one", "match": true, "event": {"a": 1}}

{"match": false, "event": {}}`))
	if err != nil || len(fixtures) != 2 || fixtures[0].Name != "one" || !fixtures[0].Match || string(fixtures[0].Event) != `{"a": 1}` ||
		fixtures[0].Line != 1 || fixtures[1].Match || fixtures[1].Line != 3 {
		t.Errorf("got %+v, %v", fixtures, err)
	}
}

func TestReadFixturesReportsEveryProblem(t *testing.T) {
	fixtures, err := ReadFixtures("a.jsonl", []byte(`{"match": true, "event": {}, "oops": 1}
{"match": true, "event": {}}
{"match": true,
{"match": tru, "event": {}}
{"match": "yes", "event": {}}
{"event": {}}
{"match": null, "event": {}}
{"match": true}
[]
{"match": true, "event": {}} {"match": true, "event": {}}
`))
	const allowed = `allowed: {"name": "…", "match": true or false, "event": {…}}`
	want := []string{
		`a.jsonl:1:1: found no fixture (json: unknown field "oops"), ` + allowed,
		`a.jsonl:3:15: not JSON: it ends too early`,
		`a.jsonl:4:14: not JSON: invalid character ',' in literal true (expecting 'e')`,
		`a.jsonl:5:1: found string for match, ` + allowed,
		`a.jsonl:6:1: match is missing, ` + allowed,
		`a.jsonl:7:1: match is missing, ` + allowed,
		`a.jsonl:8:1: event is missing, ` + allowed,
		`a.jsonl:9:1: found array, ` + allowed,
		`a.jsonl:10:29: found more than one value, allowed: one fixture a line`,
	}
	if err == nil || err.Error() != strings.Join(want, "\n") || len(fixtures) != 1 {
		t.Errorf("%d fixtures, got\n%v\nwant\n%s", len(fixtures), err, strings.Join(want, "\n"))
	}
}
