package delivery

import (
	"slices"
	"time"

	slackgo "github.com/slack-go/slack"

	"github.com/trailbus/trailbus/internal/slack"
	"github.com/trailbus/trailbus/internal/slack/message"
	"github.com/trailbus/trailbus/routes"
)

// What one place is given in a run: Slack takes about one message a second
// (https://docs.slack.dev/apis/web-api/rate-limits), and a run waits for [maxSleep] at most.
const (
	// maxMessages is how many messages are told one by one. Of more, the most urgent are, and the others share digests.
	maxMessages = 8
	// maxSingles is how many those are.
	maxSingles = 3
)

// notification is one message for Slack, and what it tells of.
type notification struct {
	groups     []*group
	deliveries []*delivery // of all folds
	message    *slackgo.WebhookMessage
	// plain is what is posted where Slack does not take the blocks. Default: the text of the message.
	plain *slackgo.WebhookMessage
	// place is where it goes, found the place where it went in the end.
	place, postedTo routes.Place
	// update is the message that it takes the place of, details what is then posted in that one's thread, and total what the message
	// tells of in all.
	update  slack.MessageRef
	details *slackgo.WebhookMessage
	total   *message.Group
	// ref is the message in Slack, where it can be updated.
	ref  slack.MessageRef
	wait time.Duration
}

// post tells the folds.
func (r *run) post(folds []*group) {
	// What Slack asks to wait for waits until the others are done, and then here: if all of a storm went back to the queue at once, it
	// would come back at once, and take days at a few messages each time.
	var waiting []*notification
	for _, m := range r.notifications(folds) {
		if r.send(m); m.wait > 0 {
			waiting = append(waiting, m)
		} else {
			r.finishNotification(m)
		}
	}
	for len(waiting) > 0 {
		next := r.nextAllowed(waiting)
		m := waiting[next]
		if m.wait = time.Until(r.notBefore[m.postedTo.Name()]); r.deadline.sleep(m.wait) {
			if r.send(m); m.wait > 0 {
				continue
			}
		}
		waiting = append(waiting[:next], waiting[next+1:]...)
		r.finishNotification(m)
	}
}

// notifications writes the messages, the most urgent first.
func (r *run) notifications(folds []*group) []*notification {
	slices.SortStableFunc(folds, func(a, b *group) int { return int(b.content.First.Severity) - int(a.content.First.Severity) })
	byPlace := map[string][]*group{}
	for _, f := range folds {
		byPlace[f.place.Name()] = append(byPlace[f.place.Name()], f)
	}
	var notices []*notification
	rank := map[*notification]int{}
	seen := map[string]bool{}
	for _, f := range folds {
		name := f.place.Name()
		if seen[name] {
			continue
		}
		seen[name] = true
		single, late := splitHeld(byPlace[name])
		var digest []*group
		if len(single) > maxMessages {
			single, digest = single[:maxSingles], single[maxSingles:]
		}
		var here []*notification
		for _, f := range single {
			here = append(here, r.single(f))
		}
		here = append(here, r.digest("Many alerts at once", digest)...)
		for i, m := range append(here, r.digest("Held back in quiet hours", late)...) {
			rank[m], notices = i, append(notices, m)
		}
	}
	// In turn: where Slack is slow, the many of one place must not take the time of the others.
	slices.SortStableFunc(notices, func(a, b *notification) int { return rank[a] - rank[b] })
	return notices
}

// splitHeld takes those away that quiet hours held back, if there is more than one.
func splitHeld(folds []*group) (others, late []*group) {
	for _, f := range folds {
		if f.previous.Held.IsZero() {
			others = append(others, f)
		} else {
			late = append(late, f)
		}
	}
	if len(late) == 1 {
		return folds, nil
	}
	return others, late
}

func newNotification(m *slackgo.WebhookMessage, folds ...*group) *notification {
	n := &notification{groups: folds, message: m, place: folds[0].place, postedTo: folds[0].place}
	for _, f := range folds {
		n.deliveries = append(n.deliveries, f.deliveries...)
	}
	return n
}

// single is the message of one fold. A mistake of ours in it costs its looks, and not the alert.
func (r *run) single(f *group) *notification {
	n := newNotification(nil, f)
	err := catchPanic(func() error {
		n.message, n.total = f.content.Slack(), f.content
		if before := f.previous; f.content.Again && !f.early && time.Since(before.Posted) < updatePeriod && before.Ref.Known() && before.Content != nil {
			n.total = before.Content.Merge(f.content)
			n.total.Again = false
			n.update, n.details, n.message = before.Ref, n.message, n.total.Slack()
		}
		return nil
	})
	if err != nil {
		d := f.deliveries[0]
		n.message = message.Minimal(message.Alert{Event: d.event(), Rules: d.rules, Mention: d.Mention}).Slack()
		d.warning = err.Error()
	}
	return n
}

// digest is the messages that name many folds, and say why. Where they cannot be written, each has its own.
func (r *run) digest(why string, folds []*group) []*notification {
	if len(folds) == 0 {
		return nil
	}
	byGroup := map[*message.Group]*group{}
	var groups []*message.Group
	for _, f := range folds {
		byGroup[f.content] = f
		groups = append(groups, f.content)
	}
	var notices []*notification
	err := catchPanic(func() error {
		for _, page := range message.Digest(why, groups) {
			var named []*group
			for _, g := range page.Groups {
				named = append(named, byGroup[g])
			}
			m := newNotification(page.Message, named...)
			m.plain = page.Plain
			notices = append(notices, m)
		}
		return nil
	})
	if err != nil {
		notices = nil
		for _, f := range folds {
			notices = append(notices, r.single(f))
			f.deliveries[0].warning = err.Error()
		}
	}
	return notices
}

// nextAllowed is the index of the notice whose place may be asked first; of equals, the first.
func (r *run) nextAllowed(waiting []*notification) int {
	soonest := 0
	for i, m := range waiting {
		if r.notBefore[m.postedTo.Name()].Before(r.notBefore[waiting[soonest].postedTo.Name()]) {
			soonest = i
		}
	}
	return soonest
}

// finishNotification notes what was told, and gives back what was not.
func (r *run) finishNotification(m *notification) {
	posted := m.deliveries[0].outcome == Posted
	ref, total := m.ref, m.total
	if len(m.groups) > 1 {
		ref, total = slack.MessageRef{}, nil // a digest is not updated: what comes next of one of its groups has a message of its own
	}
	if posted {
		if err := catchPanic(func() error { r.confirm(m.deliveries); return nil }); err != nil {
			r.warn("events were told, and that could not be noted, so they may be told twice", err)
		}
	}
	parallel(m.groups, func(f *group) {
		err := catchPanic(func() error {
			if posted {
				r.markPosted(f, ref, total)
			} else {
				r.markUnposted(f)
			}
			return nil
		})
		if err != nil {
			r.warn("what was told could not be noted, so repeats may be told later, or twice", err)
		}
	})
}
