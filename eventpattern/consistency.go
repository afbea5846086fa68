package eventpattern

import (
	"encoding/binary"
	"slices"
)

// Two fields of a pattern whose paths lead through the same array of an event must match in the
// same element of it: {"users": {"name": ["a"], "role": ["b"]}} does not match {"users": [{"name":
// "a"}, {"role": "b"}]}. So the search chooses a leaf for each field such that no two of them lie
// in different elements of one array. See "JSON Array Matching" in
// https://github.com/aws/event-ruler#json-array-matching.

// search is a backtracking search for such a choice, field by field.
type search struct {
	*reader
	fields  conjunction
	match   [][]int // by field: the elements that its matching leaves lie in, ascending
	present [][]int // the same of all its leaves, for a field that may be absent
	chosen  []int   // elements

	// A hostile event could make the search exponential. So after memoizeAfter steps the search
	// remembers where it failed: the next field, and the elements chosen in arrays that later
	// fields have leaves in.
	steps   int
	lastUse map[int]int // by array: the last field that has leaves in it
	failed  map[string]struct{}
}

const memoizeAfter = 256

// consistent reports whether the fields match in the same elements of the event's arrays.
func (e *reader) consistent(fields conjunction) bool {
	s := search{reader: e, fields: fields, match: make([][]int, len(fields)), present: make([][]int, len(fields))}
	for i, f := range fields {
		for l := e.paths[f.number].first; l != 0; l = e.leaves[l].next {
			leaf := &e.leaves[l]
			// One leaf of an element is enough. The leaves of an element, such as a thousand
			// strings, follow each other.
			if n := len(s.match[i]); (n == 0 || s.match[i][n-1] != leaf.in) && matchesAny(f.conditions, &leaf.value) {
				s.match[i] = append(s.match[i], leaf.in)
			}
			if f.absent {
				s.present[i] = append(s.present[i], leaf.in)
			}
		}
		if len(s.match[i]) == 0 && !f.absent {
			return false
		}
		slices.Sort(s.match[i])
		slices.Sort(s.present[i])
	}
	return s.from(0)
}

// from tries to choose leaves for field i and those after it.
func (s *search) from(i int) bool {
	if i == len(s.fields) {
		return true
	}
	var state string
	if s.steps++; s.steps > memoizeAfter {
		state = s.state(i)
		if _, known := s.failed[state]; known {
			return false
		}
	}
	match := s.match[i]
	for at := s.next(match, 0); at < len(match); at = s.next(match, at+1) {
		s.chosen = append(s.chosen, match[at])
		if s.from(i + 1) {
			return true
		}
		s.chosen = s.chosen[:len(s.chosen)-1]
	}
	// Absent is what has no leaf beside the elements chosen so far, whatever the fields after it
	// will choose.
	if s.fields[i].absent && s.next(s.present[i], 0) == len(s.present[i]) && s.from(i+1) {
		return true
	}
	if state != "" {
		s.failed[state] = struct{}{}
	}
	return false
}

// next returns the index, at least at, of the first element in a list that conflicts with none of
// the chosen ones, or the length of the list. The elements of an array have consecutive numbers, so
// next can skip all that conflict.
func (s *search) next(list []int, at int) int {
	for at < len(list) {
		skip := 0
		for _, chosen := range s.chosen {
			if array, instead := s.conflict(list[at], chosen); array != 0 {
				if skip = instead; list[at] > instead {
					skip = s.ends[array] + 1
				}
				break
			}
		}
		if skip == 0 {
			return at
		}
		n, _ := slices.BinarySearch(list[at:], skip)
		at += n
	}
	return at
}

// conflict returns the array in whose different elements a and b lie, and the element with b; zeros
// if there is none.
func (s *search) conflict(a, b int) (array, element int) {
	for x := a; x != 0; x = s.elements[x].in {
		for y := b; y != 0; y = s.elements[y].in {
			if x == y {
				return 0, 0 // the enclosing elements are the same
			}
			if s.elements[x].array == s.elements[y].array {
				return s.elements[x].array, y
			}
		}
	}
	return 0, 0
}

// state encodes what the success of from(i) depends on.
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
