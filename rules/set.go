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

// Set matches events against many rules at once. It is immutable and safe for concurrent use.
type Set struct {
	rules []*entry
	// sources are the eventSources that the rules name.
	sources map[string]bool
	// matchers has a func() (*matcher, error) by eventSource, and forwarding a func()
	// ([]ForwardingPattern, error) by length. Both are filled on demand.
	matchers, forwarding *sync.Map
}

// NewSet compiles rules. It returns an error for a pattern or a call that is not valid, and for an
// id that two rules have. Only [Load] checks that a rule has a title, a severity and a reason.
func NewSet(rules ...*Rule) (*Set, error) {
	var entries []*entry
	seen := map[string]bool{}
	for i, rule := range rules {
		if rule == nil {
			return nil, fmt.Errorf("rule %d of %d is nil", i+1, len(rules))
		}
		if j := slices.IndexFunc(rule.Calls, func(text string) bool { return !call.MatchString(text) }); j >= 0 {
			return nil, fmt.Errorf("rule %q: found call %q, allowed: service:Operation as in iam:CreateUser", rule.ID,
				rule.Calls[j])
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

// entry is a rule of a set, which may not be decoded yet.
type entry struct {
	rule func() (*Rule, error)
	// sources are those of [Rule.sources].
	sources []string
}

// newSet makes a set of rules that are known to be valid.
func newSet(rules []*entry) *Set {
	set := &Set{rules: rules, sources: map[string]bool{}, matchers: &sync.Map{}, forwarding: &sync.Map{}}
	for _, rule := range rules {
		for _, source := range rule.sources {
			set.sources[source] = true
		}
	}
	return set
}

// sources returns the eventSources of the events that the rule may match, nil for any.
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

// fullPatterns returns the event patterns of which an event must match one: one for each source of
// the calls, by source, or, without calls, the rule's own under "".
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

// sortedBySource returns patterns ordered by their sources.
func sortedBySource(bySource map[string]json.RawMessage) []json.RawMessage {
	var patterns []json.RawMessage
	for _, source := range slices.Sorted(maps.Keys(bySource)) {
		patterns = append(patterns, bySource[source])
	}
	return patterns
}

// Len returns the number of rules in the set.
func (s *Set) Len() int { return len(s.rules) }

// Rules returns the rules of the set, in the order given.
func (s *Set) Rules() []*Rule {
	var rules []*Rule
	for _, e := range s.rules {
		if rule, err := e.rule(); err == nil { // an error is only possible after [ParseLines], and [Set.Match] returns it
			rules = append(rules, rule)
		}
	}
	return rules
}

// Match returns the rules that an EventBridge event matches, the most urgent first. It returns an
// error if the event is not a JSON object, or if the set comes from [ParseLines] and a rule cannot
// be decoded.
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
		return nil, nil // most events
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
