package lambdaruntime_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/trailbus/trailbus/internal/local/lambdaruntime"
)

// fakeQueue gives what it has, ten at a time at most, and remembers what was deleted.
type fakeQueue struct {
	messages []types.Message
	deleted  []string
	asked    []sqs.ReceiveMessageInput
	err      error
}

func (q *fakeQueue) ReceiveMessage(ctx context.Context, in *sqs.ReceiveMessageInput, _ ...func(*sqs.Options)) (*sqs.ReceiveMessageOutput, error) {
	if err := errors.Join(ctx.Err(), q.err); err != nil {
		return nil, err
	}
	q.asked = append(q.asked, *in)
	n := min(len(q.messages), int(in.MaxNumberOfMessages))
	out := &sqs.ReceiveMessageOutput{Messages: q.messages[:n]}
	q.messages = q.messages[n:]
	return out, nil
}

func (q *fakeQueue) DeleteMessageBatch(_ context.Context, in *sqs.DeleteMessageBatchInput, _ ...func(*sqs.Options)) (*sqs.DeleteMessageBatchOutput, error) {
	if len(in.Entries) > 10 {
		return nil, errors.New("too many entries")
	}
	for _, e := range in.Entries {
		if *e.ReceiptHandle != "receipt-"+*e.Id {
			return nil, fmt.Errorf("receipt %s for %s", *e.ReceiptHandle, *e.Id)
		}
		q.deleted = append(q.deleted, *e.Id)
	}
	return &sqs.DeleteMessageBatchOutput{}, nil
}

func queueOf(n int) *fakeQueue {
	q := &fakeQueue{}
	for i := range n {
		id := fmt.Sprintf("m%02d", i)
		q.messages = append(q.messages, types.Message{
			MessageId: &id, ReceiptHandle: aws.String("receipt-" + id), Body: aws.String("body of " + id), MD5OfBody: aws.String("md5 of " + id),
			Attributes:        map[string]string{"ApproximateReceiveCount": "1", "SentTimestamp": "1793448000000"},
			MessageAttributes: map[string]types.MessageAttributeValue{"RULE_ARN": {DataType: aws.String("String"), StringValue: aws.String("arn")}},
		})
	}
	return q
}

var options = lambdaruntime.PollOptions{QueueURL: "http://queue", QueueARN: "arn:aws:sqs:eu-west-1:111111111111:events"}

func TestEventIsAsLambdaMakesIt(t *testing.T) {
	t.Parallel()
	q := queueOf(1)
	var payload []byte
	if _, err := lambdaruntime.PollOnce(t.Context(), q, options, func(_ context.Context, event []byte) ([]byte, error) {
		payload = event
		return nil, nil
	}); err != nil {
		t.Fatal(err)
	}
	var got, wanted any
	if err := json.Unmarshal(payload, &got); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(`{"Records":[{
		"messageId":"m00","receiptHandle":"receipt-m00","body":"body of m00","md5OfBody":"md5 of m00","md5OfMessageAttributes":"",
		"attributes":{"ApproximateReceiveCount":"1","SentTimestamp":"1793448000000"},
		"messageAttributes":{"RULE_ARN":{"dataType":"String","stringValue":"arn","stringListValues":[],"binaryListValues":[]}},
		"eventSource":"aws:sqs","eventSourceARN":"arn:aws:sqs:eu-west-1:111111111111:events","awsRegion":"eu-west-1"}]}`), &wanted); err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(got) != fmt.Sprint(wanted) {
		t.Errorf("event %s", payload)
	}
	if a := q.asked[0]; len(a.MessageAttributeNames) != 1 || len(a.MessageSystemAttributeNames) != 1 || a.MaxNumberOfMessages != 10 {
		t.Errorf("asked for %+v", a)
	}
}

