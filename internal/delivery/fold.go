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

	// longestUrgent is the longest window of what is high or critical. It would pay to do something harmless for hours, and then the act
	// itself, which would be one more repeat.
	longestUrgent = 5 * time.Minute
	// updatedFor is how long a message is updated. Nobody sees the change of one that is far up in the channel.
	updatedFor = time.Hour
	// mostNews is how often in a conversation an act is told before its window ends, because it is high or critical, succeeded and is
	// unlike what was told.
	mostNews = 5
)

// windowAfter is how long repeats wait after a message, given how long they did before it; 0 before the first.
func windowAfter(place routes.Place, severity rules.Severity, before time.Duration) time.Duration {
	first, longest := firstWindow, longestWindow
	if place.Channel != "" {
		first, longest = firstUpdate, longestUpdate
	}
	if severity >= rules.High {
		longest = min(longest, longestUrgent)
	}
	return min(max(2*before, first), longest)
}

// conversation is what is kept of the messages of one key.
type conversation struct {
	// Next is when the next message may be posted, Window how long after the one before that is.
	Next   time.Time
	Window time.Duration
	// Pending are the repeats that wait to be told, and Carrier the id of the event in the queue that brings them along.
	Pending *message.Group `json:",omitempty"`
	Carrier string         `json:",omitempty"`
	// Held is when the quiet hours end that kept them, and the Carrier, from being told.
	Held time.Time `json:",omitzero"`
	// Telling are those that a run is about to tell. They are still there if it crashed.
	Telling *message.Group `json:",omitempty"`
	// Ref is the message in Slack that can be updated, Posted when that was posted, and Told what it tells of; nothing with a webhook.
	Ref    slack.MessageRef `json:",omitzero"`
	Posted time.Time        `json:",omitzero"`
	Told   *message.Group   `json:",omitempty"`
	// Acts are what was told of the high and critical, and News how often that was before the window's end.
	Acts []string `json:",omitempty"`
	News int      `json:",omitempty"`
}

// readConversation reads what is kept of one; the zero value where nothing is.
func readConversation(entry state.Entry) (kept conversation, err error) {
	if len(entry.Data) == 0 {
		return kept, nil
	}
	if err := json.Unmarshal(entry.Data, &kept); err != nil {
		return conversation{}, err
	}
	for _, group := range []*message.Group{kept.Pending, kept.Telling, kept.Told} {
		if group != nil && group.First == nil {
			return conversation{}, errors.New("found repeats of nothing")
		}
	}
	return kept, nil
}

// waiting are all repeats that were not told, as far as is known.
func (c *conversation) waiting() *message.Group {
	switch {
	case c.Telling == nil:
		return c.Pending
	case c.Pending == nil:
		return c.Telling
	}
	return c.Telling.Merge(c.Pending)
}

// fold is the events of a run that one message may stand for.
type fold struct {
	key        string
	place      routes.Place
	deliveries []*delivery
	// group is what is told of them, with those that were pending.
	group *message.Group
	// noted says that the turn was taken, and before what was kept before.
	noted  bool
	before conversation
	// news says that it is told before its turn, and not as an update.
	news bool
	// held is when the quiet hours end that keep it from being told; the zero value where none do.
	held time.Time
}

// errTaken says that another run was quicker.
var errTaken = errors.New("another run tells of the same")

// fold puts together what one message may stand for, and gives what may be told now.
func (r *run) fold(deliveries []*delivery) []*fold {
	byKey := map[string]*fold{}
	var folds []*fold
	var keys []string
	for _, d := range deliveries {
		if byKey[d.key] == nil {
			byKey[d.key] = &fold{key: d.key, place: d.Place}
			folds, keys = append(folds, byKey[d.key]), append(keys, d.key)
		}
		f := byKey[d.key]
		f.deliveries = append(f.deliveries, d)
	}
	if len(folds) == 0 {
		return nil
	}
	r.hold(folds)
	entries, err := r.State.Load(r.clock.talk, keys)
	if err != nil {
		r.complain("what was told before is not known, so repeats may be told one by one", err)
	}
	parallel(folds, func(f *fold) {
		attempt(func() { r.settle(f, entries[f.key], err == nil) }, f.deliveries...)
	})
	return slices.DeleteFunc(folds, func(f *fold) bool { return len(open(f.deliveries)) == 0 })
}

