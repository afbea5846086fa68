package delivery

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/trailbus/trailbus/internal/contract"
	"github.com/trailbus/trailbus/internal/contract/state"
	"github.com/trailbus/trailbus/internal/slack"
	"github.com/trailbus/trailbus/internal/slack/message"
)

// carriedExpire is as long as the event can be in a queue.
func carriedExpire([]string) time.Time {
	return time.Now().Add(contract.QueueRetention + contract.DeadLetterRetention)
}

// saveCarrier records that an event in the queue carries the repeats of a group: when it comes
// back, they are posted.
func (r *run) saveCarrier(d *delivery) error {
	return state.UpdateLoaded(r.deadline.queueCtx, r.State, contract.CarriedKey(d.eventID()), state.Entry{}, carriedExpire,
		func(keys []string) ([]string, bool) {
			return append(keys, d.key), !slices.Contains(keys, d.key)
		})
}

// moveRepeats moves the repeats that an event carries for a group to which it no longer belongs,
// since a mute or a route changed while it waited.
func (r *run) moveRepeats(jobs []*job) {
	byKey := map[string]*job{}
	var keys []string
	for _, j := range jobs {
		if key := contract.CarriedKey(j.eventID()); j.head != nil && receiveCount(j.item) > 1 && byKey[key] == nil {
			byKey[key] = j
			keys = append(keys, key)
		}
	}
	if len(keys) == 0 {
		return
	}
	entries, err := r.State.Load(r.deadline.queueCtx, keys)
	if err != nil {
		r.warn("the repeats that events carry are unknown, so they may wait for the next of their group", err)
		return
	}
	parallel(slices.Collect(maps.Keys(entries)), func(key string) {
		if err := catchPanic(func() error { return r.moveRepeatsOf(byKey[key], entries[key].Data) }); err != nil {
			r.warn("the repeats that an event carries could not be moved, so they may wait for the next of their group", err)
		}
	})
}

// moveRepeatsOf moves the repeats that one event carries to its first place, or drops them where
// the event is no longer posted.
func (r *run) moveRepeatsOf(j *job, data []byte) error {
	var keys []string
	if err := json.Unmarshal(data, &keys); err != nil {
		return err
	}
	for _, key := range keys {
		if slices.ContainsFunc(j.deliveries, func(d *delivery) bool { return d.key == key }) {
			continue
		}
		entries, err := r.State.Load(r.deadline.queueCtx, []string{key})
		if err != nil {
			return err
		}
		stored, err := readGroupState(entries[key])
		if err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
		repeats := stored.unposted()
		if repeats == nil || !strings.HasPrefix(stored.Carrier, j.eventID()+" ") {
			continue
		}
		if len(j.deliveries) > 0 {
			if err := r.addRepeats(j.deliveries[0], repeats); err != nil {
				return err
			}
		} else {
			r.Log.LogAttrs(r.deadline.queueCtx, slog.LevelWarn, "repeats that are no longer told",
				slog.Int("events", repeats.Count),
				slog.String("eventID", slack.Cut(j.eventID(), maxField)), slog.String("outcome", string(j.outcome)))
		}
		// Last: repeats that are posted twice, because this fails, are better than lost ones.
		r.updateGroup(key, func(s *groupState) { s.Pending, s.Posting, s.Carrier = nil, nil, "" })
	}
	return nil
}

// addRepeats adds repeats to the group of a delivery, which posts them.
func (r *run) addRepeats(d *delivery, repeats *message.Group) error {
	first := *repeats.First
	first.Mention = r.rendered(d).Mention // the old route may mention people whom the new one does not
	repeats = repeats.Clone()
	repeats.First = &first
	return state.Update(r.deadline.queueCtx, r.State, d.key, (*groupState).expires,
		func(s *groupState) (*groupState, bool) {
			if s == nil {
				s = &groupState{}
			}
			if s.Pending == nil {
				s.Pending = repeats
			} else {
				s.Pending = s.Pending.Merge(repeats)
			}
			return s, true
		})
}
