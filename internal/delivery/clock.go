package delivery

import (
	"context"
	"time"

	"github.com/trailbus/trailbus/internal/contract"
)

// A run that Lambda ends at its deadline has said nothing about its batch: all of it comes back, and what was told is told again.
const (
	// closing is kept free at the end of a run for what must be returned.
	closing = 10 * time.Second
	// answering is kept free at the end of that for the answer.
	answering = time.Second
	// posting is what a request to Slack may take: with less left, it is not begun.
	posting = 10 * time.Second
	// telling is kept free behind the decisions, beside posting: strangers make events that take long to read, and those that were read
	// must be told in the same run.
	telling = 15 * time.Second
	// waiting is how long a run waits for Slack in all. Without it, many alerts at once take hours: the queue gives all of them back
	// within seconds, Slack takes a few of those, and each time they stay away for longer. With more of it, an alert for another channel
	// that comes later stands behind them for longer.
	waiting = 15 * time.Second
)

// clock holds a run to its deadline.
type clock struct {
	// talk ends when Slack and Secrets Manager must have answered, queue when SQS must have.
	talk, queue context.Context
	// last is when talk ends, deadline when the run does.
	last, deadline time.Time
	// waited is how long this run has slept.
	waited time.Duration
}

func newClock(ctx context.Context) (*clock, func()) {
	deadline, ok := ctx.Deadline()
	if !ok {
		deadline = time.Now().Add(contract.FunctionTimeout)
	}
	c := &clock{last: deadline.Add(-closing), deadline: deadline}
	var endTalk, endQueue func()
	c.talk, endTalk = context.WithDeadline(ctx, c.last)
	c.queue, endQueue = context.WithDeadline(ctx, deadline.Add(-answering))
	return c, func() { endTalk(); endQueue() }
}

// enough says whether there is time for a request to Slack after a wait.
func (c *clock) enough(wait time.Duration) bool {
	return c.talk.Err() == nil && time.Until(c.last) >= max(wait, 0)+posting
}

// sleep waits, unless there would be too little time left after it.
func (c *clock) sleep(d time.Duration) bool {
	if !c.enough(d) {
		return false
	}
	if d <= 0 {
		return true
	}
	if c.waited+d > waiting {
		return false
	}
	c.waited += d
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-c.talk.Done():
		return false
	}
}
