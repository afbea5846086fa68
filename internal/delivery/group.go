package delivery

import (
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/trailbus/trailbus/internal/contract"
	"github.com/trailbus/trailbus/internal/contract/state"
	"github.com/trailbus/trailbus/internal/slack"
	"github.com/trailbus/trailbus/internal/slack/message"
	"github.com/trailbus/trailbus/routes"
	"github.com/trailbus/trailbus/rules"
)

// Events that share rule, actor, account, Region and outcome are told by one message with a count. After a message, its repeats wait
// until a window has passed. The first of them goes back to the queue until then, and brings the others along, which are counted in
// the database: so nothing is forgotten if no other repeat comes, and no clock is needed. While repeats come, the window doubles.
//
// A webhook cannot change what it posted, so each window ends with another message. With a bot token, the message is updated in place,
// which calls nobody, and so the windows are shorter.
const (
	firstWindow   = time.Minute
	longestWindow = time.Hour

	firstUpdate   = 10 * time.Second
	longestUpdate = 5 * time.Minute

	// longestUrgentWindow is the longest window of what is high or critical. It would pay to do something harmless for hours, and then the act
	// itself, which would be one more repeat.
	longestUrgentWindow = 5 * time.Minute
	// updatePeriod is how long a message is updated. Nobody sees the change of one that is far up in the channel.
	updatePeriod = time.Hour
	// maxNovelties is how often in a conversation an act is told before its window ends, because it is high or critical, succeeded and is
	// unlike what was told.
	maxNovelties = 5
)

// nextWindow is how long repeats wait after a message, given how long they did before it; 0 before the first.
func nextWindow(place routes.Place, severity rules.Severity, before time.Duration) time.Duration {
	first, longest := firstWindow, longestWindow
	if place.Channel != "" {
		first, longest = firstUpdate, longestUpdate
	}
	if severity >= rules.High {
		longest = min(longest, longestUrgentWindow)
	}
	return min(max(2*before, first), longest)
}

// groupState is what is kept of the messages of one key.
type groupState struct {
	// Next is when the next message may be posted, Window how long after the one before that is.
	Next   time.Time     `json:"Next"`
	Window time.Duration `json:"Window"`
	// Pending are the repeats that wait to be told, and Carrier the id of the event in the queue that brings them along.
	Pending *message.Group `json:"Pending,omitempty"`
	Carrier string         `json:"Carrier,omitempty"`
	// Held is when the quiet hours end that kept them, and the Carrier, from being told.
	Held time.Time `json:"Held,omitzero"`
	// Posting are those that a run is about to tell. They are still there if it crashed.
	Posting *message.Group `json:"Telling,omitempty"`
	// Ref is the message in Slack that can be updated, Posted when that was posted, and Told what it tells of; nothing with a webhook.
	Ref     slack.MessageRef `json:"Ref,omitzero"`
	Posted  time.Time        `json:"Posted,omitzero"`
	Content *message.Group   `json:"Told,omitempty"`
	// Signatures are what was told of the high and critical, and News how often that was before the window's end.
	Signatures []string `json:"Acts,omitempty"`
	Novelties  int      `json:"News,omitempty"`
}

// readGroupState reads what is kept of one; the zero value where nothing is.
func readGroupState(entry state.Entry) (kept groupState, err error) {
	if len(entry.Data) == 0 {
		return kept, nil
	}
	if err := json.Unmarshal(entry.Data, &kept); err != nil {
		return groupState{}, err
	}
	for _, group := range []*message.Group{kept.Pending, kept.Posting, kept.Content} {
		if group != nil && group.First == nil {
			return groupState{}, errors.New("found repeats of nothing")
		}
	}
	return kept, nil
}

// unposted are all repeats that were not told, as far as is known.
func (c *groupState) unposted() *message.Group {
	switch {
	case c.Posting == nil:
		return c.Pending
	case c.Pending == nil:
		return c.Posting
	}
	return c.Posting.Merge(c.Pending)
}

// group is the events of a run that one message may stand for.
type group struct {
	key        string
	place      routes.Place
	deliveries []*delivery
	// content is what is told of them, with those that were pending.
	content *message.Group
	// saved says that the turn was taken, and before what was kept before.
	saved    bool
	previous groupState
	// early says that it is told before its turn, and not as an update.
	early bool
	// heldUntil is when the quiet hours end that keep it from being told; the zero value where none do.
	heldUntil time.Time
}

// errOtherRun says that another run was quicker.
var errOtherRun = errors.New("another run tells of the same")

