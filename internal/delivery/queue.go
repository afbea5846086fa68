package delivery

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/trailbus/trailbus/internal/slack"
)

// ReasonAttribute is the message attribute that says why a message is in the dead-letter queue.
const ReasonAttribute = "TRAILBUS_REASON"

// What SQS takes:
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
const (
	// maxMessage is the size of a message with its attributes, in bytes.
	maxMessage = 1 << 20
	// maxDelay is the longest visibility timeout: a little less than 12 hours, which count from the
	// receive.
	maxDelay = 11 * time.Hour
)

// sqsTimeout is how long a request to SQS may take: it must leave time for the others.
const sqsTimeout = 3 * time.Second

// Queue is the source queue of the notifier, and its dead-letter queue.
type Queue struct {
	Client             *sqs.Client
	URL, DeadLetterURL string
}

// DelayedMessage is a message to be received again after a time.
type DelayedMessage struct {
	ReceiptHandle string
	For           time.Duration
}

// delayBatchSize is how many messages one request to SQS delays:
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibilityBatch.html
const delayBatchSize = 10

// Delay sets the visibility timeout of returned messages, [delayBatchSize] at most. The errors are
// one for each message, nil where it worked.
func (q *Queue) Delay(ctx context.Context, messages []DelayedMessage) []error {
	ctx, cancel := context.WithTimeout(ctx, sqsTimeout)
	defer cancel()
	input := &sqs.ChangeMessageVisibilityBatchInput{QueueUrl: aws.String(q.URL)}
	for i, m := range messages {
		seconds := (min(max(m.For, 0), maxDelay) + time.Second - 1) / time.Second
		input.Entries = append(input.Entries, types.ChangeMessageVisibilityBatchRequestEntry{
			Id: aws.String(strconv.Itoa(i)), ReceiptHandle: aws.String(m.ReceiptHandle), VisibilityTimeout: int32(seconds),
		})
	}
	out, err := q.Client.ChangeMessageVisibilityBatch(ctx, input)
	if err != nil {
		return slices.Repeat([]error{err}, len(messages))
	}
	failures := make([]error, len(messages))
	for _, f := range out.Failed {
		if i, err := strconv.Atoi(aws.ToString(f.Id)); err == nil && i >= 0 && i < len(failures) {
			failures[i] = fmt.Errorf("%s: %s", aws.ToString(f.Code), aws.ToString(f.Message))
		}
	}
	return failures
}

// InFlight is about how many messages of the queue are received and neither deleted nor visible
// again.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueAttributes.html
func (q *Queue) InFlight(ctx context.Context) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, sqsTimeout)
	defer cancel()
	const name = types.QueueAttributeNameApproximateNumberOfMessagesNotVisible
	got, err := q.Client.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{QueueUrl: aws.String(q.URL),
		AttributeNames: []types.QueueAttributeName{name}})
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(got.Attributes[string(name)])
}

// DeadLetter sends a message to the dead-letter queue, with the reason in [ReasonAttribute] if
// there is room for it.
func (q *Queue) DeadLetter(ctx context.Context, body, reason string) error {
	ctx, cancel := context.WithTimeout(ctx, sqsTimeout)
	defer cancel()
	input := &sqs.SendMessageInput{QueueUrl: aws.String(q.DeadLetterURL), MessageBody: aws.String(body)}
	const dataType = "String"
	room := maxMessage - len(body) - len(ReasonAttribute) - len(dataType)
	if reason = sanitizeReason(reason); reason != "" && len(reason) <= room {
		input.MessageAttributes = map[string]types.MessageAttributeValue{
			ReasonAttribute: {DataType: aws.String(dataType), StringValue: aws.String(reason)},
		}
	}
	_, err := q.Client.SendMessage(ctx, input)
	return err
}

// sanitizeReason shortens a reason and replaces characters that SQS refuses in an attribute: parts
// of it may come from the event.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
func sanitizeReason(reason string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == 0xFFFE || r == 0xFFFF || r == utf8.RuneError {
			return ' '
		}
		return r
	}, slack.Cut(reason, 500)))
}
