package lambdaruntime

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// maxReceive is how many messages one call of ReceiveMessage and of DeleteMessageBatch may hold.
const maxReceive = 10

// Queue is what the poller needs of SQS; *sqs.Client has it.
type Queue interface {
	ReceiveMessage(context.Context, *sqs.ReceiveMessageInput, ...func(*sqs.Options)) (*sqs.ReceiveMessageOutput, error)
	DeleteMessageBatch(context.Context, *sqs.DeleteMessageBatchInput,
		...func(*sqs.Options)) (*sqs.DeleteMessageBatchOutput, error)
}

// PollOptions says what an event source mapping says:
// https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
type PollOptions struct {
	// QueueURL and QueueARN name the queue. Both are needed.
	QueueURL, QueueARN string
	// BatchSize is how many messages an event holds at most. Zero: 10.
	BatchSize int
	// BatchWindow is how long to gather messages before the function is called with fewer than
	// BatchSize. Zero: it is called as soon as there is one message.
	BatchWindow time.Duration
	// VisibilityTimeout hides received messages for this long, in whole seconds. Zero: as long as
	// the queue says.
	VisibilityTimeout time.Duration
	// OnBatch is called after each batch. Nil: nothing is called.
	OnBatch func(Batch)
}

// Batch is what became of the messages of one call.
type Batch struct {
	Messages []types.Message // as received, in that order
	Failed   []string        // the ids of those that stay in the queue; they come again after their visibility timeout
	Err      error           // why all of them failed: the function's error, or an answer that cannot be read
}

// Poll is the event source mapping of a queue: it receives messages, calls the function (the Invoke
// of a Function, for example) with an event as Lambda makes it, and deletes the messages that the
// function did. It goes on until ctx is done, which ends it without an error; the batch under way
// is finished first. A queue that cannot be asked ends it with an error, where Lambda would go on
// trying.
func Poll(ctx context.Context, queue Queue, o PollOptions, invoke func(context.Context, []byte) ([]byte, error)) error {
	for {
		if _, err := PollOnce(ctx, queue, o, invoke); err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return err
		}
	}
}

// PollOnce does what Poll does once: it asks the queue, for a second at most, and calls the
// function if there was a message. A function that fails is no error; the batch says so. A batch
// without messages says that the queue gave none.
func PollOnce(ctx context.Context, queue Queue, o PollOptions, invoke func(context.Context, []byte) ([]byte,
	error)) (Batch, error) {
	if o.QueueURL == "" || strings.Count(o.QueueARN, ":") != 5 {
		return Batch{}, fmt.Errorf("polling a queue: URL %q and ARN %q, both are needed", o.QueueURL, o.QueueARN)
	}
	messages, err := receive(ctx, queue, o)
	if err != nil || len(messages) == 0 {
		return Batch{}, err
	}
	// The messages are hidden from others by now, so they are handled even if ctx ends.
	ctx = context.WithoutCancel(ctx)
	b := Batch{Messages: messages}
	event, err := json.Marshal(sqsEvent(messages, o.QueueARN))
	if err != nil {
		return b, fmt.Errorf("polling queue %s: %w", o.QueueARN, err)
	}
	answer, err := invoke(ctx, event)
	if err == nil {
		b.Failed, err = failures(answer, messages)
	}
	if err != nil {
		b.Err, b.Failed = err, ids(messages)
	}
	err = remove(ctx, queue, o, b)
	if o.OnBatch != nil {
		o.OnBatch(b)
	}
	return b, err
}

// receive gathers a batch.
func receive(ctx context.Context, queue Queue, o PollOptions) ([]types.Message, error) {
	size := cmp.Or(o.BatchSize, maxReceive)
	var until time.Time
	var messages []types.Message
	for {
		in := &sqs.ReceiveMessageInput{
			QueueUrl: &o.QueueURL, MaxNumberOfMessages: int32(min(size-len(messages), maxReceive)),
			WaitTimeSeconds: 1, VisibilityTimeout: int32(o.VisibilityTimeout / time.Second),
			MessageSystemAttributeNames: []types.MessageSystemAttributeName{types.MessageSystemAttributeNameAll},
			MessageAttributeNames:       []string{"All"},
		}
		out, err := queue.ReceiveMessage(ctx, in)
		if err != nil {
			if len(messages) > 0 && ctx.Err() != nil {
				return messages, nil // they are invisible to others by now
			}
			return nil, fmt.Errorf("receiving from %s: %w", o.QueueURL, err)
		}
		messages = append(messages, out.Messages...)
		if len(messages) == 0 || len(messages) >= size {
			return messages, nil
		}
		if until.IsZero() {
			until = time.Now().Add(o.BatchWindow)
		}
		if !time.Now().Before(until) {
			return messages, nil
		}
	}
}

