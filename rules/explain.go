package rules

import (
	"fmt"
	"regexp"
	"slices"

	"github.com/trailbus/trailbus/eventpattern"
)

// Explanation says why an event does not match a rule, or by what it does.
type Explanation struct {
	// Misses are the fields of the rule's calls and pattern that keep the event from matching; Hits are those that match. Where a rule
	// can be matched in several ways, they are those of the way that comes nearest.
	Misses, Hits []eventpattern.Finding
	// Alternatives is how many ways there are: one for each service of its calls, times the alternatives of $or.
	Alternatives int
	// Unless counts from 1 which of the rule's unless leaves the event out, 0: none. LeftOut are the fields by which it does.
	Unless  int
	LeftOut []eventpattern.Finding
}

// Explainer says of one rule why events do not match it. It does not change once made and may be used by many goroutines.
type Explainer struct {
	patterns []*eventpattern.Pattern // of which an event must match one
	unless   []*eventpattern.Pattern
}

// NewExplainer compiles a rule.
func NewExplainer(rule *Rule) (*Explainer, error) {
	bySource, err := fullPatterns(rule)
	if err != nil {
		return nil, err
	}
	wholes := sortedBySource(bySource)
	x := &Explainer{}
	for i, pattern := range slices.Concat(wholes, rule.Unless) {
		compiled, err := eventpattern.Compile(pattern)
		if err != nil {
			return nil, fmt.Errorf("rule %q: %w", rule.ID, err)
		}
		if i < len(wholes) {
			x.patterns = append(x.patterns, compiled)
		} else {
			x.unless = append(x.unless, compiled)
		}
	}
	return x, nil
}

// Explain says why an event does not match the rule. [Explanation.Matches] is what [Set.Match] says of it. The error is about the event: it
// is no JSON object.
func (x *Explainer) Explain(event []byte) (Explanation, error) {
	var found Explanation
	for i, whole := range x.patterns {
		one, err := whole.Explain(event)
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

// countPresent counts the findings that are a value, and not the absence of one.
func countPresent(findings []eventpattern.Finding) int {
	n := 0
	for _, f := range findings {
		if len(f.Found) > 0 {
			n++
		}
	}
	return n
}

// Matches says whether the event matches the rule.
func (e Explanation) Matches() bool { return len(e.Misses) == 0 && e.Unless == 0 }

// The fields that say what was called.
var callPaths = []string{"source", "detail.eventSource", "detail.eventName"}

// Near says whether the event nearly matches the rule, so that a person may wonder why it does not: it is a call that the rule asks for;
// or one field alone decided, and another has a value that the rule names. (That a value is not another one, or that there is none, brings
// no event nearer: nearly every event would be near to a rule such as "use of the root user".)
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

// broadOperators are the operators that most values match.
var broadOperators = regexp.MustCompile(`"(anything-but|exists)"`)
