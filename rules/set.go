package rules

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/trailbus/trailbus/eventpattern"
)

// Set is a number of rules that are matched together. It does not change once made and may be used by many goroutines.
type Set struct {
	rules []*entry
	// sources are the eventSources that the rules name.
	sources map[string]bool
	// matchers holds a func() (*matcher, error) for each eventSource that was seen, and forwarding a func() ([]ForwardingPattern, error)
	// for each length that was asked for.
	matchers, forwarding *sync.Map
}

// NewSet compiles rules. A rule that cannot be compiled, a call that is none and an id that is given twice are errors. That a rule has a
// title, a severity and a reason is checked by [Load] alone.
func NewSet(rules ...*Rule) (*Set, error) {
	var entries []*entry
	seen := map[string]bool{}
	for i, rule := range rules {
		if rule == nil {
			return nil, fmt.Errorf("rule %d of %d is nil", i+1, len(rules))
		}
		if j := slices.IndexFunc(rule.Calls, func(text string) bool { return !call.MatchString(text) }); j >= 0 {
			return nil, fmt.Errorf("rule %q: found call %q, allowed: service:Operation as in iam:CreateUser", rule.ID, rule.Calls[j])
		}
		if seen[rule.ID] {
			return nil, fmt.Errorf("rule %q is given twice", rule.ID)
		}
		seen[rule.ID] = true
		if _, err := branchesOf(rule); err != nil {
			return nil, err
		}
		wholes, err := fullPatterns(rule)
		if err != nil {
			return nil, err
		}
		for _, pattern := range slices.Concat(sortedBySource(wholes), rule.Unless) {
			if _, err := eventpattern.Compile(pattern); err != nil {
				return nil, fmt.Errorf("rule %q: %w", rule.ID, err)
			}
		}
		entries = append(entries, &entry{func() (*Rule, error) { return rule, nil }, rule.sources()})
	}
	return newSet(entries), nil
}

// entry is a rule of a set, read or not yet read.
type entry struct {
	rule func() (*Rule, error)
	// sources are the eventSources of which the rule may want an event, nil when it may be any.
	sources []string
}

// newSet makes a set of rules that are known to be good.
func newSet(rules []*entry) *Set {
	set := &Set{rules: rules, sources: map[string]bool{}, matchers: &sync.Map{}, forwarding: &sync.Map{}}
	for _, rule := range rules {
		for _, source := range rule.sources {
			set.sources[source] = true
		}
	}
	return set
}

// sources are the eventSources of which the rule may want an event, nil when it may be any.
func (r *Rule) sources() []string {
	var sources []string
	if len(r.Calls) == 0 {
		var pattern struct {
			Detail struct{ EventSource []any }
		}
		if json.Unmarshal(r.Pattern, &pattern) != nil {
			return nil
		}
		for _, item := range pattern.Detail.EventSource {
			source, ok := item.(string)
			if !ok {
				return nil
			}
			sources = append(sources, source)
		}
	}
	for _, call := range r.Calls {
		service, _, _ := strings.Cut(call, ":")
		sources = append(sources, service+".amazonaws.com")
	}
	slices.Sort(sources)
	return slices.Compact(sources)
}

// fullPatterns are the event patterns of which an event must match one: the rule's own under "", or one for each source of its calls.
func fullPatterns(rule *Rule) (map[string]json.RawMessage, error) {
	if len(rule.Calls) == 0 {
		return map[string]json.RawMessage{"": rule.Pattern}, nil
	}
	base := map[string]any{}
	if rule.Pattern != nil {
		var err error
		if base, err = decode(rule.Pattern); err != nil {
			return nil, fmt.Errorf("rule %q: pattern: %w", rule.ID, err)
		}
	}
	patterns := map[string]json.RawMessage{}
	for service, operations := range callsByService(rule.Calls) {
		source := service + ".amazonaws.com"
		patterns[source] = encode(merge(base, map[string]any{"detail": map[string]any{
			"eventSource": []any{source},
			"eventName":   eventNames(service, operations),
		}}))
	}
	return patterns, nil
}

// sortedBySource gives patterns by their sources in a stable order.
func sortedBySource(bySource map[string]json.RawMessage) []json.RawMessage {
	var patterns []json.RawMessage
	for _, source := range slices.Sorted(maps.Keys(bySource)) {
		patterns = append(patterns, bySource[source])
	}
	return patterns
}

// Len is how many rules the set has.
func (s *Set) Len() int { return len(s.rules) }

// Rules are the rules of the set, in the order given.
func (s *Set) Rules() []*Rule {
	var rules []*Rule
	for _, e := range s.rules {
		if rule, err := e.rule(); err == nil { // one that cannot be read is none of [NewSet], and matching says so
			rules = append(rules, rule)
		}
	}
	return rules
}

// Match says which rules an EventBridge event matches, the most urgent first. The error is about the event: it is no JSON
// object.
func (s *Set) Match(event []byte) ([]*Rule, error) {
	hits := map[int]bool{}
	for _, source := range s.sourcesIn(event) {
		m, err := s.matcher(source)
		if err != nil {
			return nil, err
		}
		if err := m.match(event, hits); err != nil {
			return nil, err
		}
	}
	if len(hits) == 0 {
		return nil, nil // as of most events
	}
	var rules []*Rule
	for _, i := range slices.Sorted(maps.Keys(hits)) {
		rule, err := s.rules[i].rule()
		if err != nil {
			return nil, err
		}
		rules = append(rules, rule)
	}
	slices.SortStableFunc(rules, func(a, b *Rule) int { return int(b.Severity - a.Severity) })
	return rules, nil
}
