package eventpattern

import (
	"slices"
	"sync"
)

// Set is a number of patterns that are matched together. It does not change, and is safe for concurrent use.
//
// An event is read once, and only at paths that some pattern mentions. Each pattern waits under the values of one of its
// fields, the one that it shares with the fewest others; only patterns that the event's values wake up are looked at
// further. Fields that patterns have in common are matched once. So the time goes with the event and with the patterns
// that nearly match it, hardly with the number of patterns.
type Set struct {
	paths     fieldTree
	fields    []numberedField // without repetition
	rules     []rule          // the patterns' alternatives
	indexes   []*valueIndex   // by path; nil where nobody waits
	indexed   []int           // the paths that have a waker
	unindexed []int           // rules that no value can wake up, since none of their fields asks for definite ones
	size      int             // patterns
	matches   sync.Pool       // of *match
}

// rule is one alternative of a pattern.
type rule struct {
	pattern int
	fields  conjunction
	order   []int // the same fields as indexes of Set.fields, the ones first that most likely do not match
}

// NewSet makes a set of patterns, none of which may be nil. Match tells them apart by their place in the arguments.
func NewSet(patterns ...*Pattern) *Set {
	s := &Set{size: len(patterns)}
	s.matches.New = func() any { return &match{} }
	numbers := map[[2]string]int{}
	for i, p := range patterns {
		for _, alternative := range p.alternatives {
			r := rule{pattern: i}
			for _, f := range alternative {
				key := [2]string{f.path, f.source}
				n, known := numbers[key]
				if !known {
					n = len(s.fields)
					numbers[key] = n
					s.fields = append(s.fields, numberedField{f.field, s.paths.number(f.path)})
				}
				r.fields = append(r.fields, s.fields[n])
				r.order = append(r.order, n)
			}
			s.rules = append(s.rules, r)
		}
	}
	s.buildIndexes()
	return s
}

// buildIndexes puts each rule under the values that wake it up.
func (s *Set) buildIndexes() {
	sharing := s.bucketSizes()
	s.indexes = make([]*valueIndex, s.paths.paths+1)
	for i := range s.rules {
		r := &s.rules[i]
		slices.SortStableFunc(r.order, func(a, b int) int { return sharing[a] - sharing[b] })
		f := s.fields[r.order[0]]
		if !f.indexable() {
			s.unindexed = append(s.unindexed, i)
			continue
		}
		if s.indexes[f.number] == nil {
			s.indexes[f.number] = &valueIndex{}
			s.indexed = append(s.indexed, f.number)
		}
		s.indexes[f.number].add(f.field, i)
	}
}

// bucketSizes counts for each field how many rules its values could wake up, had they all to wait there. Fields that ask for
// no definite values come behind all others.
func (s *Set) bucketSizes() []int {
	type place struct {
		number int
		text   string
	}
	count := map[place]int{}
	for _, r := range s.rules {
		for _, f := range r.fields {
			for text := range f.indexKeys() {
				count[place{f.number, text}]++
			}
		}
	}
	sharing := make([]int, len(s.fields))
	for i, f := range s.fields {
		if !f.indexable() {
			sharing[i] = len(s.rules) + 1
			continue
		}
		for text := range f.indexKeys() {
			sharing[i] = max(sharing[i], count[place{f.number, text}])
		}
	}
	return sharing
}

// Match returns the indexes, ascending, of all patterns that match the event; none if none does. It returns an error
// if the event is not valid JSON or not an object.
func (s *Set) Match(event []byte) ([]int, error) {
	m := s.matches.Get().(*match)
	defer func() {
		m.release()
		s.matches.Put(m)
	}()
	if err := m.read(&s.paths, event); err != nil {
		return nil, err
	}
	m.reset(s)
	for _, path := range s.indexed {
		for l := m.paths[path].first; l != 0; l = m.leaves[l].next {
			s.indexes[path].lookUp(&m.leaves[l].value, m)
		}
	}
	m.tryRules(s.unindexed)
	slices.Sort(m.matched)
	return slices.Clone(m.matched), nil
}

// match is what is known of one event while a Set matches it.
type match struct {
	reader
	set     *Set
	results []tristate // by field: whether it may match
	tried   []bool     // by rule
	done    []bool     // by pattern
	matched []int
}

func (m *match) reset(s *Set) {
	m.set = s
	m.results = cleared(m.results, len(s.fields))
	m.tried = cleared(m.tried, len(s.rules))
	m.done = cleared(m.done, s.size)
	m.matched = m.matched[:0]
}

// cleared returns n zeros, in the old ones' place if there is room.
func cleared[T any](old []T, n int) []T {
	if cap(old) < n {
		return make([]T, n)
	}
	old = old[:n]
	clear(old)
	return old
}

// tryRules matches rules that have been woken up.
func (m *match) tryRules(rules []int) {
	for _, i := range rules {
		if m.tried[i] {
			continue
		}
		m.tried[i] = true
		if r := &m.set.rules[i]; !m.done[r.pattern] && m.rule(r) {
			m.done[r.pattern] = true
			m.matched = append(m.matched, r.pattern)
		}
	}
}

func (m *match) rule(r *rule) bool {
	inArray := false
	for _, n := range r.order {
		if m.results[n] == unknown {
			m.results[n] = no
			if m.mayMatch(m.set.fields[n]) {
				m.results[n] = yes
			}
		}
		if m.results[n] == no {
			return false
		}
		inArray = inArray || m.paths[m.set.fields[n].number].inArray
	}
	return !inArray || m.consistent(r.fields)
}
