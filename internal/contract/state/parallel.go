package state

import (
	"context"
	"math/rand/v2"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"
)

// parallel calls do with 0 to n-1, with [parallelism] at a time. It ends with the first error.
func parallel(ctx context.Context, n int, do func(ctx context.Context, i int) error) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(parallelism)
	for i := range n {
		group.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			return do(ctx, i)
		})
	}
	return group.Wait()
}

// batches calls send with all values, size at a time. The values that send returns were not
// processed, and are sent again after a wait
// (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html#Programming.Errors.BatchOperations).
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

// distinct is each text once, sorted. DynamoDB refuses a batch that names a key twice.
func distinct(all []string) []string {
	return slices.Compact(slices.Sorted(slices.Values(all)))
}
