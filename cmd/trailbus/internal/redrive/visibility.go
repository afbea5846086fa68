package redrive

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"golang.org/x/sync/errgroup"

	"github.com/trailbus/trailbus/internal/inspect/deployed"
)

// makeVisible makes the dead letters that stay visible again.
func (r *Redrive) makeVisible(ctx context.Context) error {
	// Two minutes are enough for as many messages as SQS hands out. Later they become visible by
	// themselves.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Minute)
	defer cancel()
	var group errgroup.Group
	group.SetLimit(workers)
	var held []string
	for _, receipt := range r.receipts {
		held = append(held, receipt.handle)
	}
	for handles := range slices.Chunk(held, maxBatchSize) {
		group.Go(func() error { return r.makeBatchVisible(ctx, handles) })
	}
	doing := "showing the letters again that stay (they show themselves within " + VisibilityTimeout.String() + ")"
	return deployed.Explain(doing, "sqs:ChangeMessageVisibility on the dead-letter queue", group.Wait())
}

// makeBatchVisible makes a batch visible again. SQS refuses a receipt as the sender's fault where
// the message is already visible.
func (r *Redrive) makeBatchVisible(ctx context.Context, handles []string) error {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	input := &sqs.ChangeMessageVisibilityBatchInput{QueueUrl: &r.DeadLetterQueueURL}
	for i, handle := range handles {
		input.Entries = append(input.Entries, types.ChangeMessageVisibilityBatchRequestEntry{Id: id(i),
			ReceiptHandle: aws.String(handle)})
	}
	out, err := r.Client.ChangeMessageVisibilityBatch(ctx, input)
	if err != nil {
		return err
	}
	for _, failure := range out.Failed {
		if !failure.SenderFault {
			return errors.New(aws.ToString(failure.Code) + ": " + aws.ToString(failure.Message))
		}
	}
	return nil
}