// groupDeliveries puts together what one message may stand for, and gives what may be told now.
func (r *run) groupDeliveries(deliveries []*delivery) []*group {
	byKey := map[string]*group{}
	var folds []*group
	var keys []string
	for _, d := range deliveries {
		if byKey[d.key] == nil {
			byKey[d.key] = &group{key: d.key, place: d.Place}
			folds, keys = append(folds, byKey[d.key]), append(keys, d.key)
		}
		f := byKey[d.key]
		f.deliveries = append(f.deliveries, d)
	}
	if len(folds) == 0 {
		return nil
	}
	r.holdInQuietHours(folds)
	entries, err := r.State.Load(r.deadline.slackCtx, keys)
	if err != nil {
		r.warn("what was told before is not known, so repeats may be told one by one", err)
	}
	parallel(folds, func(f *group) {
		deadLetterOnPanic(func() { r.schedule(f, entries[f.key], err == nil) }, f.deliveries...)
	})
	return slices.DeleteFunc(folds, func(f *group) bool { return len(undecided(f.deliveries)) == 0 })
}

// schedule finds out whether it is the turn of a fold, and takes it; else its events wait.
func (r *run) schedule(f *group, entry state.Entry, known bool) {
	for try := 0; ; try++ {
		if !known {
			r.scheduleWithoutState(f)
			return
		}
		taken, err := r.trySchedule(f, entry)
		if err == nil && taken {
			return
		}
		if err == nil && try < 3 { // somebody was quicker: see what he left
			var entries map[string]state.Entry
			if entries, err = r.State.Load(r.deadline.slackCtx, []string{f.key}); err == nil {
				entry = entries[f.key]
				continue
			}
		}
		if err == nil {
			for _, d := range f.deliveries {
				d.outcome, d.reason, d.wait = Returned, errOtherRun.Error(), busyDelay
			}
			return
		}
		r.warn("what is told could not be noted, so repeats may be told one by one", err)
		known = false
	}
}

// receivesWithoutState is how often an event is received before it is told without the state: it may bring repeats along that only the state
// knows, and nobody else would bring them. The back-off until then is two minutes.
const receivesWithoutState = 7

// scheduleWithoutState tells events of which the state says nothing. What came back before waits a little, in case that it brings others along.
func (r *run) scheduleWithoutState(f *group) {
	for _, d := range f.deliveries {
		if !f.heldUntil.IsZero() {
			d.delay(f.heldUntil, quietHoursReason(f.heldUntil))
		} else if receives := receiveCount(d.item); receives > 1 && receives < receivesWithoutState {
			d.outcome, d.reason = Returned, "what it may bring along is not known, because the state does not answer"
		}
	}
	if f.deliveries = undecided(f.deliveries); len(f.deliveries) > 0 {
		r.fill(f, groupState{}, f.deliveries)
	}
}

// trySchedule is one try; it is not taken where the entry has changed meanwhile.
func (r *run) trySchedule(f *group, entry state.Entry) (taken bool, err error) {
	kept, err := readGroupState(entry)
	if err != nil {
		return false, err
	}
	now := time.Now()
	if f.heldUntil.After(now) {
		return r.postpone(f, kept.heldUntil(f.heldUntil, now), entry.Version, f.heldUntil, quietHoursReason(f.heldUntil))
	}
	early := kept.Next.After(now)
	unlike := kept.firstNovel(f.deliveries)
	if f.early = early && kept.Novelties < maxNovelties && unlike != nil; early && !f.early {
		return r.postpone(f, kept, entry.Version, kept.Next, "a repeat, told with others at "+kept.Next.UTC().Format(time.RFC3339))
	}
	r.fill(f, kept, f.deliveries)
	if f.content.Again && unlike != nil {
		if kept.unposted() != nil {
			f.content.AddOther(f.content.First) // nothing says that what it did was told
		}
		f.content.Lead(r.rendered(unlike))
	}
	f.previous = kept
	next := groupState{Posting: kept.unposted()}
	if f.content.Again {
		next.Window, next.Ref, next.Posted, next.Content, next.Signatures, next.Novelties = kept.Window, kept.Ref, kept.Posted, kept.Content, kept.Signatures, kept.Novelties
	}
	if f.early {
		next.Novelties++
	}
	next.addSignatures(f.deliveries)
	next.Window = nextWindow(f.place, f.content.First.Severity, next.Window)
	next.Next = now.Add(next.Window)
	f.saved, err = r.saveGroup(f.key, entry.Version, next)
	return f.saved, err
}

