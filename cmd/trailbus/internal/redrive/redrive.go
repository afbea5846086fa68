// Package redrive moves messages from the notifier's dead-letter queue back to its queue.
//
// SQS has a redrive of its own, which cannot choose, and which AWS says is only for what SQS itself moved to the dead-letter queue, not
// for what others sent there, as the notifier and EventBridge do:
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
	// VisibilityTimeout is how long a letter that was looked at stays out of sight, unless it is shown again before: at the end, also of what was
	// interrupted. It has to be longer than most runs, or letters come twice, which costs time and nothing else.
	VisibilityTimeout = 10 * time.Minute
	// workers is how many batches are under way: most of the time is spent waiting for SQS.
	workers = 8
	// maxBatchSize is the most that SQS takes and gives in one request.
	maxBatchSize = 10
	// receiveWait makes SQS ask all of its servers before it says that there is nothing:
	// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-short-and-long-polling.html
	receiveWait = time.Second
	// requestTimeout is how long one request may take, with its retries.
	requestTimeout = 30 * time.Second
	// maxIdle is how many answers with nothing to do, in a row, end a worker: letters may arrive faster than they can be read.
	maxIdle = 3
)

// option is one of the AWS SDK; nobody gives any.
type option = func(*sqs.Options)

// API is what is needed of SQS; [sqs.Client] has it.
type API interface {
	GetQueueAttributes(context.Context, *sqs.GetQueueAttributesInput, ...option) (*sqs.GetQueueAttributesOutput, error)
	ReceiveMessage(context.Context, *sqs.ReceiveMessageInput, ...option) (*sqs.ReceiveMessageOutput, error)
	SendMessageBatch(context.Context, *sqs.SendMessageBatchInput, ...option) (*sqs.SendMessageBatchOutput, error)
	DeleteMessageBatch(context.Context, *sqs.DeleteMessageBatchInput, ...option) (*sqs.DeleteMessageBatchOutput, error)
	ChangeMessageVisibilityBatch(context.Context, *sqs.ChangeMessageVisibilityBatchInput, ...option) (*sqs.ChangeMessageVisibilityBatchOutput, error)
}

// Redrive is one run. Its fields with capitals are all needed, and are not changed while it runs.
type Redrive struct {
	Client                       API
	QueueURL, DeadLetterQueueURL string
	// Settings say what can never be told.
	Settings *contract.Settings
	Filter   Filter
	// DryRun moves nothing.
	DryRun bool
	// OnDeadLetter is given each letter with what became of it, one at a time.
	OnDeadLetter func(*DeadLetter)

	// started is SQS's time at the start.
	started     time.Time
	seen, total atomic.Int64
	notVisible  int

	mu sync.Mutex
	// receipts are the latest receipts of the letters in hand and of those that stay, by message id. SQS hands out about 120,000 messages until some are deleted
	// (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-queues.html), so there are never more.
	receipts map[string]receipt
	counts   map[Outcome]int
	err      error
}

// Run looks at every letter that was in the dead-letter queue when it began, once, and moves those that are to be moved. When ctx is
// done it finishes what it has in hand, and ends with no error. Whatever happens, letters that stay are shown again.
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

// Outcomes says how many letters came to what.
func (r *Redrive) Outcomes() map[Outcome]int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return maps.Clone(r.counts)
}

// Progress is how many letters were looked at, of about how many.
func (r *Redrive) Progress() (seen, total int) { return int(r.seen.Load()), int(r.total.Load()) }

// NotVisible is how many letters somebody else had received when the run began, about.
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
		return deployed.Explain("asking how many dead letters there are", "sqs:GetQueueAttributes on the dead-letter queue", err)
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

// receive takes letters until there are none.
func (r *Redrive) receive(ctx context.Context) {
	for idle := 0; idle < maxIdle && ctx.Err() == nil && !r.failed(); idle++ {
		// Neither this nor what follows is interrupted: SQS would have hidden messages of which nobody has the receipt, and of a
		// message that was being sent nobody would know where it is.
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

// handle decides about letters, moves those that are to be moved, and says whether any of them was there when the run began.
func (r *Redrive) handle(ctx context.Context, messages []types.Message) (old bool) {
	var letters, move []*DeadLetter
	for _, m := range messages {
		l := parseMessage(m, r.Settings)
		if r.seenBefore(l) {
			continue
		}
		letters = append(letters, l)
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
	for _, l := range letters {
		if l.Outcome == Moved {
			delete(r.receipts, l.MessageID)
		}
		r.counts[l.Outcome]++
		r.OnDeadLetter(l)
	}
	r.seen.Add(int64(len(letters)))
	return old
}

// receipt is what SQS gives for a message each time that it is received. The latest counts: by the one with the most receives, since
// several workers may have the same message in hand.
type receipt struct {
	handle   string
	receives int64
}

// seenBefore takes a letter into hand, and says whether it was there before: it became visible since the run is long.
func (r *Redrive) seenBefore(l *DeadLetter) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	held, ok := r.receipts[l.MessageID]
	if !ok || l.receipt.receives >= held.receives {
		r.receipts[l.MessageID] = l.receipt
	}
	return ok
}

// latestHandle is the latest handle of a letter in hand.
func (r *Redrive) latestHandle(l *DeadLetter) *string {
	r.mu.Lock()
	defer r.mu.Unlock()
	handle := r.receipts[l.MessageID].handle
	return &handle
}

// decide leaves the outcome of a letter open that is to be moved.
func (r *Redrive) decide(l *DeadLetter) {
	switch {
	case !l.Sent.Before(r.started):
		// What made it a dead letter is still so: moving it again would go round in circles for ever.
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
