package backtest

import "hash/maphash"

// maxSeen is how many events are remembered at least, to know one that comes again.
const maxSeen = 1 << 20

// seen remembers the eventIDs of what was counted, of the latest limit at least and of twice as many at most. It keeps 64 bits of
// each: that two among two million share them has a chance of one in ten million.
type seen struct {
	limit       int
	seed        maphash.Seed
	now, before map[uint64]struct{}
}

func newSeen(limit int) *seen {
	return &seen{limit: limit, seed: maphash.MakeSeed(), now: map[uint64]struct{}{}}
}

// again says whether the id was there before, and remembers it. What has no id is never known again.
func (s *seen) again(id string) bool {
	if id == "" {
		return false
	}
	hash := maphash.String(s.seed, id)
	if _, ok := s.now[hash]; ok {
		return true
	}
	_, known := s.before[hash]
	if len(s.now) >= s.limit {
		s.now, s.before = map[uint64]struct{}{}, s.now
	}
	s.now[hash] = struct{}{}
	return known
}
