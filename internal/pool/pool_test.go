package pool

import (
	"sync"
	"testing"
)

// Each is done once, and no more are at work at a time than there may be.
func TestEach(t *testing.T) {
	for _, n := range []int{0, 1, 3, 100} {
		var mu sync.Mutex
		seen, at, most := map[int]int{}, 0, 0
		all := make([]int, n)
		for i := range all {
			all[i] = i
		}
		Each(3, all, func(i int) {
			mu.Lock()
			at++
			most = max(most, at)
			mu.Unlock()
			mu.Lock()
			defer mu.Unlock()
			seen[i]++
			at--
		})
		if len(seen) != n || most > 3 {
			t.Errorf("%d of %d were done, %d at a time", len(seen), n, most)
		}
		for i, times := range seen {
			if times != 1 {
				t.Errorf("%d was done %d times", i, times)
			}
		}
	}
}
