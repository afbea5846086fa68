package eventpattern

// Set is a number of patterns that are matched together. It does not change, and is safe for concurrent use.
type Set struct {
	patterns []*Pattern
}

// NewSet makes a set of patterns. Match tells them apart by their place in the arguments.
func NewSet(patterns ...*Pattern) *Set { return &Set{patterns: patterns} }

// Match returns the indexes, ascending, of all patterns that match the event. It returns an error if the event is not
// valid JSON or not an object.
func (s *Set) Match(event []byte) ([]int, error) {
	var matched []int
	for i, p := range s.patterns {
		ok, err := p.Matches(event)
		if err != nil {
			return nil, err
		}
		if ok {
			matched = append(matched, i)
		}
	}
	return matched, nil
}
