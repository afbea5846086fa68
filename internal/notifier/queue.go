package notifier

import (
	"context"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// ReasonAttribute is the message attribute that says, on the dead-letter queue, why a message is there.
const ReasonAttribute = "TRAILBUS_REASON"

// What SQS takes: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
const (
	// maxMessage is how long a message may be with its attributes, in bytes.
	maxMessage = 1 << 20
	// maxHidden is a little less than the 12 hours that count from when the message was received.
	maxHidden = 11 * time.Hour
)

// sqsPatience is how long SQS may take for one message: it must not take the time of the others.
const sqsPatience = 3 * time.Second

// Queue is the queue that the notifier is fed from, and its dead-letter queue.
type Queue struct {
	Client             *sqs.Client
	URL, DeadLetterURL string
}

// Hide keeps a message that is returned from being received again for a while.
func (q *Queue) Hide(ctx context.Context, receiptHandle string, d time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, sqsPatience)
	defer cancel()
	seconds := (min(max(d, 0), maxHidden) + time.Second - 1) / time.Second
	_, err := q.Client.ChangeMessageVisibility(ctx, &sqs.ChangeMessageVisibilityInput{
		QueueUrl: aws.String(q.URL), ReceiptHandle: aws.String(receiptHandle), VisibilityTimeout: int32(seconds),
	})
	return err
}

// Hidden is about how many messages of the queue are received and not yet deleted or visible again.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueAttributes.html
func (q *Queue) Hidden(ctx context.Context) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, sqsPatience)
	defer cancel()
	const name = types.QueueAttributeNameApproximateNumberOfMessagesNotVisible
	got, err := q.Client.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{QueueUrl: aws.String(q.URL), AttributeNames: []types.QueueAttributeName{name}})
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(got.Attributes[string(name)])
}

// Bury puts a message on the dead-letter queue, with the reason as far as there is room for it.
func (q *Queue) Bury(ctx context.Context, body, reason string) error {
	ctx, cancel := context.WithTimeout(ctx, sqsPatience)
	defer cancel()
	input := &sqs.SendMessageInput{QueueUrl: aws.String(q.DeadLetterURL), MessageBody: aws.String(body)}
	const dataType = "String"
	room := maxMessage - len(body) - len(ReasonAttribute) - len(dataType)
	if reason = sendable(reason); reason != "" && len(reason) <= room {
		input.MessageAttributes = map[string]types.MessageAttributeValue{
			ReasonAttribute: {DataType: aws.String(dataType), StringValue: aws.String(reason)},
		}
	}
	_, err := q.Client.SendMessage(ctx, input)
	return err
}

// sendable cuts a reason short and leaves out what SQS refuses in an attribute: parts of it may be a stranger's.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
func sendable(reason string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == 0xFFFE || r == 0xFFFF || r == utf8.RuneError {
			return ' '
		}
		return r
	}, cut(reason, 500)))
}
