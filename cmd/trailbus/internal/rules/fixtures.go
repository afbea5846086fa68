package rules

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"github.com/trailbus/trailbus/cmd/trailbus/internal/cli"
	"github.com/trailbus/trailbus/internal/cloudtrail"
	"github.com/trailbus/trailbus/internal/config"
	"github.com/trailbus/trailbus/rules"
)

// fixtureRun is one run of fixtures.
type fixtureRun struct {
	rules  map[string]*rules.Rule // as they are on; those that are not, as in the catalogue
	names  []string
	only   []string
	counts map[*rules.Rule]fixtureCounts
	ids    map[string]bool // of the rules that have fixtures
	result testResult
}

// fixtureCounts count the fixtures of a rule: those that must match, and those that must not.
type fixtureCounts struct{ match, noMatch int }

// testResult is what `rules test --json` prints.
type testResult struct {
	// Rules are how many have fixtures that were run, Fixtures how many those are.
	Rules    int `json:"rules"`
	Fixtures int `json:"fixtures"`
	// Failures are the fixtures that did not come out as they should.
	Failures []failure `json:"failures"`
	// Problems are what could not be read, or belongs to no rule.
	Problems config.Problems `json:"problems"`
	// Notes name rules of one's own that have no fixtures, or only of one kind.
	Notes []note `json:"notes"`
}

type failure struct {
	File string `json:"file"`
	Line int    `json:"line"`
	Rule string `json:"rule"`
	Name string `json:"name"`
	// Match is what the fixture asks for.
	Match bool `json:"match"`
	// Because says in words why it came out differently.
	Because string `json:"because"`
}

type note struct {
	Rule string `json:"rule"`
	Text string `json:"text"`
}

func newFixtureRun(c *config.Config, only []string) (*fixtureRun, error) {
	t := &fixtureRun{rules: map[string]*rules.Rule{}, only: only, counts: map[*rules.Rule]fixtureCounts{},
		ids: map[string]bool{}}
	t.result = testResult{Failures: []failure{}, Problems: config.Problems{}, Notes: []note{}}
	for _, l := range listRules(c) {
		t.rules[l.ID] = l.Rule
		t.names = append(t.names, l.ID)
	}
	for _, id := range only {
		if t.rules[id] == nil {
			return nil, cli.UnknownRule(id, t.names)
		}
	}
	return t, nil
}

func (t *fixtureRun) wanted(id string) bool { return len(t.only) == 0 || slices.Contains(t.only, id) }

func (t *fixtureRun) addProblem(file, text string) {
	t.result.Problems = append(t.result.Problems, config.Problem{File: file, Line: 1, Column: 1, Message: text})
}

// addNote says which fixtures a rule of one's own lacks.
func (t *fixtureRun) addNote(rule *rules.Rule, file string) {
	text := ""
	switch n := t.counts[rule]; {
	case n.match+n.noMatch == 0:
		text = "has no fixtures, which would stand in " + file
	case n.match == 0:
		text = "has no fixture that must match"
	case n.noMatch == 0:
		text = "has no fixture that must not match"
	default:
		return
	}
	t.result.Notes = append(t.result.Notes, note{rule.ID, text})
}

// runFile runs the fixtures of a rule.
func (t *fixtureRun) runFile(rule *rules.Rule, file string, data []byte) {
	fixtures, err := rules.ReadFixtures(file, data)
	if problems, ok := errors.AsType[config.Problems](err); ok {
		t.result.Problems = append(t.result.Problems, problems...)
	}
	set, err := rules.NewSet(rule)
	if err != nil {
		t.addProblem(file, err.Error()) // it was compiled when it was read
		return
	}
	for _, f := range fixtures {
		event, err := fixtureEvent(f)
		var matched []*rules.Rule
		if err == nil {
			matched, err = set.Match(event.JSON)
		}
		if err != nil {
			t.result.Problems = append(t.result.Problems, config.Problem{File: file, Line: f.Line, Column: 1,
				Message: err.Error()})
			continue
		}
		n := t.counts[rule]
		if f.Match {
			n.match++
		} else {
			n.noMatch++
		}
		t.counts[rule], t.ids[rule.ID] = n, true
		t.result.Fixtures++
		if (len(matched) > 0) != f.Match {
			t.result.Failures = append(t.result.Failures, failure{file, f.Line, rule.ID, f.Name, f.Match,
				failureReason(rule, event, f.Match)})
		}
	}
	t.result.Rules = len(t.ids)
}

// fixtureEvent is the event of a fixture: an EventBridge event, or the one that EventBridge would
// make of a record.
func fixtureEvent(f rules.Fixture) (*cloudtrail.Event, error) {
	var found []*cloudtrail.Event
	for event, err := range cloudtrail.Read(bytes.NewReader(f.Event), "event") {
		if err != nil {
			return nil, err
		}
		found = append(found, event)
	}
	if len(found) != 1 {
		return nil, fmt.Errorf("found %s, allowed: one event", cli.Pluralize(len(found), "record"))
	}
	return found[0], nil
}

// failureReason says why a fixture came out differently than it should.
func failureReason(rule *rules.Rule, event *cloudtrail.Event, match bool) string {
	x, err := rules.NewExplainer(rule)
	if err != nil {
		return err.Error()
	}
	e, err := x.Explain(event.JSON)
	switch {
	case err != nil:
		return err.Error()
	case match:
		return explainMismatch(rule, e)
	}
	return explainMatch(e.Hits)
}

func (r *testResult) print(s *cli.Streams) error {
	for _, problem := range r.Problems {
		fmt.Fprintln(s.Err, problem)
	}
	for _, f := range r.Failures {
		what := "must not match and does"
		if f.Match {
			what = "must match and does not"
		}
		fmt.Fprintf(s.Out, "%s:%d: %s: %q %s, because %s\n", f.File, f.Line, f.Rule, f.Name, what, f.Because)
	}
	for _, n := range r.Notes {
		fmt.Fprintf(s.Out, "note: %s %s\n", n.Rule, n.Text)
	}
	_, err := fmt.Fprintf(s.Out, "%s of %s: %d failed\n", cli.Pluralize(r.Fixtures, "fixture"),
		cli.Pluralize(r.Rules, "rule"), len(r.Failures))
	return err
}
