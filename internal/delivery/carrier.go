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

// carriesUntil is as long as the event may be in a queue.
func carriesUntil([]string) time.Time {
	return time.Now().Add(contract.QueueRetention + contract.DeadLetterRetention)
}

// carry notes that an event brings along the repeats of a conversation.
func (r *run) carry(d *delivery) error {
	return state.Update(r.clock.queue, r.State, contract.CarriedKey(d.eventID()), state.Entry{}, carriesUntil, func(keys []string) ([]string, bool) {
		return append(keys, d.key), !slices.Contains(keys, d.key)
	})
}

// adopt looks whether events that come back brought repeats along for conversations that are no longer theirs, and moves those.
func (r *run) adopt(jobs []*job) {
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
	entries, err := r.State.Load(r.clock.queue, keys)
	if err != nil {
		r.complain("what events bring along is not known, so repeats may stay untold until the next of them", err)
		return
	}
	var found []string
	for key := range entries {
		found = append(found, key)
	}
	parallel(found, func(key string) {
		if err := guard(func() error { return r.adoptAll(byKey[key], entries[key].Data) }); err != nil {
			r.complain("what an event brought along could not be moved, so repeats may stay untold until the next of them", err)
		}
	})
}

// adoptAll moves what one event brought along to its first place, or takes it away where nobody is told of the event any more.
func (r *run) adoptAll(j *job, data []byte) error {
	var keys []string
	if err := json.Unmarshal(data, &keys); err != nil {
		return err
	}
	for _, key := range keys {
		if slices.ContainsFunc(j.deliveries, func(d *delivery) bool { return d.key == key }) {
			continue
		}
		entries, err := r.State.Load(r.clock.queue, []string{key})
		if err != nil {
			return err
		}
		kept, err := readConversation(entries[key])
		if err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
		orphans := kept.waiting()
		if orphans == nil || !strings.HasPrefix(kept.Carrier, j.eventID()+" ") {
			continue
		}
		if len(j.deliveries) > 0 {
			if err := r.give(j.deliveries[0], orphans); err != nil {
				return err
			}
		} else {
			r.Log.LogAttrs(r.clock.queue, slog.LevelWarn, "repeats that are no longer told", slog.Int("events", orphans.Count),
				slog.String("eventID", slack.Cut(j.eventID(), maxField)), slog.String("outcome", string(j.outcome)))
		}
		// After it: what is moved twice, because this fails, is better than what is lost.
		r.change(key, func(c *conversation) { c.Pending, c.Telling, c.Carrier = nil, nil, "" })
	}
	return nil
}

// give adds repeats to the conversation of a delivery, which then tells them.
func (r *run) give(d *delivery, orphans *message.Group) error {
	first := *orphans.First
	first.Mention = r.written(d).Mention // the old route's may call people whom the new one does not
	orphans = orphans.Clone()
	orphans.First = &first
	entries, err := r.State.Load(r.clock.queue, []string{d.key})
	if err != nil {
		return err
	}
	return state.Update(r.clock.queue, r.State, d.key, entries[d.key], (*conversation).expires, func(c *conversation) (*conversation, bool) {
		if c == nil {
			c = &conversation{}
		}
		if c.Pending == nil {
			c.Pending = orphans
		} else {
			c.Pending = c.Pending.Merge(orphans)
		}
		return c, true
	})
}
