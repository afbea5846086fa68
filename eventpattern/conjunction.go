package eventpattern

// conjunction is a combination whose paths have the numbers of a fieldTree. Its fields are ordered
// by path, which matters: exists: false applies to the array elements that the fields before it
// have matched in.
type conjunction []numberedField

type numberedField struct {
	*field
	number int
}

// numberFields numbers the paths of a combination.
func (t *fieldTree) numberFields(c combination) conjunction {
	numbered := make(conjunction, len(c))
	for i, f := range c {
		numbered[i] = numberedField{f, t.number(f.path)}
	}
	return numbered
}

// matches reports whether all fields match, and do so in the same elements of the event's arrays.
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

// mayMatch reports whether a field matches, regardless of array elements. For a field without
// leaves in array elements that is final.
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