// fill makes the group that is told: what was pending, and the events.
func (r *run) fill(f *group, kept groupState, deliveries []*delivery) {
	waiting := kept.unposted()
	f.content = waiting.Clone() // what is kept is kept as it was, for when this is not told
	var ways []string           // in which something was done that was not told; which targets there were is told anyway
	for _, d := range deliveries {
		unlike := kept.isNovel(d) && !slices.Contains(ways, d.summary.Way)
		if unlike {
			ways = append(ways, d.summary.Way)
		}
		if f.content == nil {
			f.content = message.NewGroup(r.rendered(d))
			continue
		}
		f.content.Add(d.summary)
		if unlike && f.content.TakesOthers() {
			f.content.AddOther(r.rendered(d))
		}
	}
	// Long after the window, it is a new story.
	f.content.Again = !kept.Next.IsZero() && (waiting != nil || time.Since(kept.Next) < kept.Window)
}

// postpone keeps the events of a fold for the next message, which may be posted at a time.
func (r *run) postpone(f *group, kept groupState, version int64, until time.Time, reason string) (taken bool, err error) {
	var carrier *delivery
	var others []*delivery
	for _, d := range f.deliveries {
		if carrier == nil && (kept.Carrier == "" || kept.Carrier == d.id) {
			carrier = d
		} else {
			others = append(others, d)
		}
	}
	next := kept
	if carrier != nil && kept.Carrier == "" {
		if err := r.saveCarrier(carrier); err != nil {
			return false, err
		}
		next.Carrier = carrier.id
	}
	if len(others) > 0 {
		pending := &group{}
		r.fill(pending, groupState{Pending: kept.Pending, Signatures: kept.Signatures}, others)
		next.Pending = pending.content
	}
	if next.Carrier != kept.Carrier || len(others) > 0 {
		if taken, err := r.saveGroup(f.key, version, next); err != nil || !taken {
			return false, err
		}
	}
	if carrier != nil {
		carrier.delay(until, reason)
	}
	if len(others) > 0 {
		for _, d := range others {
			d.outcome, d.reason = Folded, reason
		}
		r.confirm(others)
	}
	return true, nil
}

// delay sends an event back to the queue until a time.
func (d *delivery) delay(until time.Time, reason string) {
	d.outcome, d.reason, d.wait, d.held = Returned, reason, time.Until(until), true
}

// expires is until when a conversation is kept: with repeats that wait, as long as the event that brings them along may be in a queue.
func (c *groupState) expires() time.Time {
	if c.unposted() != nil {
		return time.Now().Add(contract.QueueRetention + contract.DeadLetterRetention)
	}
	if next := c.Next.Add(c.Window); next.After(c.Held) {
		return next.Add(time.Hour)
	}
	return c.Held.Add(time.Hour)
}

func (r *run) saveGroup(key string, version int64, kept groupState) (taken bool, err error) {
	data, err := json.Marshal(kept)
	if err != nil {
		return false, err
	}
	return r.State.Save(r.deadline.queueCtx, key, version, data, kept.expires())
}

// markPosted notes that a fold was told, with a bot token by a message that can be updated. Its events are confirmed already.
func (r *run) markPosted(f *group, ref slack.MessageRef, total *message.Group) {
	for i, d := range f.deliveries {
		if d.outcome = Folded; i == 0 {
			d.outcome = Posted
		}
	}
	if f.saved && (f.previous.unposted() != nil || ref.Known()) {
		r.updateGroup(f.key, func(c *groupState) {
			if c.Posting, c.Content = nil, total; c.Ref != ref {
				c.Ref, c.Posted = ref, time.Now()
			}
		})
	}
}

// markUnposted gives back the turn of a fold that was not told, with what is pending.
func (r *run) markUnposted(f *group) {
	if f.saved {
		r.updateGroup(f.key, func(c *groupState) {
			c.Next, c.Window, c.Held, c.Pending, c.Posting = f.previous.Next, f.previous.Window, f.previous.Held, c.unposted(), nil
			c.Signatures, c.Novelties = f.previous.Signatures, f.previous.Novelties
		})
	}
}

// updateGroup changes what is kept of a conversation, whoever else does.
func (r *run) updateGroup(key string, change func(*groupState)) {
	entries, err := r.State.Load(r.deadline.queueCtx, []string{key})
	if err == nil && entries[key].Version == 0 {
		err = errors.New("it is gone")
	}
	if err == nil {
		err = state.Update(r.deadline.queueCtx, r.State, key, entries[key], (*groupState).expires, func(kept *groupState) (*groupState, bool) {
			if kept == nil {
				return nil, false // it has expired meanwhile
			}
			change(kept)
			return kept, true
		})
	}
	if err != nil {
		r.warn("what was told could not be noted, so repeats may be told later, or twice", err)
	}
}
