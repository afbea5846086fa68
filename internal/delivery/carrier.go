package delivery

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/trailbus/trailbus/internal/contract"
	"github.com/trailbus/trailbus/internal/contract/state"
	"github.com/trailbus/trailbus/internal/slack"
	"github.com/trailbus/trailbus/internal/slack/message"
)

// carriedExpire is as long as the event may be in a queue.
func carriedExpire([]string) time.Time {
	return time.Now().Add(contract.QueueRetention + contract.DeadLetterRetention)
}

// saveCarrier notes that an event brings along the repeats of a conversation.
func (r *run) saveCarrier(d *delivery) error {
	return state.Update(r.deadline.queueCtx, r.State, contract.CarriedKey(d.eventID()), state.Entry{}, carriedExpire, func(keys []string) ([]string, bool) {
		return append(keys, d.key), !slices.Contains(keys, d.key)
	})
}

// moveRepeats looks whether events that come back brought repeats along for conversations that are no longer theirs, and moves those.
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
		r.warn("what events bring along is not known, so repeats may stay untold until the next of them", err)
		return
	}
	var found []string
	for key := range entries {
		found = append(found, key)
	}
	parallel(found, func(key string) {
		if err := catchPanic(func() error { return r.moveRepeatsOf(byKey[key], entries[key].Data) }); err != nil {
			r.warn("what an event brought along could not be moved, so repeats may stay untold until the next of them", err)
		}
	})
}

// moveRepeatsOf moves what one event brought along to its first place, or takes it away where nobody is told of the event any more.
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
		kept, err := readGroupState(entries[key])
		if err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
		orphans := kept.unposted()
		if orphans == nil || !strings.HasPrefix(kept.Carrier, j.eventID()+" ") {
			continue
		}
		if len(j.deliveries) > 0 {
			if err := r.addRepeats(j.deliveries[0], orphans); err != nil {
				return err
			}
		} else {
			r.Log.LogAttrs(r.deadline.queueCtx, slog.LevelWarn, "repeats that are no longer told", slog.Int("events", orphans.Count),
				slog.String("eventID", slack.Cut(j.eventID(), maxField)), slog.String("outcome", string(j.outcome)))
		}
		// After it: what is moved twice, because this fails, is better than what is lost.
		r.updateGroup(key, func(c *groupState) { c.Pending, c.Posting, c.Carrier = nil, nil, "" })
	}
	return nil
}

// addRepeats adds repeats to the conversation of a delivery, which then tells them.
func (r *run) addRepeats(d *delivery, orphans *message.Group) error {
	first := *orphans.First
	first.Mention = r.rendered(d).Mention // the old route's may call people whom the new one does not
	orphans = orphans.Clone()
	orphans.First = &first
	entries, err := r.State.Load(r.deadline.queueCtx, []string{d.key})
	if err != nil {
		return err
	}
	return state.Update(r.deadline.queueCtx, r.State, d.key, entries[d.key], (*groupState).expires, func(c *groupState) (*groupState, bool) {
		if c == nil {
			c = &groupState{}
		}
		if c.Pending == nil {
			c.Pending = orphans
		} else {
			c.Pending = c.Pending.Merge(orphans)
		}
		return c, true
	})
}
