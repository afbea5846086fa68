// Package redrive moves messages from the notifier's dead-letter queue back to its queue.
//
// SQS has a redrive of its own, which cannot choose, and which AWS says is only for what SQS itself
// moved to the dead-letter queue, not for what others sent there, as the notifier and EventBridge
// do:
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html
package redrive

import (
	"context"
	"maps"
	"sync"
	"sync/atomic"
	"time"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/trailbus/trailbus/internal/contract"
	"github.com/trailbus/trailbus/internal/inspect/deployed"
)

const (
	// VisibilityTimeout hides a received dead letter from other receivers, unless it is made
	// visible again before: at the end of the run, also of a cancelled one. In a run that takes
	// longer, dead letters are received twice, which only costs time.
	VisibilityTimeout = 10 * time.Minute
	// workers is how many batches are handled at a time: most of the time is spent waiting for SQS.
	workers = 8
	// maxBatchSize is the most that SQS takes and gives in one request.
	maxBatchSize = 10
	// receiveWait makes SQS ask all of its servers before it says that there is nothing:
	// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-short-and-long-polling.html
	receiveWait = time.Second
	// requestTimeout is how long one request may take, with its retries.
	requestTimeout = 30 * time.Second
	// maxIdle is how many batches in a row without an old dead letter end a worker: new ones may
	// arrive faster than they are read.
	maxIdle = 3
)

// option is an option of the AWS SDK.
type option = func(*sqs.Options)

// API is the part of [sqs.Client] that a run needs.
type API interface {
	GetQueueAttributes(context.Context, *sqs.GetQueueAttributesInput, ...option) (*sqs.GetQueueAttributesOutput, error)
	ReceiveMessage(context.Context, *sqs.ReceiveMessageInput, ...option) (*sqs.ReceiveMessageOutput, error)
	SendMessageBatch(context.Context, *sqs.SendMessageBatchInput, ...option) (*sqs.SendMessageBatchOutput, error)
	DeleteMessageBatch(context.Context, *sqs.DeleteMessageBatchInput, ...option) (*sqs.DeleteMessageBatchOutput, error)
	ChangeMessageVisibilityBatch(context.Context, *sqs.ChangeMessageVisibilityBatchInput,
		...option) (*sqs.ChangeMessageVisibilityBatchOutput, error)
}

// Redrive is one run. Client, the URLs, Settings and OnDeadLetter are required. Its fields must not
// change while it runs.
type Redrive struct {
	Client                       API
	QueueURL, DeadLetterQueueURL string
	// Settings say which messages can never be posted.
	Settings *contract.Settings
	Filter   Filter
	// DryRun moves nothing.
	DryRun bool
	// OnDeadLetter is called with each dead letter and its outcome, one at a time.
	OnDeadLetter func(*DeadLetter)

	// started is SQS's time at the start.
	started     time.Time
	seen, total atomic.Int64
	notVisible  int

	mu sync.Mutex
	// receipts are the latest receipts of the dead letters that are handled and of those that stay,
	// by message id. SQS hands out about 120,000 messages until some are deleted
	// (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-queues.html),
	// so there are never more.
	receipts map[string]receipt
	counts   map[Outcome]int
	err      error
}

// Run handles each dead letter that was in the queue at the start once, and moves those that the
// filter chooses. When ctx ends, it finishes the batches that it has received and returns no error.
// It always makes the dead letters that stay visible again.
func (r *Redrive) Run(ctx context.Context) error {
	r.receipts, r.counts = map[string]receipt{}, map[Outcome]int{}
	if err := r.readQueue(ctx); err != nil {
		return err
	}
	var group sync.WaitGroup
	for range workers {
		group.Go(func() { r.receive(ctx) })
	}
	group.Wait()
	if err := r.makeVisible(ctx); r.err == nil {
		return err
	}
	return r.err
}

// Outcomes counts the dead letters by outcome.
func (r *Redrive) Outcomes() map[Outcome]int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return maps.Clone(r.counts)
}

// Progress says how many dead letters were handled, and about how many there are.
func (r *Redrive) Progress() (seen, total int) { return int(r.seen.Load()), int(r.total.Load()) }

// NotVisible is about how many dead letters other receivers held when the run began.
func (r *Redrive) NotVisible() int { return r.notVisible }

