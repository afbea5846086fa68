package contract

import "time"

// How the queue and the function fit together. SlackNotifier builds them so, and the notifier relies on it; a test holds the
// arithmetic.
const (
	// BatchSize is large, so that a storm comes in one piece and becomes few messages; a payload of 6 MB ends a batch before.
	// https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-parameters.html
	BatchSize = 1000
	// BatchWindow is the least that Lambda allows with such batches. An alert waits as long at most.
	BatchWindow = time.Second
	// FunctionMemory, in MB, is more than the function uses: a batch may be 6 MB of what a stranger wrote, and 1,769 MB bring a processor
	// along, less a part of one: https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
	FunctionMemory = 1024
	// FunctionTimeout leaves the notifier time to wait a little where Slack asks for it.
	FunctionTimeout = time.Minute
	// VisibilityTimeout is six times the function's, as Lambda asks for:
	// https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
	VisibilityTimeout = 6 * FunctionTimeout
	// QueueRetention lets Slack be away for a week. What is still there when it ends, SQS drops without a word.
	QueueRetention = 7 * 24 * time.Hour
	// MaxReceiveCount moves a message to the dead-letter queue before its retention ends, and not much before: 6 days or more.
	MaxReceiveCount = 600
	// MaxBackOff is the longest that the notifier hides a message that it returns, whatever Slack asks for: a longer time would
	// make MaxReceiveCount more than the retention.
	MaxBackOff = 15 * time.Minute
	// DeadLetterRetention counts from when a message first entered the queue.
	DeadLetterRetention = 14 * 24 * time.Hour
)
