package eventpattern

import (
	"encoding/json"
	"fmt"
	"slices"
	"sort"
)

// Explanation says why an event does or does not match a pattern.
type Explanation struct {
	// Misses are the fields that keep the event from matching, ordered by path. The event matches
	// if there are none.
	Misses []Finding
	// Hits are the fields that match, ordered by path.
	Hits []Finding
	// Alternatives is the number of combinations of the alternatives in each $or, 1 if the pattern
	// has no $or. Misses and Hits are those of the nearest combination: the one with the fewest
	// misses, then the one with the most fields that the event has, then the first.
	Alternatives int
}

// Finding is what an event has at the path of a field of a pattern.
type Finding struct {
	// Path has the field's keys, joined by dots.
	Path string `json:"path"`
	// Allowed is the field's array, as the pattern spells it.
	Allowed json.RawMessage `json:"allowed"`
	// Found are the event's values at the path as JSON, in the order of the event; of a hit, only
	// those that match. Characters that are not visible, or change the direction of writing, are
	// escaped.
	Found []json.RawMessage `json:"found"`
	// With are paths of fields in the same array. They match by themselves, but not in the same
	// element of the array as this field.
	With []string `json:"with,omitempty"`
	// Whole is "an object" or "an empty list" if the event has that at the path and no value, which
	// no operator matches.
	Whole string `json:"whole,omitempty"`
}

// Explain says why an event does or does not match the pattern. It returns no misses exactly when
// [Pattern.Matches] returns true, and the same errors.
func (p *Pattern) Explain(event []byte) (Explanation, error) {
	e := &reader{}
	if err := e.read(&p.fields, event); err != nil {
		return Explanation{}, err
	}
	var best verdict
	for i, alternative := range p.alternatives {
		if v := e.evaluate(alternative); i == 0 || v.nearerThan(best) {
			best = v
		}
	}
	explanation := Explanation{Alternatives: len(p.alternatives)}
	for i, f := range best.fields {
		if slices.Contains(best.misses, i) {
			explanation.Misses = append(explanation.Misses, e.finding(f, false))
		} else {
			explanation.Hits = append(explanation.Hits, e.finding(f, true))
		}
	}
	if best.conflicting > 0 {
		explanation.Misses[0].With = e.pathsSharingArray(best.fields[:best.conflicting], best.fields[best.conflicting])
	}
	return explanation, nil
}

// verdict is how an alternative fares with an event.
type verdict struct {
	fields conjunction
	misses []int // indexes of fields
	// conflicting is the index of the one miss if that field matches by itself, but not in the
	// array elements that the fields before it need; else 0.
	conflicting int
	present     int // fields that the event has, whether they match or not
}

func (v verdict) nearerThan(other verdict) bool {
	if len(v.misses) != len(other.misses) {
		return len(v.misses) < len(other.misses)
	}
	return v.present > other.present
}

func (e *reader) evaluate(fields conjunction) verdict {
	v := verdict{fields: fields}
	for i, f := range fields {
		if !e.mayMatch(f) {
			v.misses = append(v.misses, i)
		}
		if e.paths[f.number].first != 0 {
			v.present++
		}
	}
	if len(v.misses) == 0 && !e.matches(fields) {
		// Adding a field never makes the fields consistent again, and all of them together are not.
		v.conflicting = sort.Search(len(fields)-1, func(i int) bool { return !e.consistent(fields[:i+1]) })
		v.misses = []int{v.conflicting}
	}
	return v
}

// finding collects the values of the event for a field; of a hit, only those that match.
func (e *reader) finding(f numberedField, hit bool) Finding {
	found := Finding{Path: f.path, Allowed: json.RawMessage(f.source), Found: []json.RawMessage{}}
	path := &e.paths[f.number]
	switch {
	case path.first != 0:
	case path.object:
		found.Whole = "an object"
	case path.emptyArray:
		found.Whole = "an empty list"
	}
	for i := path.first; i != 0; i = e.leaves[i].next {
		if v := &e.leaves[i].value; !hit || matchesAny(f.conditions, v) {
			found.Found = append(found.Found, quoteJSON(v.text))
		}
	}
	slices.Reverse(found.Found) // a path links its leaves from the last to the first
	return found
}

// pathsSharingArray returns the paths of those fields that have values in an array in which f has
// some too.
func (e *reader) pathsSharingArray(fields conjunction, f numberedField) []string {
	mine := e.arrays(f)
	var paths []string
	for _, other := range fields {
		if slices.ContainsFunc(e.arrays(other), func(array int) bool { return slices.Contains(mine, array) }) {
			paths = append(paths, other.path)
		}
	}
	return paths
}

// arrays returns the arrays in whose elements a field has values.
func (e *reader) arrays(f numberedField) []int {
	var arrays []int
	for i := e.paths[f.number].first; i != 0; i = e.leaves[i].next {
		for in := e.leaves[i].in; in != 0; in = e.elements[in].in {
			if array := e.elements[in].array; !slices.Contains(arrays, array) {
				arrays = append(arrays, array)
			}
		}
	}
	return arrays
}

// String formats the finding, such as: detail.errorCode is "AccessDenied", allowed: no value.
func (f Finding) String() string {
	text := fmt.Sprintf("%s, allowed: %s", f.Fact(), f.Wanted())
	if len(f.With) > 0 {
		text += " in the element of the list in which " + join(f.With, "and", printable) + " matches"
	}
	return text
}

// Fact says what the event has, such as: detail.errorCode is "AccessDenied".
func (f Finding) Fact() string {
	path := printable(f.Path)
	switch {
	case len(f.Found) == 1:
		return path + " is " + truncateJSON(f.Found[0])
	case len(f.Found) > 1:
		more := ""
		if len(f.Found) > shownValues {
			more = fmt.Sprintf(", … %d more", len(f.Found)-shownValues)
		}
		return path + " is [" + join(f.Found[:min(len(f.Found), shownValues)], ",", truncateJSON) + more + "]"
	case f.Whole == "an object":
		return path + " is an object, whose fields alone can be asked for"
	case f.Whole != "":
		return path + " is " + f.Whole
	}
	return path + " is not there"
}
