package eventpattern

import (
	"encoding/binary"
	"slices"
)

// Two fields of a pattern whose paths lead through the same array of an event must match in the same element of it:
// {"users": {"name": ["a"], "role": ["b"]}} does not match {"users": [{"name": "a"}, {"role": "b"}]}. So for each field
// a leaf is to be chosen such that no two of them lie in different elements of one array. See "JSON Array Matching" in
// https://github.com/aws/event-ruler#json-array-matching.

// search looks for such a choice, field by field.
type search struct {
	*reader
	fields     conjunction
	candidates [][]int // by field: the elements its matching leaves lie in
	chosen     []int   // elements

	// A hostile event could make the search exponential. From patience steps on it therefore remembers where it failed:
	// with which field to come and with which elements chosen in arrays that still matter.
	steps   int
	lastUse map[int]int // by array: the last field that has leaves in it
	failed  map[string]struct{}
}

const patience = 256

// consistent says whether the fields match in the same elements of the event's arrays.
func (e *reader) consistent(fields conjunction) bool {
	s := search{reader: e, fields: fields, candidates: make([][]int, len(fields))}
	for i, f := range fields {
		for l := e.paths[f.number].first; l != 0; l = e.leaves[l].next {
			leaf := &e.leaves[l]
			// Leaves of one element follow each other, as in an array of a thousand strings; one of them will do.
			if n := len(s.candidates[i]); n > 0 && s.candidates[i][n-1] == leaf.in {
				continue
			}
			if matchesAny(f.conditions, &leaf.value) {
				s.candidates[i] = append(s.candidates[i], leaf.in)
			}
		}
		if len(s.candidates[i]) == 0 && !f.absent {
			return false
		}
	}
	return s.from(0)
}

// from tries to choose for field i and those after it.
func (s *search) from(i int) bool {
	if i == len(s.fields) {
		return true
	}
	var state string
	if s.steps++; s.steps > patience {
		state = s.state(i)
		if _, known := s.failed[state]; known {
			return false
		}
	}
	for _, in := range s.candidates[i] {
		if s.agrees(in) {
			s.chosen = append(s.chosen, in)
			if s.from(i + 1) {
				return true
			}
			s.chosen = s.chosen[:len(s.chosen)-1]
		}
	}
	if s.fields[i].absent && s.isAbsent(s.fields[i]) && s.from(i+1) {
		return true
	}
	if state != "" {
		s.failed[state] = struct{}{}
	}
	return false
}

// isAbsent says whether the path has no leaf in the elements chosen so far.
func (s *search) isAbsent(f placed) bool {
	for l := s.paths[f.number].first; l != 0; l = s.leaves[l].next {
		if s.agrees(s.leaves[l].in) {
			return false
		}
	}
	return true
}

// agrees says whether an element can be chosen beside those that are.
func (s *search) agrees(in int) bool {
	return !slices.ContainsFunc(s.chosen, func(other int) bool { return s.atOdds(in, other) })
}

// atOdds says whether two elements lie in different elements of one array.
func (s *search) atOdds(a, b int) bool {
	for x := a; x != 0; x = s.elements[x].in {
		for y := b; y != 0; y = s.elements[y].in {
			if x == y {
				return false // from here on outwards they are the same
			}
			if s.elements[x].array == s.elements[y].array {
				return true
			}
		}
	}
	return false
}

// state spells what the success of from(i) depends on.
func (s *search) state(i int) string {
	if s.failed == nil {
		s.failed = map[string]struct{}{}
		s.lastUse = map[int]int{}
		for i, f := range s.fields {
			for l := s.paths[f.number].first; l != 0; l = s.leaves[l].next {
				for in := s.leaves[l].in; in != 0; in = s.elements[in].in {
					s.lastUse[s.elements[in].array] = i
				}
			}
		}
	}
	var live []int
	for _, in := range s.chosen {
		for ; in != 0; in = s.elements[in].in {
			if s.lastUse[s.elements[in].array] >= i {
				live = append(live, in)
			}
		}
	}
	slices.Sort(live)
	key := binary.AppendUvarint(nil, uint64(i))
	for _, in := range slices.Compact(live) {
		key = binary.AppendUvarint(key, uint64(in))
	}
	return string(key)
}
