package state

import (
	"context"
	"math/rand/v2"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"
)

// parallel does n things, [parallelism] at a time. It ends with the first error.
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