func TestPartialBatchResponses(t *testing.T) {
	t.Parallel()
	all := []string{"m00", "m01", "m02"}
	for _, c := range []struct {
		name, answer string
		err          error
		deleted      []string
		failed       bool
	}{
		{name: "nothing", answer: "", deleted: all},
		{name: "null", answer: "null", deleted: all},
		{name: "an empty object", answer: "{}", deleted: all},
		{name: "null failures", answer: `{"batchItemFailures":null}`, deleted: all},
		{name: "no failures", answer: `{"batchItemFailures":[]}`, deleted: all},
		{name: "one failure", answer: `{"batchItemFailures":[{"itemIdentifier":"m01"}]}`, deleted: []string{"m00", "m02"}},
		{name: "all failures", answer: `{"batchItemFailures":[{"itemIdentifier":"m01"},{"itemIdentifier":"m00"},{"itemIdentifier":"m02"}]}`},
		{name: "no id", answer: `{"batchItemFailures":[{"itemIdentifier":""}]}`, failed: true},
		{name: "null id", answer: `{"batchItemFailures":[{"itemIdentifier":null}]}`, failed: true},
		{name: "another key", answer: `{"batchItemFailures":[{"id":"m01"}]}`, failed: true},
		{name: "an unknown id", answer: `{"batchItemFailures":[{"itemIdentifier":"m99"}]}`, failed: true},
		{name: "no JSON", answer: `oh`, failed: true},
		{name: "another type", answer: `"oh"`, failed: true},
		{name: "an error", err: errors.New("oh"), failed: true},
	} {
		q, o := queueOf(3), options
		var seen lambdaruntime.Batch
		o.OnBatch = func(b lambdaruntime.Batch) { seen = b }
		b, err := lambdaruntime.PollOnce(t.Context(), q, o, func(context.Context, []byte) ([]byte, error) { return []byte(c.answer), c.err })
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if !slices.Equal(q.deleted, c.deleted) {
			t.Errorf("%s: deleted %q, wanted %q", c.name, q.deleted, c.deleted)
		}
		if (b.Err != nil) != c.failed || len(b.Messages) != 3 || len(b.Failed) != 3-len(c.deleted) {
			t.Errorf("%s: batch %d messages, failed %q, error %v", c.name, len(b.Messages), b.Failed, b.Err)
		}
		if len(seen.Messages) != 3 || len(seen.Failed) != len(b.Failed) {
			t.Errorf("%s: OnBatch got %d messages, failed %q", c.name, len(seen.Messages), seen.Failed)
		}
	}
}

func TestBatchSize(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		size   int
		window time.Duration
		sizes  []int
	}{
		{0, 0, []int{10, 10, 5}},
		{1, 0, slices.Repeat([]int{1}, 25)},
		{20, 0, []int{10, 10, 5}}, // without a window the first messages go at once
		{20, time.Minute, []int{20}},
		{25, time.Minute, []int{25}},
	} {
		q, o := queueOf(25), options
		o.BatchSize, o.BatchWindow = c.size, c.window
		var sizes []int
		for range c.sizes {
			if _, err := lambdaruntime.PollOnce(t.Context(), q, o, func(_ context.Context, event []byte) ([]byte, error) {
				var e events.SQSEvent
				if err := json.Unmarshal(event, &e); err != nil {
					return nil, err
				}
				sizes = append(sizes, len(e.Records))
				return nil, nil
			}); err != nil {
				t.Fatal(err)
			}
		}
		if !slices.Equal(sizes, c.sizes) {
			t.Errorf("size %d, window %s: batches of %d, wanted %d", c.size, c.window, sizes, c.sizes)
		}
		if wanted := len(sizes); wanted == 0 || len(q.deleted) == 0 {
			t.Errorf("size %d: nothing was done", c.size)
		}
	}
}

func TestPollEnds(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	q := queueOf(1)
	err := lambdaruntime.Poll(ctx, q, options, func(ctx context.Context, _ []byte) ([]byte, error) {
		cancel() // in the midst of a batch
		return nil, ctx.Err()
	})
	if err != nil || !slices.Equal(q.deleted, []string{"m00"}) {
		t.Errorf("error %v, deleted %q: wanted the batch under way to be finished", err, q.deleted)
	}
	broken := &fakeQueue{err: errors.New("no such queue")}
	never := func(context.Context, []byte) ([]byte, error) { t.Error("called"); return nil, nil }
	if err := lambdaruntime.Poll(t.Context(), broken, options, never); err == nil || !strings.Contains(err.Error(), "no such queue") {
		t.Errorf("a broken queue: %v", err)
	}
	if err := lambdaruntime.Poll(t.Context(), broken, lambdaruntime.PollOptions{QueueURL: "http://queue", QueueARN: "events"}, never); err == nil || !strings.Contains(err.Error(), `ARN "events"`) {
		t.Errorf("a wrong ARN: %v", err)
	}
}
