package redrive

import (
	"context"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/trailbus/trailbus/internal/inspect/deployed"
)

// maxBatchBytes is how many bytes of messages are sent in one request; a longer message is sent
// alone. SQS takes 1 MiB
// (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html),
// and took 256 KiB before.
const maxBatchBytes = 256 << 10

// batches divides dead letters into requests.
func batches(letters []*DeadLetter) (all [][]*DeadLetter) {
	size := 0
	for _, l := range letters {
		if size += len(l.body); len(all) == 0 || size > maxBatchBytes {
			all, size = append(all, nil), len(l.body)
		}
		all[len(all)-1] = append(all[len(all)-1], l)
	}
	return all
}

// move sends letters to the queue, and then deletes those that it took from the dead-letter queue.
// Never the other way round: a crash in between leaves a message in both queues, which the notifier
// posts once, and never in none.
func (r *Redrive) move(ctx context.Context, letters []*DeadLetter) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), requestTimeout)
	defer cancel()
	// The reason is not sent along: the next failure has a reason of its own.
	send := &sqs.SendMessageBatchInput{QueueUrl: &r.QueueURL}
	for i, l := range letters {
		l.Outcome = NotMoved // until SQS says otherwise
		send.Entries = append(send.Entries, types.SendMessageBatchRequestEntry{Id: id(i), MessageBody: &l.body})
	}
	sent, err := r.Client.SendMessageBatch(ctx, send)
	if err != nil {
		r.fail(deployed.Explain("sending to the queue", "sqs:SendMessage on the queue", err))
		return
	}
	for _, failure := range sent.Failed {
		if l := at(letters, failure.Id); l != nil {
			l.Remark = aws.ToString(failure.Code) + ": " + aws.ToString(failure.Message)
		}
	}
	remove := &sqs.DeleteMessageBatchInput{QueueUrl: &r.DeadLetterQueueURL}
	for _, taken := range sent.Successful {
		if l := at(letters, taken.Id); l != nil {
			l.Outcome = NotDeleted // until it is deleted
			remove.Entries = append(remove.Entries, types.DeleteMessageBatchRequestEntry{Id: taken.Id,
				ReceiptHandle: r.latestHandle(l)})
		}
	}
	if len(remove.Entries) == 0 {
		return
	}
	removed, err := r.Client.DeleteMessageBatch(ctx, remove)
	if err != nil {
		r.fail(deployed.Explain("deleting from the dead-letter queue", "sqs:DeleteMessage on the dead-letter queue", err))
		return
	}
	for _, failure := range removed.Failed {
		if l := at(letters, failure.Id); l != nil {
			l.Remark = aws.ToString(failure.Code) + ": " + aws.ToString(failure.Message)
		}
	}
	for _, gone := range removed.Successful {
		if l := at(letters, gone.Id); l != nil {
			l.Outcome = Moved
		}
	}
}

// id names an entry of a batch by its index, and at finds it again.
func id(i int) *string { return aws.String(strconv.Itoa(i)) }

func at(letters []*DeadLetter, id *string) *DeadLetter {
	if i, err := strconv.Atoi(aws.ToString(id)); err == nil && i >= 0 && i < len(letters) {
		return letters[i]
	}
	return nil
}

// number reads a number as SQS writes it, 0 where there is none.
func number(text string) int64 {
	n, _ := strconv.ParseInt(text, 10, 64)
	return n
}
