package delivery

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"time"

	"github.com/trailbus/trailbus/internal/contract"
	"github.com/trailbus/trailbus/internal/contract/state"
	"github.com/trailbus/trailbus/internal/slack/message"
)

// mutesPostedAt is the hour of Monday, in UTC, from which expired mutes are posted.
const mutesPostedAt = 8

// checkMutes posts once a week which mutes have expired, for their owners to renew or remove them.
func (r *run) checkMutes(j *job) error {
	week := startOfWeek(j.signal.Time)
	expired := r.Settings.Mutes.Expired(week)
	if len(expired) == 0 {
		return nil
	}
	entries, err := r.State.Load(r.deadline.queueCtx, []string{contract.ExpiredMutesKey})
	if err != nil {
		return err
	}
	var posted time.Time
	if data := entries[contract.ExpiredMutesKey].Data; len(data) > 0 {
		if err := json.Unmarshal(data, &posted); err != nil {
			return fmt.Errorf("%s: %w", contract.ExpiredMutesKey, err)
		}
	}
	if !week.After(posted) {
		return nil
	}
	if err := r.postToOperators(j, message.ExpiredMutes(expired)); err != nil {
		return err
	}
	r.Log.LogAttrs(r.deadline.queueCtx, slog.LevelWarn, "expired mutes", slog.Int("expired", len(expired)))
	expires := func(week time.Time) time.Time { return week.AddDate(0, 0, 30) }
	return state.UpdateLoaded(r.deadline.queueCtx, r.State, contract.ExpiredMutesKey, entries[contract.ExpiredMutesKey],
		expires,
		func(posted time.Time) (time.Time, bool) { return week, week.After(posted) })
}

// startOfWeek is the last Monday at [mutesPostedAt], before a time or at it.
func startOfWeek(t time.Time) time.Time {
	t = t.UTC()
	monday := time.Date(t.Year(), t.Month(), t.Day()-int(t.Weekday()+6)%7, mutesPostedAt, 0, 0, 0, time.UTC)
	if monday.After(t) {
		return monday.AddDate(0, 0, -7)
	}
	return monday
}
