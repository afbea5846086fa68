package notifier

import (
	"context"
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

// Queue is the queue that the notifier is fed from, and its dead-letter queue.
type Queue struct {
	Client             *sqs.Client
	URL, DeadLetterURL string
}

// Hide keeps a message that is returned from being received again for a while.
func (q *Queue) Hide(ctx context.Context, receiptHandle string, d time.Duration) error {
	_, err := q.Client.ChangeMessageVisibility(ctx, &sqs.ChangeMessageVisibilityInput{
		QueueUrl: aws.String(q.URL), ReceiptHandle: aws.String(receiptHandle), VisibilityTimeout: int32(d / time.Second),
	})
	return err
}

// Bury puts a message on the dead-letter queue.
func (q *Queue) Bury(ctx context.Context, body, reason string) error {
	_, err := q.Client.SendMessage(ctx, &sqs.SendMessageInput{
		QueueUrl: aws.String(q.DeadLetterURL), MessageBody: aws.String(body),
		MessageAttributes: map[string]types.MessageAttributeValue{
			ReasonAttribute: {DataType: aws.String("String"), StringValue: aws.String(sendable(reason))},
		},
	})
	return err
}

// sendable cuts a reason short and leaves out what SQS refuses in an attribute: parts of it may be a stranger's.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
func sendable(reason string) string {
	runes := []rune(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == 0xFFFE || r == 0xFFFF || r == utf8.RuneError {
			return ' '
		}
		return r
	}, reason))
	return string(runes[:min(len(runes), 500)])
}
