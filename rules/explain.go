package rules

import (
	"fmt"
	"regexp"
	"slices"

	"github.com/trailbus/trailbus/eventpattern"
)

// Explanation says why an event does or does not match a rule.
type Explanation struct {
	// Misses are the fields of the rule's calls and pattern that keep the event from matching, Hits
	// are those that match. If a rule has several alternatives, these are the fields of the nearest
	// one.
	Misses, Hits []eventpattern.Finding
	// Alternatives is the number of alternatives: one for each service of the calls, times those of
	// each $or.
	Alternatives int
	// Unless is the number, from 1, of the first pattern in the rule's Unless that excludes the
	// event; 0 if none does. LeftOut are the fields by which it matches.
	Unless  int
	LeftOut []eventpattern.Finding
}

// Explainer explains one rule. It is immutable and safe for concurrent use.
type Explainer struct {
	patterns []*eventpattern.Pattern // an event must match one of them
	unless   []*eventpattern.Pattern
}

// NewExplainer compiles a rule. It returns an error if a pattern of the rule is not valid.
func NewExplainer(rule *Rule) (*Explainer, error) {
	bySource, err := fullPatterns(rule)
	if err != nil {
		return nil, err
	}
	patterns := sortedBySource(bySource)
	x := &Explainer{}
	for i, pattern := range slices.Concat(patterns, rule.Unless) {
		compiled, err := eventpattern.Compile(pattern)
		if err != nil {
			return nil, fmt.Errorf("rule %q: %w", rule.ID, err)
		}
		if i < len(patterns) {
			x.patterns = append(x.patterns, compiled)
		} else {
			x.unless = append(x.unless, compiled)
		}
	}
	return x, nil
}

// Explain says why an event does or does not match the rule; [Explanation.Matches] agrees with
// [Set.Match]. It returns an error if the event is not a JSON object.
func (x *Explainer) Explain(event []byte) (Explanation, error) {
	var found Explanation
	for i, pattern := range x.patterns {
		one, err := pattern.Explain(event)
		if err != nil {
			return Explanation{}, err
		}
		if i == 0 || nearer(one, found) {
			found.Misses, found.Hits = one.Misses, one.Hits
		}
		found.Alternatives += one.Alternatives
	}
	for i, unless := range x.unless {
		one, err := unless.Explain(event)
		if err != nil {
			return Explanation{}, err
		}
		if len(one.Misses) == 0 {
			found.Unless, found.LeftOut = i+1, one.Hits
			break
		}
	}
	return found, nil
}

func nearer(one eventpattern.Explanation, than Explanation) bool {
	if len(one.Misses) != len(than.Misses) {
		return len(one.Misses) < len(than.Misses)
	}
	return countPresent(one.Misses)+countPresent(one.Hits) > countPresent(than.Misses)+countPresent(than.Hits)
}

// countPresent counts the findings for which the event has a value.
func countPresent(findings []eventpattern.Finding) int {
	n := 0
	for _, f := range findings {
		if len(f.Found) > 0 {
			n++
		}
	}
	return n
}

// Matches reports whether the event matches the rule.
func (e Explanation) Matches() bool { return len(e.Misses) == 0 && e.Unless == 0 }

// callPaths are the fields that name the call.
var callPaths = []string{"source", "detail.eventSource", "detail.eventName"}

// Near reports whether the event matches the rule, or nearly matches it, so that a person may ask
// why it does not: either it is a call that the rule names, or it misses one field only and has a
// value that the rule names in another. A field that most values match (anything-but, exists) does
// not count: else nearly every event would be near a rule such as "use of the root user".
func (e Explanation) Near() bool {
	if len(e.Misses) == 0 {
		return true
	}
	aboutCall := func(f eventpattern.Finding) bool { return slices.Contains(callPaths, f.Path) }
	if slices.ContainsFunc(e.Misses, aboutCall) {
		return false
	}
	return slices.ContainsFunc(e.Hits, func(f eventpattern.Finding) bool {
		return f.Path == "detail.eventName" || len(e.Misses) == 1 && len(f.Found) > 0 && !broadOperators.Match(f.Allowed)
	})
}

// broadOperators finds the operators that most values match.
var broadOperators = regexp.MustCompile(`"(anything-but|exists)"`)
