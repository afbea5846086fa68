package delivery

import (
	"cmp"
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

// Events that share rules, actor, account, Region and outcome are one message with a count. After a
// message, repeats wait until a window ends. The first of them returns to the queue until then and
// carries the others, which the table counts: so none is lost if no other repeat comes, and no
// timer is needed. While repeats come, the window doubles.
//
// A webhook cannot change what it posted, so each window ends with another message. With a bot
// token, the message is updated in place, which mentions no person, and so the windows are shorter.
const (
	firstWindow   = time.Minute
	longestWindow = time.Hour

	firstUpdate   = 10 * time.Second
	longestUpdate = 5 * time.Minute

	// longestUrgentWindow is the longest window of high and critical severities. With a longer one,
	// an attacker could make harmless calls for hours, and then the harmful one, which would be one
	// more repeat.
	longestUrgentWindow = 5 * time.Minute
	// updatePeriod is how long a message is updated. People do not see a change far up in the
	// channel.
	updatePeriod = time.Hour
	// maxNovelties is how many calls with a new signature a group posts before its window ends.
	maxNovelties = 5
)

// nextWindow is how long repeats wait after a message, by how long they waited before it; 0 before
// the first.
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

// groupState is what the table keeps of a group.
type groupState struct {
	// Next is when the next message may be posted, Window the time from the last message to Next.
	Next   time.Time     `json:"Next"`
	Window time.Duration `json:"Window"`
	// Pending are the repeats that wait to be posted, Carrier the id of the event in the queue that
	// carries them.
	Pending *message.Group `json:"Pending,omitempty"`
	Carrier string         `json:"Carrier,omitempty"`
	// Held is when the quiet hours end that hold back Pending and Carrier.
	Held time.Time `json:"Held,omitzero"`
	// Posting are the repeats that a run is posting. They are still there if it crashed.
	Posting *message.Group `json:"Telling,omitempty"`
	// Ref is the message in Slack that can be updated, Posted when it was posted, and Content what
	// it reports; all zero with a webhook.
	Ref     slack.MessageRef `json:"Ref,omitzero"`
	Posted  time.Time        `json:"Posted,omitzero"`
	Content *message.Group   `json:"Told,omitempty"`
	// Signatures are those of the posted calls of high and critical severity, Novelties how many
	// were posted before the window's end.
	Signatures []string `json:"Acts,omitempty"`
	Novelties  int      `json:"News,omitempty"`
}

// readGroupState decodes the state of a group; the zero value where there is no entry.
func readGroupState(entry state.Entry) (stored groupState, err error) {
	if len(entry.Data) == 0 {
		return stored, nil
	}
	if err := json.Unmarshal(entry.Data, &stored); err != nil {
		return groupState{}, err
	}
	for _, group := range []*message.Group{stored.Pending, stored.Posting, stored.Content} {
		if group != nil && group.First == nil {
			return groupState{}, errors.New("found repeats of nothing")
		}
	}
	return stored, nil
}

// unposted are all repeats that are not known to be posted; nil for none.
func (s *groupState) unposted() *message.Group {
	switch {
	case s.Posting == nil:
		return s.Pending
	case s.Pending == nil:
		return s.Posting
	}
	return s.Posting.Merge(s.Pending)
}

// group is the events of a run that can be one message.
type group struct {
	key        string
	place      routes.Place
	deliveries []*delivery
	// content is what is posted: the events, and those that were pending.
	content *message.Group
	// saved says that this run has saved the group as being posted; previous is its state before.
	saved    bool
	previous groupState
	// early says that it is posted before its window ends, and not as an update.
	early bool
	// heldUntil is when the quiet hours end that hold it back; zero for none.
	heldUntil time.Time
}

// groupNotRecorded is a warning of the log.
const groupNotRecorded = "what was posted could not be recorded, so repeats may be posted later, or twice"

// groupDeliveries groups the deliveries that can be one message, and returns the groups that are
// due.
func (r *run) groupDeliveries(deliveries []*delivery) []*group {
	byKey := map[string]*group{}
	var groups []*group
	var keys []string
	for _, d := range deliveries {
		if byKey[d.key] == nil {
			byKey[d.key] = &group{key: d.key, place: d.Place}
			groups, keys = append(groups, byKey[d.key]), append(keys, d.key)
		}
		g := byKey[d.key]
		g.deliveries = append(g.deliveries, d)
	}
	if len(groups) == 0 {
		return nil
	}
	r.holdInQuietHours(groups)
	entries, err := r.State.Load(r.deadline.slackCtx, keys)
	if err != nil {
		r.warn("what was posted before is unknown, so repeats may be posted one by one", err)
	}
	parallel(groups, func(g *group) {
		deadLetterOnPanic(func() { r.schedule(g, entries[g.key], err == nil) }, g.deliveries...)
	})
	return slices.DeleteFunc(groups, func(g *group) bool { return len(undecided(g.deliveries)) == 0 })
}

// schedule saves a group that is due as being posted; the events of others wait.
func (r *run) schedule(g *group, entry state.Entry, known bool) {
	if !known {
		r.scheduleWithoutState(g)
		return
	}
	for try := 0; ; try++ {
		saved, err := r.trySchedule(g, entry)
		if err == nil && !saved && try < 3 { // another run saved the group meanwhile
			var entries map[string]state.Entry
			if entries, err = r.State.Load(r.deadline.slackCtx, []string{g.key}); err == nil {
				entry = entries[g.key]
				continue
			}
		}
		switch {
		case err != nil:
			r.warn("what is posted could not be recorded, so repeats may be posted one by one", err)
			r.scheduleWithoutState(g)
		case !saved:
			for _, d := range g.deliveries {
				d.outcome, d.reason, d.wait = Returned, "another run posts the same group", busyDelay
			}
		}
		return
	}
}

// receivesWithoutState is how often an event is received before it is posted without the state: it
// may carry repeats that only the state knows, and no other event carries them. The back-off until
// then is two minutes.
const receivesWithoutState = 7

// scheduleWithoutState makes a group due whose state is unknown. Its events that came back from the
// queue wait first, since they may carry repeats.
func (r *run) scheduleWithoutState(g *group) {
	for _, d := range g.deliveries {
		if !g.heldUntil.IsZero() {
			d.delay(g.heldUntil, quietHoursReason(g.heldUntil))
		} else if receives := receiveCount(d.item); receives > 1 && receives < receivesWithoutState {
			d.outcome, d.reason = Returned, "the repeats that it may carry are unknown, because the state does not answer"
		}
	}
	if g.deliveries = undecided(g.deliveries); len(g.deliveries) > 0 {
		r.fill(g, groupState{}, g.deliveries)
	}
}

// trySchedule tries once; saved is false where the entry has changed meanwhile.
func (r *run) trySchedule(g *group, entry state.Entry) (saved bool, err error) {
	stored, err := readGroupState(entry)
	if err != nil {
		return false, err
	}
	now := time.Now()
	if g.heldUntil.After(now) {
		return r.postpone(g, stored.heldUntil(g.heldUntil, now), entry.Version, g.heldUntil, quietHoursReason(g.heldUntil))
	}
	early := stored.Next.After(now)
	novel := stored.firstNovel(g.deliveries)
	if g.early = early && stored.Novelties < maxNovelties && novel != nil; early && !g.early {
		return r.postpone(g, stored, entry.Version, stored.Next, "a repeat, posted with others at "+
			stored.Next.UTC().Format(time.RFC3339))
	}
	r.fill(g, stored, g.deliveries)
	if g.content.Again && novel != nil {
		if stored.unposted() != nil {
			g.content.AddOther(g.content.First) // nothing says that its call was posted
		}
		g.content.Lead(r.rendered(novel))
	}
	g.previous = stored
	next := groupState{}
	if g.content.Again {
		next = stored
		next.Pending, next.Carrier, next.Held = nil, "", time.Time{}
	}
	next.Posting = stored.unposted()
	if g.early {
		next.Novelties++
	}
	next.addSignatures(g.deliveries)
	next.Window = nextWindow(g.place, g.content.First.Severity, next.Window)
	next.Next = now.Add(next.Window)
	g.saved, err = r.saveGroup(g.key, entry.Version, next)
	return g.saved, err
}

// fill makes the content of a group: what was pending, and the events.
func (r *run) fill(g *group, stored groupState, deliveries []*delivery) {
	waiting := stored.unposted()
	g.content = waiting.Clone() // the stored content stays as it was, for when this is not posted
	var ways []string           // of novel calls: a message names all targets anyway
	for _, d := range deliveries {
		novel := stored.isNovel(d) && !slices.Contains(ways, d.summary.UntargetedSignature)
		if novel {
			ways = append(ways, d.summary.UntargetedSignature)
		}
		if g.content == nil {
			g.content = message.NewGroup(r.rendered(d))
			continue
		}
		g.content.Add(d.summary)
		if novel && g.content.TakesOthers() {
			g.content.AddOther(r.rendered(d))
		}
	}
	// Long after the window, the message does not say that it is a repeat.
	g.content.Again = !stored.Next.IsZero() && (waiting != nil || time.Since(stored.Next) < stored.Window)
}

// postpone keeps the events of a group for its next message. It is false where the entry has
// changed meanwhile.
func (r *run) postpone(g *group, stored groupState, version int64, until time.Time, reason string) (saved bool,
	err error) {
	var carrier *delivery
	var others []*delivery
	for _, d := range g.deliveries {
		if carrier == nil && (stored.Carrier == "" || stored.Carrier == d.id) {
			carrier = d
		} else {
			others = append(others, d)
		}
	}
	next := stored
	if carrier != nil && stored.Carrier == "" {
		if err := r.saveCarrier(carrier); err != nil {
			return false, err
		}
		next.Carrier = carrier.id
	}
	if len(others) > 0 {
		pending := &group{}
		r.fill(pending, groupState{Pending: stored.Pending, Signatures: stored.Signatures}, others)
		next.Pending = pending.content
	}
	if next.Carrier != stored.Carrier || len(others) > 0 {
		if saved, err := r.saveGroup(g.key, version, next); err != nil || !saved {
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

// delay returns an event to the queue until a time.
func (d *delivery) delay(until time.Time, reason string) {
	d.outcome, d.reason, d.wait, d.held = Returned, reason, time.Until(until), true
}

// expires is when the state of a group expires: with repeats that wait, when the event that carries
// them has left the queues.
func (s *groupState) expires() time.Time {
	if s.unposted() != nil {
		return time.Now().Add(contract.QueueRetention + contract.DeadLetterRetention)
	}
	if next := s.Next.Add(s.Window); next.After(s.Held) {
		return next.Add(time.Hour)
	}
	return s.Held.Add(time.Hour)
}

func (r *run) saveGroup(key string, version int64, stored groupState) (saved bool, err error) {
	data, err := json.Marshal(stored)
	if err != nil {
		return false, err
	}
	return r.State.Save(r.deadline.queueCtx, key, version, data, stored.expires())
}

// markPosted records that a group was posted; ref is known where the message can be updated. Its
// events are confirmed already.
func (r *run) markPosted(g *group, ref slack.MessageRef, total *message.Group) {
	for i, d := range g.deliveries {
		if d.outcome = Folded; i == 0 {
			d.outcome = Posted
		}
	}
	if g.saved && (g.previous.unposted() != nil || ref.Known()) {
		r.updateGroup(g.key, func(s *groupState) {
			if s.Posting, s.Content = nil, total; s.Ref != ref {
				s.Ref, s.Posted = ref, time.Now()
			}
		})
	}
}

// markUnposted restores the state of a group that was not posted, with the repeats that came
// meanwhile.
func (r *run) markUnposted(g *group) {
	if g.saved {
		r.updateGroup(g.key, func(s *groupState) {
			s.Next, s.Window, s.Held, s.Pending, s.Posting = g.previous.Next, g.previous.Window, g.previous.Held, s.unposted(),
				nil
			s.Signatures, s.Novelties = g.previous.Signatures, g.previous.Novelties
		})
	}
}

// updateGroup changes the state of a group, as often as other runs change it meanwhile.
func (r *run) updateGroup(key string, change func(*groupState)) {
	var missing error
	err := state.Update(r.deadline.queueCtx, r.State, key, (*groupState).expires,
		func(stored *groupState) (*groupState, bool) {
			if stored == nil {
				missing = errors.New("the entry has expired")
				return nil, false
			}
			change(stored)
			return stored, true
		})
	if err = cmp.Or(err, missing); err != nil {
		r.warn(groupNotRecorded, err)
	}
}
