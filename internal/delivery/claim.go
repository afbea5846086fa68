package delivery

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/trailbus/trailbus/internal/contract/state"
	"github.com/trailbus/trailbus/internal/slack"
)

// busyDelay is how long an event stays away that another run is about to tell.
const busyDelay = 5 * time.Second

// claim takes the events that are to be told, so that nobody else tells them. Where the database does not answer, they are told all
// the same: twice is better than not at all.
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
		r.warn("events could not be claimed, so they may be told twice", err)
		return
	}
	for id, claim := range claims {
		switch d := first[id]; claim {
		case state.Posted:
			d.outcome, d.reason = Duplicate, "told before"
		case state.Busy:
			d.outcome, d.reason, d.wait = Returned, "another run is telling it", busyDelay
		case state.Taken:
		}
	}
}

// confirm notes that events were told.
func (r *run) confirm(deliveries []*delivery) {
	var ids []string
	for _, d := range deliveries {
		ids = append(ids, d.id)
	}
	if err := r.State.Confirm(r.deadline.queueCtx, ids); err != nil {
		r.warn(fmt.Sprintf("%d events were told, and that could not be noted, so they may be told twice", len(ids)), err)
	}
}

// release gives back the events that were not told, so that they can be told when they come back.
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
		r.warn("claims could not be given back, so the events stay away until the claims end", err)
	}
}

// warn logs what went wrong for the whole run.
func (r *run) warn(what string, err error) {
	r.Log.LogAttrs(context.Background(), slog.LevelWarn, what, slog.String("error", slack.Cut(err.Error(), maxReason)))
	r.flush() // it may be the reason why this run never ends
}
