package rules

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/trailbus/trailbus/internal/yamldoc"
)

// Fixture is an event that a rule must match, or must not. The fixtures of a rule are the lines of
// testdata/RULE.jsonl beside the file with the rule, each {"name": …, "match": true or false,
// "event": …}.
type Fixture struct {
	// Name says what is special about the event; optional.
	Name string
	// Match says whether the rule must match the event.
	Match bool
	// Event is an EventBridge event that carries a CloudTrail record, or, in a user's own file, the
	// record alone.
	Event json.RawMessage
	// Line is the line in the file, from 1.
	Line int
}

// ReadFixtures reads a file of fixtures. The error has all problems, a line each, as
// file:line:column: what was found, what is allowed. The fixtures without a problem are returned
// beside it.
func ReadFixtures(file string, data []byte) ([]Fixture, error) {
	var fixtures []Fixture
	var problems yamldoc.Problems
	n := 0
	for line := range bytes.Lines(data) {
		n++
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		fixture, column, err := readFixture(line)
		if err != nil {
			problems = append(problems, yamldoc.Problem{File: file, Line: n, Column: column, Message: err.Error()})
			continue
		}
		fixture.Line = n
		fixtures = append(fixtures, fixture)
	}
	if problems != nil {
		return fixtures, problems
	}
	return fixtures, nil
}

// readFixture reads one line. The column is the place of the error.
func readFixture(line []byte) (f Fixture, column int, err error) {
	var read struct {
		Name  string          `json:"name"`
		Match *bool           `json:"match"`
		Event json.RawMessage `json:"event"`
	}
	decoder := json.NewDecoder(bytes.NewReader(line))
	decoder.DisallowUnknownFields()
	err = decoder.Decode(&read)
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		return f, max(int(syntax.Offset), 1), fmt.Errorf("not JSON: %w", err)
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return f, max(len(bytes.TrimSpace(line)), 1), errors.New("not JSON: it ends too early")
	}
	const allowed = `allowed: {"name": "…", "match": true or false, "event": {…}}`
	if kind, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return f, 1, fmt.Errorf("found %s%s, %s", kind.Value, map[bool]string{true: " for " + kind.Field}[kind.Field != ""],
			allowed)
	}
	switch rest := bytes.TrimSpace(line[decoder.InputOffset():]); {
	case err != nil:
		return f, 1, fmt.Errorf("found no fixture (%w), %s", err, allowed)
	case len(rest) > 0:
		return f, int(decoder.InputOffset()) + 1, errors.New("found more than one value, allowed: one fixture a line")
	case read.Match == nil:
		return f, 1, errors.New("match is missing, " + allowed)
	case read.Event == nil:
		return f, 1, errors.New("event is missing, " + allowed)
	}
	return Fixture{Name: read.Name, Match: *read.Match, Event: read.Event}, 0, nil
}