// readQueue asks how much there is to do.
func (r *Redrive) readQueue(ctx context.Context) error {
	out, err := r.Client.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{
		QueueUrl: &r.DeadLetterQueueURL,
		AttributeNames: []types.QueueAttributeName{
			types.QueueAttributeNameApproximateNumberOfMessages, types.QueueAttributeNameApproximateNumberOfMessagesNotVisible,
		},
	})
	if err != nil {
		return deployed.Explain("asking how many dead letters there are", "sqs:GetQueueAttributes on the dead-letter queue",
			err)
	}
	r.total.Store(number(out.Attributes[string(types.QueueAttributeNameApproximateNumberOfMessages)]))
	r.notVisible = int(number(out.Attributes[string(types.QueueAttributeNameApproximateNumberOfMessagesNotVisible)]))
	// The clock of SQS, since it writes on each message when that was sent.
	began, ok := awsmiddleware.GetServerTime(out.ResultMetadata)
	if !ok {
		began = time.Now()
	}
	r.started = began.Add(time.Second) // HTTP's dates have no fractions
	return nil
}

// receive handles dead letters until there are none.
func (r *Redrive) receive(ctx context.Context) {
	for idle := 0; idle < maxIdle && ctx.Err() == nil && !r.failed(); idle++ {
		// Cancellation does not interrupt a batch: SQS would have hidden messages whose receipts
		// are lost, and a message that was being sent could be in either queue.
		within, cancel := context.WithTimeout(context.WithoutCancel(ctx), requestTimeout)
		out, err := r.Client.ReceiveMessage(within, &sqs.ReceiveMessageInput{
			QueueUrl: &r.DeadLetterQueueURL, MaxNumberOfMessages: maxBatchSize, WaitTimeSeconds: int32(receiveWait.Seconds()),
			VisibilityTimeout: int32(VisibilityTimeout.Seconds()), MessageAttributeNames: []string{"All"},
			MessageSystemAttributeNames: []types.MessageSystemAttributeName{
				types.MessageSystemAttributeNameSentTimestamp, types.MessageSystemAttributeNameApproximateReceiveCount,
			},
		})
		cancel()
		if err != nil {
			r.fail(deployed.Explain("receiving dead letters", "sqs:ReceiveMessage on the dead-letter queue", err))
			return
		}
		if len(out.Messages) == 0 {
			return
		}
		if r.handle(ctx, out.Messages) {
			idle = -1
		}
	}
}

// handle decides about a batch, moves what is to be moved, and says whether any of it was there
// when the run began.
func (r *Redrive) handle(ctx context.Context, messages []types.Message) (old bool) {
	var received, move []*DeadLetter
	for _, m := range messages {
		l := parseMessage(m, r.Settings)
		if r.seenBefore(l) {
			continue
		}
		received = append(received, l)
		if r.decide(l); l.Outcome == "" {
			move = append(move, l)
		}
		old = old || l.Outcome != New
	}
	for _, some := range batches(move) {
		r.move(ctx, some)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, l := range received {
		if l.Outcome == Moved {
			delete(r.receipts, l.MessageID)
		}
		r.counts[l.Outcome]++
		r.OnDeadLetter(l)
	}
	r.seen.Add(int64(len(received)))
	return old
}

// receipt is what SQS gives for a message each time that it is received. The latest counts: by the
// one with the most receives, since several workers may have the same message in hand.
type receipt struct {
	handle   string
	receives int64
}

// seenBefore keeps the receipt of a dead letter and says whether the run has received it before: it
// became visible again in a long run.
func (r *Redrive) seenBefore(l *DeadLetter) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	held, ok := r.receipts[l.MessageID]
	if !ok || l.receipt.receives >= held.receives {
		r.receipts[l.MessageID] = l.receipt
	}
	return ok
}

// latestHandle is the latest receipt handle of a dead letter.
func (r *Redrive) latestHandle(l *DeadLetter) *string {
	r.mu.Lock()
	defer r.mu.Unlock()
	handle := r.receipts[l.MessageID].handle
	return &handle
}

// decide sets the outcome of a dead letter, or leaves it empty where it is to be moved.
func (r *Redrive) decide(l *DeadLetter) {
	switch {
	case !l.Sent.Before(r.started):
		// Its reason still holds: moving it again would go on for ever.
		l.Outcome = New
	case !r.Filter.matches(l):
		l.Outcome, l.Remark = Filtered, ""
	case l.Outcome == Junk && !r.Filter.Junk:
	case r.DryRun:
		l.Outcome = WouldMove
	default:
		l.Outcome = ""
	}
}

func (r *Redrive) fail(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err == nil {
		r.err = err
	}
}

func (r *Redrive) failed() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.err != nil
}
