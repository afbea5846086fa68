package delivery

import (
	"context"
	"time"

	"github.com/trailbus/trailbus/internal/contract"
)

// A run that Lambda ends at its deadline has said nothing about its batch: all of it comes back, and what was told is told again.
const (
	// reservedForReturns is kept free at the end of a run for what must be returned.
	reservedForReturns = 10 * time.Second
	// reservedForResponse is kept free at the end of that for the answer.
	reservedForResponse = time.Second
	// slackRequestTime is what a request to Slack may take: with less left, it is not begun.
	slackRequestTime = 10 * time.Second
	// reservedForPosts is kept free behind the decisions, beside posting: strangers make events that take long to read, and those that were read
	// must be told in the same run.
	reservedForPosts = 15 * time.Second
	// maxSleep is how long a run waits for Slack in all. Without it, many alerts at once take hours: the queue gives all of them back
	// within seconds, Slack takes a few of those, and each time they stay away for longer. With more of it, an alert for another channel
	// that comes later stands behind them for longer.
	maxSleep = 15 * time.Second
)

// deadline holds a run to its deadline.
type deadline struct {
	// slackCtx ends when Slack and Secrets Manager must have answered, queue when SQS must have.
	slackCtx, queueCtx context.Context
	// slackEnd is when talk ends, deadline when the run does.
	slackEnd, end time.Time
	// slept is how long this run has slept.
	slept time.Duration
}

func newDeadline(ctx context.Context) (*deadline, func()) {
	end, ok := ctx.Deadline()
	if !ok {
		end = time.Now().Add(contract.FunctionTimeout)
	}
	c := &deadline{slackEnd: end.Add(-reservedForReturns), end: end}
	var endTalk, endQueue func()
	c.slackCtx, endTalk = context.WithDeadline(ctx, c.slackEnd)
	c.queueCtx, endQueue = context.WithDeadline(ctx, end.Add(-reservedForResponse))
	return c, func() { endTalk(); endQueue() }
}

// allows says whether there is time for a request to Slack after a wait.
func (c *deadline) allows(wait time.Duration) bool {
	return c.slackCtx.Err() == nil && time.Until(c.slackEnd) >= max(wait, 0)+slackRequestTime
}

// sleep waits, unless there would be too little time left after it.
func (c *deadline) sleep(d time.Duration) bool {
	if !c.allows(d) {
		return false
	}
	if d <= 0 {
		return true
	}
	if c.slept+d > maxSleep {
		return false
	}
	c.slept += d
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-c.slackCtx.Done():
		return false
	}
}
