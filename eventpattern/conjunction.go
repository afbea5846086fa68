package eventpattern

// conjunction is a combination whose paths have the numbers of a fieldTree. Its fields stand in the order of their
// paths, which counts: exists: false looks at the array elements that the fields before it have chosen.
type conjunction []numberedField

type numberedField struct {
	*field
	number int
}

// numberFields numbers the paths of a combination.
func (t *fieldTree) numberFields(c combination) conjunction {
	placedFields := make(conjunction, len(c))
	for i, f := range c {
		placedFields[i] = numberedField{f, t.number(f.path)}
	}
	return placedFields
}

// matches says whether all fields match, and do so in the same elements of the event's arrays.
func (e *reader) matches(c conjunction) bool {
	inArray := false
	for _, f := range c {
		if !e.mayMatch(f) {
			return false
		}
		inArray = inArray || e.paths[f.number].inArray
	}
	return !inArray || e.consistent(c)
}

// mayMatch says whether a field matches if its array elements are of no concern. If none of its leaves lies in an element
// of an array, then it matches.
func (e *reader) mayMatch(f numberedField) bool {
	path := &e.paths[f.number]
	if f.absent && (path.first == 0 || path.inArray) {
		return true
	}
	for i := path.first; i != 0; i = e.leaves[i].next {
		if matchesAny(f.conditions, &e.leaves[i].value) {
			return true
		}
	}
	return false
}
