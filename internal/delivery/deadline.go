package delivery

import (
	"context"
	"time"

	"github.com/trailbus/trailbus/internal/contract"
)

// A run that Lambda ends at its deadline has returned nothing about its batch: all of it comes
// back, and its messages are posted again.
const (
	// reservedForReturns is the time at the end of a run for the messages that must be returned.
	reservedForReturns = 10 * time.Second
	// reservedForResponse is the part of it for the response to Lambda.
	reservedForResponse = time.Second
	// slackRequestTime is what a request to Slack may take: with less left, the run does not start
	// it.
	slackRequestTime = 10 * time.Second
	// reservedForPosts is the time after the decisions, beside slackRequestTime: an external
	// account can make events that take long to read, and the run must post those that it has read.
	reservedForPosts = 15 * time.Second
	// maxSleep is how long a run waits for Slack in all. Without a wait, many alerts at once take
	// hours: all of them return to the queue and come back within seconds, Slack takes a few, and
	// the back-off of the others grows each time. With a longer wait, a later alert for another
	// channel waits longer behind them.
	maxSleep = 15 * time.Second
)

// deadline divides the time of a run.
type deadline struct {
	// slackCtx ends when Slack and Secrets Manager must have answered, queueCtx when SQS and
	// DynamoDB must have.
	slackCtx, queueCtx context.Context
	// slackEnd is when slackCtx ends, end when the run does.
	slackEnd, end time.Time
	// slept is how long this run has waited for Slack.
	slept time.Duration
}

func newDeadline(ctx context.Context) (*deadline, func()) {
	end, ok := ctx.Deadline()
	if !ok {
		end = time.Now().Add(contract.FunctionTimeout)
	}
	d := &deadline{slackEnd: end.Add(-reservedForReturns), end: end}
	var cancelSlack, cancelQueue func()
	d.slackCtx, cancelSlack = context.WithDeadline(ctx, d.slackEnd)
	d.queueCtx, cancelQueue = context.WithDeadline(ctx, end.Add(-reservedForResponse))
	return d, func() { cancelSlack(); cancelQueue() }
}

// allows reports whether there is time for a request to Slack after a wait.
func (d *deadline) allows(wait time.Duration) bool {
	return d.slackCtx.Err() == nil && time.Until(d.slackEnd) >= max(wait, 0)+slackRequestTime
}

// sleep waits, and reports false at once where too little time would be left after it.
func (d *deadline) sleep(wait time.Duration) bool {
	if wait = max(wait, 0); !d.allows(wait) || wait > 0 && d.slept+wait > maxSleep {
		return false
	}
	d.slept += wait
	select {
	case <-time.After(wait):
		return true
	case <-d.slackCtx.Done():
		return false
	}
}
