package eventpattern

import (
	"errors"
	"fmt"
	"slices"
	"unicode/utf8"

	"github.com/trailbus/trailbus/internal/jsontext"
)

const (
	// MaxLength is the greatest length of an event pattern, in characters, that the EventBridge API
	// takes. [Compile] refuses longer ones. See
	// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html.
	MaxLength = 4096

	// DefaultQuota is the greatest length of an event pattern, in characters, in an account whose
	// quota L-664C5505 was not raised; it can be raised to MaxLength. [Compile] does not enforce
	// it. See https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html.
	DefaultQuota = 2048
)

// Pattern is a compiled event pattern. It is immutable and safe for concurrent use.
type Pattern struct {
	source       string
	fields       fieldTree
	alternatives []conjunction
}

// Compile reads an event pattern, which must be a JSON object of at most [MaxLength] characters.
//
// It refuses what EventBridge refuses: invalid JSON, empty objects and arrays, scalars where arrays
// belong, unknown operators and wrong operands, $or with fewer than two alternatives or more than
// 1,000 combinations, and a path that stands both outside and inside a $or. Of a key that stands
// twice in one object the last counts. The error says what was found, where (a path such as
// detail.eventName, with $or[1] for the second alternative), and what is allowed.
func Compile(pattern []byte) (*Pattern, error) {
	if length := utf8.RuneCount(pattern); length > MaxLength {
		return nil, fmt.Errorf("event pattern has %d characters, want at most %d", length, MaxLength)
	}
	if !utf8.Valid(pattern) {
		return nil, errors.New("event pattern is not valid UTF-8")
	}
	p := &Pattern{source: string(pattern)}
	// The conditions point into what the compiler reads, so it reads a copy that the caller cannot
	// change.
	c := compiler{Cursor: jsontext.Cursor{Data: []byte(p.source)}}
	combinations, err := c.compile()
	if err != nil {
		return nil, fmt.Errorf("event pattern: %w", err)
	}
	for _, combination := range combinations {
		p.alternatives = append(p.alternatives, p.fields.numberFields(combination))
	}
	return p, nil
}

// Matches reports whether the event matches the pattern. It returns an error if the event is not
// valid JSON or not an object.
func (p *Pattern) Matches(event []byte) (bool, error) {
	e := readers.Get().(*reader)
	defer func() {
		e.release()
		readers.Put(e)
	}()
	if err := e.read(&p.fields, event); err != nil {
		return false, err
	}
	return slices.ContainsFunc(p.alternatives, e.matches), nil
}

// String returns the source of the pattern, as it was given to [Compile].
func (p *Pattern) String() string { return p.source }
