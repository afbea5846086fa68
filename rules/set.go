package rules

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/trailbus/trailbus/eventpattern"
)

// Set is a number of rules that are matched together. It does not change once made and may be used by many goroutines.
type Set struct {
	rules    []*Rule
	branches []branch
	patterns *eventpattern.Set
	// wants[i] is what pattern i of patterns says when it matches.
	wants []want
	// forwarding holds a func() ([]ForwardingPattern, error) for each length that was asked for.
	forwarding *sync.Map
}

type want struct {
	rule   int
	unless bool
}

// NewSet compiles rules. A rule that cannot be compiled and an id that is given twice are errors.
func NewSet(rules ...*Rule) (*Set, error) {
	set := &Set{rules: rules, forwarding: &sync.Map{}}
	seen := map[string]bool{}
	var compiled []*eventpattern.Pattern
	add := func(rule int, pattern json.RawMessage, unless bool) error {
		p, err := eventpattern.Compile(pattern)
		if err != nil {
			return fmt.Errorf("rule %q: %w", rules[rule].ID, err)
		}
		compiled = append(compiled, p)
		set.wants = append(set.wants, want{rule, unless})
		return nil
	}
	for i, rule := range rules {
		if seen[rule.ID] {
			return nil, fmt.Errorf("rule %q is given twice", rule.ID)
		}
		seen[rule.ID] = true
		branches, err := branchesOf(rule)
		if err != nil {
			return nil, err
		}
		set.branches = append(set.branches, branches...)
		wholes, err := wholePatterns(rule)
		if err != nil {
			return nil, err
		}
		for _, pattern := range wholes {
			if err := add(i, pattern, false); err != nil {
				return nil, err
			}
		}
		for _, pattern := range rule.Unless {
			if err := add(i, pattern, true); err != nil {
				return nil, err
			}
		}
	}
	set.patterns = eventpattern.NewSet(compiled...)
	return set, nil
}

// wholePatterns are the event patterns of which an event must match one: the rule's own, once for each service of its calls.
func wholePatterns(rule *Rule) ([]json.RawMessage, error) {
	if len(rule.Calls) == 0 {
		return []json.RawMessage{rule.Pattern}, nil
	}
	base := map[string]any{}
	if rule.Pattern != nil {
		var err error
		if base, err = decode(rule.Pattern); err != nil {
			return nil, fmt.Errorf("rule %q: pattern: %w", rule.ID, err)
		}
	}
	calls := callsByService(rule.Calls)
	var patterns []json.RawMessage
	for _, service := range slices.Sorted(maps.Keys(calls)) {
		patterns = append(patterns, encode(merge(base, map[string]any{"detail": map[string]any{
			"eventSource": []any{service + ".amazonaws.com"},
			"eventName":   eventNames(service, calls[service]),
		}})))
	}
	return patterns, nil
}

// Rules are the rules of the set, in the order given.
func (s *Set) Rules() []*Rule { return slices.Clone(s.rules) }

// Match says which rules an EventBridge event matches, the most urgent first. The error is about the event: it is no JSON
// object.
func (s *Set) Match(event []byte) ([]*Rule, error) {
	matched, err := s.patterns.Match(event)
	if err != nil {
		return nil, err
	}
	hits := map[int]bool{}
	for _, i := range matched {
		if w := s.wants[i]; !w.unless {
			hits[w.rule] = true
		}
	}
	for _, i := range matched {
		if w := s.wants[i]; w.unless {
			delete(hits, w.rule)
		}
	}
	var rules []*Rule
	for _, i := range slices.Sorted(maps.Keys(hits)) {
		rules = append(rules, s.rules[i])
	}
	slices.SortStableFunc(rules, func(a, b *Rule) int { return int(b.Severity - a.Severity) })
	return rules, nil
}

// MarshalJSON writes the rules; [Set.UnmarshalJSON] compiles them again.
func (s *Set) MarshalJSON() ([]byte, error) { return json.Marshal(s.rules) }

// UnmarshalJSON reads what [Set.MarshalJSON] wrote.
func (s *Set) UnmarshalJSON(data []byte) error {
	var rules []*Rule
	if err := json.Unmarshal(data, &rules); err != nil {
		return err
	}
	set, err := NewSet(rules...)
	if err != nil {
		return err
	}
	*s = *set
	return nil
}
