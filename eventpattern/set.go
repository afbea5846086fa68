package eventpattern

import (
	"slices"
	"sync"
)

// Set matches an event against many patterns at once. It is immutable and safe for concurrent use.
//
// An event is read once, and only at paths that some pattern mentions. Each alternative of a
// pattern is indexed by the values of one of its fields, the one whose values the fewest others
// share; only those that the event's values find in the index are tried. A field that several
// patterns have is matched once. So the time depends on the event and on the patterns that nearly
// match it, hardly on the number of patterns.
type Set struct {
	paths     fieldTree
	fields    []numberedField // each once, however many patterns have it
	rules     []rule          // the patterns' alternatives
	indexes   []*valueIndex   // by path; nil where no rule is indexed
	indexed   []int           // the paths that have an index
	unindexed []int           // rules without an indexable field, which every event tries
	size      int             // patterns
	matches   sync.Pool       // of *match
}

// rule is one alternative of a pattern.
type rule struct {
	pattern int
	fields  conjunction
	order   []int // the same fields as indexes of Set.fields, those that match most seldom first
}

// NewSet returns the set of the patterns, none of which may be nil. [Set.Match] identifies a
// pattern by its index in the arguments.
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

// buildIndexes indexes each rule by the field whose values the fewest rules share.
func (s *Set) buildIndexes() {
	sizes := s.bucketSizes()
	s.indexes = make([]*valueIndex, s.paths.paths+1)
	for i := range s.rules {
		r := &s.rules[i]
		slices.SortStableFunc(r.order, func(a, b int) int { return sizes[a] - sizes[b] })
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

// bucketSizes returns, for each field, how many rules its most frequent value would find if every
// rule were indexed by all of its fields. A field that is not indexable has more than any other.
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
	sizes := make([]int, len(s.fields))
	for i, f := range s.fields {
		if !f.indexable() {
			sizes[i] = len(s.rules) + 1
			continue
		}
		for text := range f.indexKeys() {
			sizes[i] = max(sizes[i], count[place{f.number, text}])
		}
	}
	return sizes
}

// Match returns the indexes of all patterns that match the event, ascending. It returns an error if
// the event is not valid JSON or not an object.
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

// match is the state of matching one event against a Set.
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

// cleared returns a slice of n zeros, in the old one's memory if that is large enough.
func cleared[T any](old []T, n int) []T {
	if cap(old) < n {
		return make([]T, n)
	}
	old = old[:n]
	clear(old)
	return old
}

// tryRules matches rules that have not been tried yet.
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
