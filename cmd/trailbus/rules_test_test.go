package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/trailbus/trailbus/rules"
)

// withFixtures is a configuration with rules of one's own, one of them in place of the catalogue's,
// and their fixtures.
var withFixtures = map[string]string{
	"trailbus.yaml": strings.Replace(example, "packs: [cis]", "packs: [cis]\n  files: [etc/mine.yaml]", 1),
	"etc/mine.yaml": `pack: mine
rules:
  - {id: bob-made, title: T, severity: high, why: W, calls: [ec2:CreateSecurityGroup], pattern: {detail: {userIdentity: {userName: [bob]}}}, unless: [{detail: {errorCode: [{exists: true}]}}]}
  - {id: vpc-change, title: T, severity: low, why: W, calls: [ec2:CreateVpc]}
`,
	"etc/testdata/bob-made.jsonl": `{"name": "a record alone", "match": true, "event": ` + wanted + `}
{"name": "by ann", "match": false, "event": ` + strings.ReplaceAll(wanted, "bob", "ann") + `}

{"name": "an event", "match": true, "event": {"source": "aws.ec2", "account": "222222222222", "detail": ` + wanted + `}}
`,
}

func changedFiles(files map[string]string, more ...string) map[string]string {
	all := maps.Clone(files)
	for i := 0; i < len(more); i += 2 {
		all[more[i]] += more[i+1]
	}
	return all
}

// ofRules is how the summary ends for this many rules more than the catalogue has.
func ofRules(more, failed int) string {
	return fmt.Sprintf(" fixtures of %d rules: %d failed\n", len(rules.CatalogRules())+more, failed)
}

func TestRulesTestRunsAllFixtures(t *testing.T) {
	code, out, errors := invoke(t, nil, "", "rules", "test")
	if code != 0 || errors != "" || !strings.HasSuffix(out, ofRules(0, 0)) || strings.Count(out, "\n") != 1 {
		t.Errorf("code %d\n%s%s", code, out, errors)
	}
	code, out, errors = invoke(t, withFixtures, "", "rules", "test")
	notes := "note: vpc-change has no fixtures, which would stand in etc/testdata/vpc-change.jsonl\n"
	if code != 0 || errors != "" || !strings.HasSuffix(out, ofRules(1, 0)) || !strings.HasPrefix(out, notes) {
		t.Errorf("code %d\n%s%s", code, out, errors)
	}
	code, out, _ = invoke(t, withFixtures, "", "rules", "test", "bob-made", "root-user-used")
	if code != 0 || !strings.HasSuffix(out, " fixtures of 2 rules: 0 failed\n") || strings.Contains(out, "note") {
		t.Errorf("code %d\n%s", code, out)
	}
	// The catalogue's fixtures are run against the catalogue's rule, one's own against the rule in
	// its place.
	code, out, errors = invoke(t, changedFiles(withFixtures, "etc/testdata/vpc-change.jsonl", `{"match": true, "event": {"eventSource": "ec2.amazonaws.com", "eventName": "CreateVpc"}}`), "", "rules", "test", "vpc-change")
	if code != 0 || !strings.HasSuffix(out, " fixtures of 1 rule: 0 failed\n") || !strings.Contains(out, "note: vpc-change has no fixture that must not match\n") {
		t.Errorf("code %d\n%s%s", code, out, errors)
	}
}

func TestRulesTestReportsFailures(t *testing.T) {
	files := changedFiles(withFixtures, "etc/testdata/bob-made.jsonl", `{"name": "bob, and must not", "match": false, "event": `+wanted+`}
{"name": "ann\u202e", "match": true, "event": `+strings.ReplaceAll(wanted, "bob", "ann")+`}
{"name": "denied", "match": true, "event": `+strings.Replace(wanted, `"eventType"`, `"errorCode":"AccessDenied","eventType"`, 1)+`}
`, "etc/testdata/vpc-change.jsonl", `{"name": "a rule in place of the catalogue's", "match": true, "event": `+wanted+`}`)
	code, out, errors := invoke(t, files, "", "rules", "test")
	want := `etc/testdata/bob-made.jsonl:5: bob-made: "bob, and must not" must not match and does, because detail.userIdentity.userName is "bob"
etc/testdata/bob-made.jsonl:6: bob-made: "ann\u202e" must match and does not, because detail.userIdentity.userName is "ann", allowed: "bob"
etc/testdata/bob-made.jsonl:7: bob-made: "denied" must match and does not, because its unless leaves it out: detail.errorCode is "AccessDenied"
etc/testdata/vpc-change.jsonl:1: vpc-change: "a rule in place of the catalogue's" must match and does not, because detail.eventName is "CreateSecurityGroup", allowed: "CreateVpc"
note: vpc-change has no fixture that must not match
`
	if code != 1 || errors != "" || !strings.HasPrefix(out, want) || !strings.HasSuffix(out, ofRules(1, 4)) {
		t.Errorf("code %d, got\n%s%swant\n%s", code, out, errors, want)
	}
	code, out, _ = invoke(t, files, "", "rules", "test", "--json", "bob-made", "vpc-change")
	var result struct {
		Rules, Fixtures int
		Failures        []struct {
			File, Rule, Name, Because string
			Line                      int
			Match                     bool
		}
		Notes    []struct{ Rule string }
		Problems []any
	}
	if err := json.Unmarshal([]byte(out), &result); err != nil || code != 1 || result.Rules != 2 || result.Fixtures < 8 || len(result.Failures) != 4 ||
		len(result.Notes) != 1 || result.Problems == nil || len(result.Problems) != 0 || result.Failures[1].Line != 6 || !result.Failures[1].Match {
		t.Errorf("code %d, %v\n%s", code, err, out)
	}
}

func TestRulesTestReportsProblems(t *testing.T) {
	files := changedFiles(withFixtures, "etc/testdata/bob-mad.jsonl", "{}", "etc/testdata/notes.txt", "of no interest",
		"etc/testdata/vpc-change.jsonl", `{"match": true}
{"match": false, "event": {"a": 1}}
{"match": false, "event": {"Records": [`+wanted+`, `+wanted+`]}}
{"match": false, "event": `+wanted+`}
`)
	code, out, errors := invoke(t, files, "", "rules", "test")
	for _, part := range []string{
		`etc/testdata/bob-mad.jsonl:1:1: there is no rule "bob-mad" (did you mean "bob-made"?), allowed: RULE.jsonl`,
		`etc/testdata/vpc-change.jsonl:1:1: event is missing, allowed: {"name": "…", "match": true or false, "event": {…}}`,
		`etc/testdata/vpc-change.jsonl:2:1: event:1: `, `etc/testdata/vpc-change.jsonl:3:1: found 2 records, allowed: one event`,
	} {
		if code != 1 || strings.Count(errors, part) != 1 || strings.Count(errors, "\n") != 4 {
			t.Errorf("code %d, %q is not in\n%s", code, part, errors)
		}
	}
	if !strings.Contains(out, ofRules(1, 0)) {
		t.Errorf("what can be run is not: %s", out)
	}
	code, _, errors = invoke(t, withFixtures, "", "rules", "test", "bob-mad")
	if code != 1 || !strings.Contains(errors, `there is no rule "bob-mad" (did you mean "bob-made"?)`) {
		t.Errorf("code %d, err %q", code, errors)
	}
}
