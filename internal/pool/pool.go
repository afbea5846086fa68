// Package pool does something with each of many, some at a time.
package pool

import "sync"

// Each does something with all, so many at a time, and returns when that is done.
func Each[T any](workers int, all []T, do func(T)) {
	var group sync.WaitGroup
	next := make(chan T)
	for range min(workers, len(all)) {
		group.Go(func() {
			for item := range next {
				do(item)
			}
		})
	}
	for _, item := range all {
		next <- item
	}
	close(next)
	group.Wait()
}
