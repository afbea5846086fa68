package delivery

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/trailbus/trailbus/internal/contract/state"
	"github.com/trailbus/trailbus/internal/slack"
)

// busyDelay is how long an event is delayed that another run is posting.
const busyDelay = 5 * time.Second

// claim claims the events that are to be posted, so that no other run posts them. Where the table
// does not answer, the run posts them all the same: twice is better than not at all.
func (r *run) claim(deliveries []*delivery) {
	first := map[string]*delivery{}
	var ids []string
	for _, d := range deliveries {
		if first[d.id] != nil {
			d.duplicateOf = first[d.id]
			continue
		}
		first[d.id] = d
		ids = append(ids, d.id)
	}
	if len(ids) == 0 {
		return
	}
	// A claim ends when this run has ended, and before its messages come back.
	claims, err := r.State.Claim(r.deadline.slackCtx, r.holder, ids, r.deadline.end)
	if err != nil {
		r.warn("events could not be claimed, so they may be posted twice", err)
		return
	}
	for id, claim := range claims {
		switch d := first[id]; claim {
		case state.Posted:
			d.outcome, d.reason = Duplicate, "posted before"
		case state.Busy:
			d.outcome, d.reason, d.wait = Returned, "another run is posting it", busyDelay
		case state.Taken:
		}
	}
}

// confirm records that events were posted.
func (r *run) confirm(deliveries []*delivery) {
	var ids []string
	for _, d := range deliveries {
		ids = append(ids, d.id)
	}
	if err := r.State.Confirm(r.deadline.queueCtx, ids); err != nil {
		r.warn(fmt.Sprintf("%d events were posted, and that could not be recorded, so they may be posted twice", len(ids)),
			err)
	}
}

// release gives up the claims of events that were not posted, so that a run can post them when they
// come back.
func (r *run) release(deliveries []*delivery) {
	var ids []string
	for _, d := range deliveries {
		if d.duplicateOf == nil && (d.outcome == Returned || d.outcome == Dead) {
			ids = append(ids, d.id)
		}
	}
	if len(ids) == 0 {
		return
	}
	if err := r.State.Release(r.deadline.queueCtx, r.holder, ids); err != nil {
		r.warn("claims could not be released, so the events wait until the claims end", err)
	}
}

// warn logs a failure that concerns the whole run.
func (r *run) warn(what string, err error) {
	//nolint:sloglint // what is a constant of the caller, but for a number
	r.Log.LogAttrs(context.Background(), slog.LevelWarn, what, slog.String("error", slack.Cut(err.Error(), maxReason)))
	r.flush() // it may say why Lambda ends this run
}