// settle finds out whether it is the turn of a fold, and takes it; else its events wait.
func (r *run) settle(f *fold, entry state.Entry, known bool) {
	for try := 0; ; try++ {
		if !known {
			r.tellBlindly(f)
			return
		}
		taken, err := r.settleOnce(f, entry)
		if err == nil && taken {
			return
		}
		if err == nil && try < 3 { // somebody was quicker: see what he left
			var entries map[string]state.Entry
			if entries, err = r.State.Load(r.clock.talk, []string{f.key}); err == nil {
				entry = entries[f.key]
				continue
			}
		}
		if err == nil {
			for _, d := range f.deliveries {
				d.outcome, d.reason, d.wait = Returned, errTaken.Error(), busyFor
			}
			return
		}
		r.complain("what is told could not be noted, so repeats may be told one by one", err)
		known = false
	}
}

// blindAfter is how often an event is received before it is told without the state: it may bring repeats along that only the state
// knows, and nobody else would bring them. The back-off until then is two minutes.
const blindAfter = 7

// tellBlindly tells events of which the state says nothing. What came back before waits a little, in case that it brings others along.
func (r *run) tellBlindly(f *fold) {
	for _, d := range f.deliveries {
		if !f.held.IsZero() {
			d.stay(f.held, quietUntil(f.held))
		} else if receives := receiveCount(d.item); receives > 1 && receives < blindAfter {
			d.outcome, d.reason = Returned, "what it may bring along is not known, because the state does not answer"
		}
	}
	if f.deliveries = open(f.deliveries); len(f.deliveries) > 0 {
		r.gather(f, conversation{}, f.deliveries)
	}
}

// settleOnce is one try; it is not taken where the entry has changed meanwhile.
func (r *run) settleOnce(f *fold, entry state.Entry) (taken bool, err error) {
	kept, err := readConversation(entry)
	if err != nil {
		return false, err
	}
	now := time.Now()
	if f.held.After(now) {
		return r.wait(f, kept.until(f.held, now), entry.Version, f.held, quietUntil(f.held))
	}
	early := kept.Next.After(now)
	unlike := kept.unlike(f.deliveries)
	if f.news = early && kept.News < mostNews && unlike != nil; early && !f.news {
		return r.wait(f, kept, entry.Version, kept.Next, "a repeat, told with others at "+kept.Next.UTC().Format(time.RFC3339))
	}
	r.gather(f, kept, f.deliveries)
	if f.group.Again && unlike != nil {
		if kept.waiting() != nil {
			f.group.AddOther(f.group.First) // nothing says that what it did was told
		}
		f.group.Lead(r.written(unlike))
	}
	f.before = kept
	next := conversation{Telling: kept.waiting()}
	if f.group.Again {
		next.Window, next.Ref, next.Posted, next.Told, next.Acts, next.News = kept.Window, kept.Ref, kept.Posted, kept.Told, kept.Acts, kept.News
	}
	if f.news {
		next.News++
	}
	next.learn(f.deliveries)
	next.Window = windowAfter(f.place, f.group.First.Severity, next.Window)
	next.Next = now.Add(next.Window)
	f.noted, err = r.save(f.key, entry.Version, next)
	return f.noted, err
}

