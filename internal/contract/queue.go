package contract

import "time"

// The parameters of the queue and the function. The construct SlackNotifier deploys them, and the
// notifier relies on them; a test checks that they fit together.
const (
	// BatchSize is large, so that many events of a storm are in one batch and become few messages;
	// a payload of 6 MB ends a batch before.
	// https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-parameters.html
	BatchSize = 1000
	// BatchWindow is the shortest that Lambda allows with such batches. An alert waits as long at
	// most.
	BatchWindow = time.Second
	// FunctionMemory, in MB, is more than the function uses: a batch may have 6 MB from outside,
	// and the processor comes with the memory: a whole one with 1,769 MB, and a part of it with
	// less: https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
	FunctionMemory = 1024
	// FunctionTimeout leaves the notifier time to wait where Slack asks for it.
	FunctionTimeout = time.Minute
	// VisibilityTimeout is six times the function's timeout, as Lambda recommends:
	// https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
	VisibilityTimeout = 6 * FunctionTimeout
	// QueueRetention lets Slack be away for a week. SQS deletes a message after it without notice.
	QueueRetention = 7 * 24 * time.Hour
	// MaxReceiveCount moves a message to the dead-letter queue shortly before its retention ends:
	// after 6 days or more.
	MaxReceiveCount = 600
	// MaxBackOff is the longest time for which the notifier delays a returned message, whatever
	// Slack asks for: with a longer one, a message would reach the end of its retention before
	// MaxReceiveCount.
	MaxBackOff = 15 * time.Minute
	// DeadLetterRetention counts from when a message first entered the queue.
	DeadLetterRetention = 14 * 24 * time.Hour
)