// sqsEvent is the event as Lambda makes it:
// https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html#example-standard-queue-message-event
func sqsEvent(messages []types.Message, queueARN string) events.SQSEvent {
	region := strings.Split(queueARN, ":")[3]
	var e events.SQSEvent
	for _, m := range messages {
		attributes := map[string]events.SQSMessageAttribute{}
		for name, a := range m.MessageAttributes {
			attributes[name] = events.SQSMessageAttribute{
				StringValue: a.StringValue, BinaryValue: a.BinaryValue, DataType: aws.ToString(a.DataType),
				StringListValues: []string{}, BinaryListValues: [][]byte{},
			}
		}
		e.Records = append(e.Records, events.SQSMessage{
			MessageId: aws.ToString(m.MessageId), ReceiptHandle: aws.ToString(m.ReceiptHandle),
			Body: aws.ToString(m.Body), Md5OfBody: aws.ToString(m.MD5OfBody),
			Md5OfMessageAttributes: aws.ToString(m.MD5OfMessageAttributes),
			Attributes:             m.Attributes, MessageAttributes: attributes,
			EventSource: "aws:sqs", EventSourceARN: queueARN, AWSRegion: region,
		})
	}
	return e
}

// failures reads a partial batch response. Nothing, null and an empty list say that all is well; an
// answer that names what is not in the batch fails the whole batch:
// https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting
func failures(answer []byte, messages []types.Message) ([]string, error) {
	if len(answer) == 0 {
		return nil, nil
	}
	var response *struct {
		BatchItemFailures []struct {
			ItemIdentifier *string `json:"itemIdentifier"`
		} `json:"batchItemFailures"`
	}
	if err := json.Unmarshal(answer, &response); err != nil {
		return nil, fmt.Errorf("the function's answer is no batch response: %w", err)
	}
	if response == nil {
		return nil, nil
	}
	known := ids(messages)
	var failed []string
	for _, f := range response.BatchItemFailures {
		if f.ItemIdentifier == nil || !slices.Contains(known, *f.ItemIdentifier) {
			return nil, fmt.Errorf("the function's answer names item %q, which is not in the batch",
				aws.ToString(f.ItemIdentifier))
		}
		failed = append(failed, *f.ItemIdentifier)
	}
	return failed, nil
}

// remove deletes what did not fail.
func remove(ctx context.Context, queue Queue, o PollOptions, b Batch) error {
	var entries []types.DeleteMessageBatchRequestEntry
	for _, m := range b.Messages {
		if !slices.Contains(b.Failed, aws.ToString(m.MessageId)) {
			entries = append(entries, types.DeleteMessageBatchRequestEntry{Id: m.MessageId, ReceiptHandle: m.ReceiptHandle})
		}
	}
	for batch := range slices.Chunk(entries, maxReceive) {
		out, err := queue.DeleteMessageBatch(ctx, &sqs.DeleteMessageBatchInput{QueueUrl: &o.QueueURL, Entries: batch})
		if err != nil {
			return fmt.Errorf("deleting from %s: %w", o.QueueURL, err)
		}
		if len(out.Failed) > 0 {
			f := out.Failed[0]
			return fmt.Errorf("deleting from %s: %s: %s", o.QueueURL, aws.ToString(f.Code), aws.ToString(f.Message))
		}
	}
	return nil
}

func ids(messages []types.Message) []string {
	all := make([]string, len(messages))
	for i, m := range messages {
		all[i] = aws.ToString(m.MessageId)
	}
	return all
}
