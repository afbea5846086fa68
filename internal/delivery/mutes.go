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

// mutesHour is when on a Monday they are told, in UTC.
const mutesHour = 8

// lookAtMutes tells once a week which mutes have expired. They no longer mute; who wrote them should say whether they still should.
func (r *run) lookAtMutes(j *job) error {
	week := weekOf(j.signal.Time)
	expired := r.Settings.Mutes.Expired(week)
	if len(expired) == 0 {
		return nil
	}
	entries, err := r.State.Load(r.clock.queue, []string{contract.ExpiredMutesKey})
	if err != nil {
		return err
	}
	var told time.Time
	if data := entries[contract.ExpiredMutesKey].Data; len(data) > 0 {
		if err := json.Unmarshal(data, &told); err != nil {
			return fmt.Errorf("%s: %w", contract.ExpiredMutesKey, err)
		}
	}
	if !week.After(told) {
		return nil
	}
	if err := r.tellOperators(j, message.ExpiredMutes(expired)); err != nil {
		return err
	}
	r.Log.LogAttrs(r.clock.queue, slog.LevelWarn, "expired mutes", slog.Int("expired", len(expired)))
	expires := func(week time.Time) time.Time { return week.AddDate(0, 0, 30) }
	return state.Update(r.clock.queue, r.State, contract.ExpiredMutesKey, entries[contract.ExpiredMutesKey], expires, func(told time.Time) (time.Time, bool) { return week, week.After(told) })
}

// weekOf is the last Monday, at [mutesHour], before a time or at it.
func weekOf(t time.Time) time.Time {
	t = t.UTC()
	monday := time.Date(t.Year(), t.Month(), t.Day()-int(t.Weekday()+6)%7, mutesHour, 0, 0, 0, time.UTC)
	if monday.After(t) {
		return monday.AddDate(0, 0, -7)
	}
	return monday
}
