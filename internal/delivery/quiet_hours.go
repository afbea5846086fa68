package delivery

import (
	"fmt"
	"time"
)

// maxInFlight is how many messages of the queue may be in flight before quiet hours hold nothing
// back. With 120,000 in flight, SQS delivers no message, an urgent one neither.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
const maxInFlight = 60_000

// holdInQuietHours marks the groups that quiet hours hold back. They wait as repeats do: one event
// of each in the queue, the others counted in the table. A caller who makes each event a group of
// its own could still fill the queue, so with too many in flight, nothing is held.
func (r *run) holdInQuietHours(groups []*group) {
	var quiet []*group
	for _, g := range groups {
		if until := g.deliveries[0].HeldUntil; until.After(r.start) {
			quiet = append(quiet, g)
		}
	}
	if len(quiet) == 0 {
		return
	}
	inFlight, err := r.Queue.InFlight(r.deadline.queueCtx)
	if err != nil {
		r.warn("the number of messages in flight is unknown, so quiet hours hold back any number of alerts", err)
	}
	if inFlight >= maxInFlight {
		r.warn("too many messages are in flight, so quiet hours hold nothing back",
			fmt.Errorf("found %d, allowed: %d", inFlight, maxInFlight))
		return
	}
	for _, g := range quiet {
		g.heldUntil = g.deliveries[0].HeldUntil
	}
}

func quietHoursReason(t time.Time) string { return "quiet hours until " + t.UTC().Format(time.RFC3339) }

// heldUntil is the state of a group while quiet hours hold it back. It starts anew where the last
// message is long ago.
func (s groupState) heldUntil(end, now time.Time) groupState {
	if s.unposted() == nil && s.Carrier == "" && now.After(s.Next.Add(s.Window)) {
		s = groupState{}
	}
	s.Held = end
	return s
}
