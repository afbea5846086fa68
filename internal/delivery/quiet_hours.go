package delivery

import (
	"fmt"
	"time"
)

// maxInFlight is how many messages may be hidden in the queue while more are held back for the end of quiet hours. SQS hides 120,000 of a
// queue; with that many, it gives nothing out any more, what is urgent neither.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
const maxInFlight = 60_000

// holdInQuietHours keeps folds back that quiet hours keep from being told: as repeats wait, one event of each in the queue and the others counted in
// the database. A stranger who made each event a fold of its own could still fill the queue, so with too many hidden, nothing is held.
func (r *run) holdInQuietHours(folds []*group) {
	var quiet []*group
	for _, f := range folds {
		if until := f.deliveries[0].HeldUntil; until.After(r.start) {
			quiet = append(quiet, f)
		}
	}
	if len(quiet) == 0 {
		return
	}
	hidden, err := r.Queue.InFlight(r.deadline.queueCtx)
	if err != nil {
		r.warn("how many messages are hidden in the queue is not known, so alerts are held back in quiet hours however many there are", err)
	}
	if hidden >= maxInFlight {
		r.warn("too many messages are hidden in the queue, so quiet hours hold nothing back", fmt.Errorf("found %d, allowed: %d", hidden, maxInFlight))
		return
	}
	for _, f := range quiet {
		f.heldUntil = f.deliveries[0].HeldUntil
	}
}

func quietHoursReason(t time.Time) string { return "quiet hours until " + t.UTC().Format(time.RFC3339) }

// heldUntil is what is kept of a conversation while quiet hours hold it back. What was told long before is another story.
func (c groupState) heldUntil(held, now time.Time) groupState {
	if c.unposted() == nil && c.Carrier == "" && now.After(c.Next.Add(c.Window)) {
		c = groupState{}
	}
	c.Held = held
	return c
}
