package redrive

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// fakeQueues are a dead-letter queue and its queue: a received message is hidden, a deleted one is
// gone.
type fakeQueues struct {
	mu          sync.Mutex
	deadLetters []*fakeMessage
	// queue is what was sent, and deleted what was deleted, in the order of both.
	queue, deleted, steps []string
	shown                 int
	// refuse makes an action fail.
	refuse map[string]error
	// failEntry makes SQS refuse bodies one by one, in an action.
	failEntry map[string]func(body string) bool
	// onSend is called with each body that the queue takes.
	onSend func(body string)
	// afterReceive is called after messages were received.
	afterReceive func()
}

type fakeMessage struct {
	id, body   string
	sent       time.Time
	attributes map[string]string
	hidden     bool
	receipts   int
	gone       bool
}

func (q *fakeQueues) add(body string, sent time.Time, attributes map[string]string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.deadLetters = append(q.deadLetters, &fakeMessage{id: fmt.Sprint("m", len(q.deadLetters)), body: body, sent: sent, attributes: attributes})
}

// left are the bodies of what the dead-letter queue has and shows.
func (q *fakeQueues) left() (bodies []string) {
	for _, m := range q.deadLetters {
		if !m.gone && !m.hidden {
			bodies = append(bodies, m.body)
		}
	}
	return bodies
}

func (m *fakeMessage) receipt() string { return fmt.Sprintf("%s/%d", m.id, m.receipts) }

func (q *fakeQueues) of(receipt string) *fakeMessage {
	for _, m := range q.deadLetters {
		if m.receipt() == receipt && !m.gone {
			return m
		}
	}
	return nil
}

func (q *fakeQueues) GetQueueAttributes(context.Context, *sqs.GetQueueAttributesInput, ...func(*sqs.Options)) (*sqs.GetQueueAttributesOutput, error) {
	visible, hidden := 0, 0
	for _, m := range q.deadLetters {
		if m.hidden {
			hidden++
		} else if !m.gone {
			visible++
		}
	}
	return &sqs.GetQueueAttributesOutput{Attributes: map[string]string{
		"ApproximateNumberOfMessages": strconv.Itoa(visible), "ApproximateNumberOfMessagesNotVisible": strconv.Itoa(hidden),
	}}, q.refuse["attributes"]
}

func (q *fakeQueues) ReceiveMessage(ctx context.Context, in *sqs.ReceiveMessageInput, _ ...func(*sqs.Options)) (*sqs.ReceiveMessageOutput, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if ctx.Err() != nil || in.VisibilityTimeout != int32(VisibilityTimeout.Seconds()) || in.WaitTimeSeconds == 0 {
		return nil, errors.New("this is no way to receive")
	}
	if err := q.refuse["receive"]; err != nil {
		return nil, err
	}
	out := &sqs.ReceiveMessageOutput{}
	for _, m := range q.deadLetters {
		if m.hidden || m.gone || len(out.Messages) == int(in.MaxNumberOfMessages) {
			continue
		}
		m.hidden = true
		m.receipts++
		message := types.Message{MessageId: &m.id, Body: &m.body, ReceiptHandle: aws.String(m.receipt()),
			Attributes:        map[string]string{"SentTimestamp": strconv.FormatInt(m.sent.UnixMilli(), 10), "ApproximateReceiveCount": strconv.Itoa(m.receipts)},
			MessageAttributes: map[string]types.MessageAttributeValue{}}
		for name, value := range m.attributes {
			message.MessageAttributes[name] = types.MessageAttributeValue{DataType: aws.String("String"), StringValue: aws.String(value)}
		}
		out.Messages = append(out.Messages, message)
	}
	if q.afterReceive != nil && len(out.Messages) > 0 {
		q.afterReceive()
	}
	return out, nil
}

func (q *fakeQueues) SendMessageBatch(ctx context.Context, in *sqs.SendMessageBatchInput, _ ...func(*sqs.Options)) (*sqs.SendMessageBatchOutput, error) {
	q.mu.Lock()
	if err := errors.Join(ctx.Err(), q.refuse["send"]); err != nil {
		q.mu.Unlock()
		return nil, err
	}
	out, size := &sqs.SendMessageBatchOutput{}, 0
	var taken []string
	for _, entry := range in.Entries {
		size += len(*entry.MessageBody)
		if fails := q.failEntry["send"]; fails != nil && fails(*entry.MessageBody) {
			out.Failed = append(out.Failed, types.BatchResultErrorEntry{Id: entry.Id, Code: aws.String("InternalError"), Message: aws.String("not now")})
			continue
		}
		taken = append(taken, *entry.MessageBody)
		q.steps = append(q.steps, "send "+*entry.MessageBody)
		out.Successful = append(out.Successful, types.SendMessageBatchResultEntry{Id: entry.Id})
	}
	q.queue = append(q.queue, taken...)
	q.mu.Unlock()
	if len(in.Entries) > 10 || size > 1<<20 {
		return nil, fmt.Errorf("%d entries of %d bytes", len(in.Entries), size)
	}
	for _, body := range taken {
		if q.onSend != nil {
			q.onSend(body)
		}
	}
	return out, nil
}

func (q *fakeQueues) DeleteMessageBatch(ctx context.Context, in *sqs.DeleteMessageBatchInput, _ ...func(*sqs.Options)) (*sqs.DeleteMessageBatchOutput, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if err := errors.Join(ctx.Err(), q.refuse["delete"]); err != nil {
		return nil, err
	}
	out := &sqs.DeleteMessageBatchOutput{}
	for _, entry := range in.Entries {
		m := q.of(*entry.ReceiptHandle)
		if fails := q.failEntry["delete"]; m == nil || fails != nil && fails(m.body) {
			out.Failed = append(out.Failed, types.BatchResultErrorEntry{Id: entry.Id, Code: aws.String("InternalError"), Message: aws.String("not now")})
			continue
		}
		m.gone, m.hidden = true, false
		q.deleted = append(q.deleted, m.body)
		q.steps = append(q.steps, "delete "+m.body)
		out.Successful = append(out.Successful, types.DeleteMessageBatchResultEntry{Id: entry.Id})
	}
	return out, nil
}

func (q *fakeQueues) ChangeMessageVisibilityBatch(ctx context.Context, in *sqs.ChangeMessageVisibilityBatchInput, _ ...func(*sqs.Options)) (*sqs.ChangeMessageVisibilityBatchOutput, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if err := errors.Join(ctx.Err(), q.refuse["show"]); err != nil {
		return nil, err
	}
	out := &sqs.ChangeMessageVisibilityBatchOutput{}
	for _, entry := range in.Entries {
		m := q.of(*entry.ReceiptHandle)
		if m == nil || entry.VisibilityTimeout != 0 {
			out.Failed = append(out.Failed, types.BatchResultErrorEntry{Id: entry.Id, SenderFault: true, Code: aws.String("ReceiptHandleIsInvalid")})
			continue
		}
		m.hidden = false
		q.shown++
		out.Successful = append(out.Successful, types.ChangeMessageVisibilityBatchResultEntry{Id: entry.Id})
	}
	return out, nil
}
