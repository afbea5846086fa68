package state

import (
	"context"
	"math/rand/v2"
	"slices"
	"sync"
	"time"
)

// parallel does n things, [parallelism] at a time. It ends with the first error.
func parallel(ctx context.Context, n int, do func(ctx context.Context, i int) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var (
		wg    sync.WaitGroup
		once  sync.Once
		first error
	)
	slots := make(chan struct{}, parallelism)
	for i := range n {
		slots <- struct{}{} // comes free soon: every call ends with ctx
		wg.Go(func() {
			defer func() { <-slots }()
			err := ctx.Err()
			if err == nil {
				err = do(ctx, i)
			}
			if err != nil {
				once.Do(func() { first = err })
				cancel()
			}
		})
	}
	wg.Wait()
	return first
}

// batches hands all things to send, size at a time. What send gives back, because DynamoDB had no room for it, is sent again after a
// while (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html#Programming.Errors.BatchOperations).
func batches[T any](ctx context.Context, all []T, size int, send func(context.Context, []T) ([]T, error)) error {
	chunks := slices.Collect(slices.Chunk(all, size))
	return parallel(ctx, len(chunks), func(ctx context.Context, i int) error {
		batch := chunks[i]
		for wait := 25 * time.Millisecond; ; wait *= 2 {
			var err error
			if batch, err = send(ctx, batch); err != nil || len(batch) == 0 {
				return err
			}
			select {
			case <-time.After(wait/2 + rand.N(wait)):
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	})
}

// distinct gives each text once. DynamoDB refuses a batch that names a key twice.
func distinct(all []string) []string {
	sorted := slices.Sorted(slices.Values(all))
	return slices.Compact(sorted)
}
