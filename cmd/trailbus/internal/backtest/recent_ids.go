package backtest

import "hash/maphash"

// minRemembered is how many events are remembered at least, to know one that comes again.
const minRemembered = 1 << 20

// recentIDs remembers the eventIDs of what was counted, of the latest limit at least and of twice
// as many at most. It keeps 64 bits of each: that two among two million share them has a chance of
// one in ten million.
type recentIDs struct {
	limit             int
	seed              maphash.Seed
	current, previous map[uint64]struct{}
}

func newRecentIDs(limit int) *recentIDs {
	return &recentIDs{limit: limit, seed: maphash.MakeSeed(), current: map[uint64]struct{}{}}
}

// contains says whether the id was there before, and remembers it. What has no id is never known
// again.
func (s *recentIDs) contains(id string) bool {
	if id == "" {
		return false
	}
	hash := maphash.String(s.seed, id)
	if _, ok := s.current[hash]; ok {
		return true
	}
	_, known := s.previous[hash]
	if len(s.current) >= s.limit {
		s.current, s.previous = map[uint64]struct{}{}, s.current
	}
	s.current[hash] = struct{}{}
	return known
}