// gather makes the group that is told: what was pending, and the events.
func (r *run) gather(f *fold, kept conversation, deliveries []*delivery) {
	waiting := kept.waiting()
	f.group = waiting.Clone() // what is kept is kept as it was, for when this is not told
	var ways []string         // in which something was done that was not told; which targets there were is told anyway
	for _, d := range deliveries {
		unlike := kept.lacks(d) && !slices.Contains(ways, d.brief.UntargetedSignature)
		if unlike {
			ways = append(ways, d.brief.UntargetedSignature)
		}
		if f.group == nil {
			f.group = message.NewGroup(r.written(d))
			continue
		}
		f.group.Add(d.brief)
		if unlike && f.group.TakesOthers() {
			f.group.AddOther(r.written(d))
		}
	}
	// Long after the window, it is a new story.
	f.group.Again = !kept.Next.IsZero() && (waiting != nil || time.Since(kept.Next) < kept.Window)
}

// wait keeps the events of a fold for the next message, which may be posted at a time.
func (r *run) wait(f *fold, kept conversation, version int64, until time.Time, reason string) (taken bool, err error) {
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
		if err := r.carry(carrier); err != nil {
			return false, err
		}
		next.Carrier = carrier.id
	}
	if len(others) > 0 {
		pending := &fold{}
		r.gather(pending, conversation{Pending: kept.Pending, Acts: kept.Acts}, others)
		next.Pending = pending.group
	}
	if next.Carrier != kept.Carrier || len(others) > 0 {
		if taken, err := r.save(f.key, version, next); err != nil || !taken {
			return false, err
		}
	}
	if carrier != nil {
		carrier.stay(until, reason)
	}
	if len(others) > 0 {
		for _, d := range others {
			d.outcome, d.reason = Folded, reason
		}
		r.confirm(others)
	}
	return true, nil
}

// stay sends an event back to the queue until a time.
func (d *delivery) stay(until time.Time, reason string) {
	d.outcome, d.reason, d.wait, d.held = Returned, reason, time.Until(until), true
}

// expires is until when a conversation is kept: with repeats that wait, as long as the event that brings them along may be in a queue.
func (c *conversation) expires() time.Time {
	if c.waiting() != nil {
		return time.Now().Add(contract.QueueRetention + contract.DeadLetterRetention)
	}
	if next := c.Next.Add(c.Window); next.After(c.Held) {
		return next.Add(time.Hour)
	}
	return c.Held.Add(time.Hour)
}

func (r *run) save(key string, version int64, kept conversation) (taken bool, err error) {
	data, err := json.Marshal(kept)
	if err != nil {
		return false, err
	}
	return r.State.Save(r.clock.queue, key, version, data, kept.expires())
}

// told notes that a fold was told, with a bot token by a message that can be updated. Its events are confirmed already.
func (r *run) told(f *fold, ref slack.MessageRef, total *message.Group) {
	for i, d := range f.deliveries {
		if d.outcome = Folded; i == 0 {
			d.outcome = Posted
		}
	}
	if f.noted && (f.before.waiting() != nil || ref.Known()) {
		r.change(f.key, func(c *conversation) {
			if c.Telling, c.Told = nil, total; c.Ref != ref {
				c.Ref, c.Posted = ref, time.Now()
			}
		})
	}
}

// untold gives back the turn of a fold that was not told, with what is pending.
func (r *run) untold(f *fold) {
	if f.noted {
		r.change(f.key, func(c *conversation) {
			c.Next, c.Window, c.Held, c.Pending, c.Telling = f.before.Next, f.before.Window, f.before.Held, c.waiting(), nil
			c.Acts, c.News = f.before.Acts, f.before.News
		})
	}
}

// change changes what is kept of a conversation, whoever else does.
func (r *run) change(key string, change func(*conversation)) {
	entries, err := r.State.Load(r.clock.queue, []string{key})
	if err == nil && entries[key].Version == 0 {
		err = errors.New("it is gone")
	}
	if err == nil {
		err = state.Update(r.clock.queue, r.State, key, entries[key], (*conversation).expires, func(kept *conversation) (*conversation, bool) {
			if kept == nil {
				return nil, false // it has expired meanwhile
			}
			change(kept)
			return kept, true
		})
	}
	if err != nil {
		r.complain("what was told could not be noted, so repeats may be told later, or twice", err)
	}
}
