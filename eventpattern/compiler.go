package eventpattern

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/trailbus/trailbus/internal/jsontext"
)

// maxCombinations is how many combinations of alternatives the $or of a pattern may have: their
// numbers multiplied. See
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html#eb-filtering-complex-example-or.
const maxCombinations = 1000

// or is the key whose array holds alternatives.
const or = "$or"

// reserved are keys that event-ruler does not allow inside $or, because they are operators, or may
// become some.
var reserved = []string{
	"exactly", "equals-ignore-case", "prefix", "suffix", "anything-but", "exists", "wildcard", "numeric", "cidr",
	"=", "<", "<=", ">", ">=", "regex", "not-wildcard", "not-equals-ignore-case", "date-after", "date-on-or-after",
	"date-before", "date-on-or-before", "in-date-range", "ip-address-in-range", "ip-address-not-in-range",
}

// field is what a pattern requires at one path: a value that matches one of the conditions or, if
// absent is set, no value.
type field struct {
	path       string // keys joined by dots
	source     string // the array as the pattern spells it; a Set matches fields with the same path and source once
	conditions []condition
	absent     bool
	scope      int // 0 outside of any $or, else the number of the alternative
}

// combination has the fields that must match for one choice of an alternative from each $or.
type combination []*field

// compiler reads a pattern into combinations.
type compiler struct {
	jsontext.Cursor
	keys   []string        // the path of what is being read
	where  []string        // the same path with $or, for errors
	scopes int             // the number of alternatives so far
	seen   map[string]bool // paths that have a field already
}

func (c *compiler) compile() ([]combination, error) {
	c.seen = map[string]bool{}
	if c.Peek() != '{' {
		if err := c.SkipValue(0); err != nil {
			return nil, err
		}
		return nil, errors.New("not an object, want one such as {\"source\": [\"aws.iam\"]}")
	}
	combinations, err := c.object([]combination{nil}, 0)
	if err != nil {
		return nil, c.at(err)
	}
	if err := c.End(); err != nil {
		return nil, err
	}
	for _, each := range combinations {
		slices.SortFunc(each, func(a, b *field) int { return strings.Compare(a.path, b.path) })
	}
	return combinations, nil
}

// at puts the place in the pattern before an error.
func (c *compiler) at(err error) error {
	if len(c.where) == 0 {
		return err
	}
	return fmt.Errorf("%s: %w", strings.Join(c.where, "."), err)
}

// object reads an object and adds its fields to each of the combinations. On an error it leaves
// where at the place of the error.
func (c *compiler) object(combinations []combination, scope int) ([]combination, error) {
	fields := 0
	var scratch []byte
	err := c.Members(len(c.where), &scratch, func(key []byte) (err error) {
		fields++
		c.where = append(c.where, string(key))
		if string(key) == or {
			combinations, err = c.or(combinations)
		} else {
			c.keys = append(c.keys, string(key))
			combinations, err = c.member(combinations, scope)
			c.keys = c.keys[:len(c.keys)-1]
		}
		if err == nil {
			c.where = c.where[:len(c.where)-1]
		}
		return err
	})
	if err == nil && fields == 0 {
		err = errors.New("an empty object, want at least one field")
	}
	return combinations, err
}

// member reads a key's value: an object or the array of a field.
func (c *compiler) member(combinations []combination, scope int) ([]combination, error) {
	if key := c.keys[len(c.keys)-1]; scope > 0 && slices.Contains(reserved, key) {
		return nil, fmt.Errorf("%q is reserved, want another key inside %s", key, or)
	}
	switch c.Peek() {
	case '{':
		return c.object(combinations, scope)
	case '[':
		f, err := c.field(scope)
		if err != nil {
			return nil, err
		}
		return combinations, c.add(f, combinations)
	}
	return nil, c.unexpected("a field", "an array of values, or an object")
}

// add adds a field to each combination. A path may be in one scope only: event-ruler lets the later
// one override the earlier one, which is never intended, and EventBridge refuses it.
func (c *compiler) add(f *field, combinations []combination) error {
	again := c.seen[f.path]
	c.seen[f.path] = true
	for i, combination := range combinations {
		at := -1
		if again { // only then, since there may be a thousand combinations and hundreds of fields
			at = slices.IndexFunc(combination, func(other *field) bool { return other.path == f.path })
		}
		switch {
		case at < 0:
			combinations[i] = append(combination, f)
		case combination[at].scope != f.scope:
			return fmt.Errorf("path %s stands both outside and inside of a %s, or in two of them, want it in one place", f.path,
				or)
		default:
			combination[at] = f
		}
	}
	return nil
}

// or reads the alternatives of a $or. Each alternative extends all combinations read so far.
func (c *compiler) or(combinations []combination) ([]combination, error) {
	if c.Peek() != '[' {
		return nil, c.unexpected(or, "an array of objects")
	}
	last := len(c.where) - 1
	var all []combination
	n := 0
	err := c.Elements(0, func(i int) error {
		n++
		c.where[last] = fmt.Sprintf("%s[%d]", or, i)
		if c.Peek() != '{' {
			return c.unexpected(or, "objects only")
		}
		c.scopes++
		with, err := c.object(clone(combinations), c.scopes)
		if err != nil {
			return err
		}
		if all = append(all, with...); len(all) > maxCombinations {
			return fmt.Errorf("more than %d combinations of alternatives, want at most %[1]d", maxCombinations)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	c.where[last] = or
	if n < 2 {
		return nil, fmt.Errorf("an array of %d, want at least 2 alternatives", n)
	}
	return all, nil
}

// clone copies combinations, so that an alternative can add fields to its own.
func clone(combinations []combination) []combination {
	copied := make([]combination, len(combinations))
	for i, each := range combinations {
		copied[i] = slices.Clone(each)
	}
	return copied
}

// field reads the array of a field.
func (c *compiler) field(scope int) (*field, error) {
	start := c.Pos
	f := &field{path: strings.Join(c.keys, "."), scope: scope}
	err := c.Elements(0, func(int) error {
		conditions, absent, err := c.entry()
		f.conditions = append(f.conditions, conditions...)
		f.absent = f.absent || absent
		return err
	})
	if err != nil {
		return nil, err
	}
	if len(f.conditions) == 0 && !f.absent {
		return nil, errors.New("an empty array, want at least one value")
	}
	f.conditions = mergeExact(f.conditions)
	f.source = string(c.Data[start:c.Pos])
	return f, nil
}

// string reads a string and returns it in its double quotes.
func (c *compiler) string() ([]byte, error) {
	var scratch []byte
	return c.QuotedString(&scratch)
}
