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
// (https://docs.slack.dev/apis/web-api/rate-limits), and a run waits for [waiting] at most.
const (
	// perRun is how many messages are told one by one. Of more, the most urgent are, and the others share digests.
	perRun = 8
	// alone is how many those are.
	alone = 3
)

// notice is one message for Slack, and what it tells of.
type notice struct {
	folds      []*fold
	deliveries []*delivery // of all folds
	message    *slackgo.WebhookMessage
	// plain is what is posted where Slack does not take the blocks. Default: the text of the message.
	plain *slackgo.WebhookMessage
	// place is where it goes, found the place where it went in the end.
	place, found routes.Place
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
func (r *run) post(folds []*fold) {
	// What Slack asks to wait for waits until the others are done, and then here: if all of a storm went back to the queue at once, it
	// would come back at once, and take days at a few messages each time.
	var waiting []*notice
	for _, m := range r.notices(folds) {
		if r.tell(m); m.wait > 0 {
			waiting = append(waiting, m)
		} else {
			r.conclude(m)
		}
	}
	for len(waiting) > 0 {
		next := r.soonest(waiting)
		m := waiting[next]
		if m.wait = time.Until(r.notBefore[m.found.Name()]); r.clock.sleep(m.wait) {
			if r.tell(m); m.wait > 0 {
				continue
			}
		}
		waiting = append(waiting[:next], waiting[next+1:]...)
		r.conclude(m)
	}
}

// notices writes the messages, the most urgent first.
func (r *run) notices(folds []*fold) []*notice {
	slices.SortStableFunc(folds, func(a, b *fold) int { return int(b.group.First.Severity) - int(a.group.First.Severity) })
	byPlace := map[string][]*fold{}
	for _, f := range folds {
		byPlace[f.place.Name()] = append(byPlace[f.place.Name()], f)
	}
	var notices []*notice
	rank := map[*notice]int{}
	seen := map[string]bool{}
	for _, f := range folds {
		name := f.place.Name()
		if seen[name] {
			continue
		}
		seen[name] = true
		single, late := apart(byPlace[name])
		var digest []*fold
		if len(single) > perRun {
			single, digest = single[:alone], single[alone:]
		}
		var here []*notice
		for _, f := range single {
			here = append(here, r.single(f))
		}
		here = append(here, r.digest("Many alerts at once", digest)...)
		for i, m := range append(here, r.digest("Held back in quiet hours", late)...) {
			rank[m], notices = i, append(notices, m)
		}
	}
	// In turn: where Slack is slow, the many of one place must not take the time of the others.
	slices.SortStableFunc(notices, func(a, b *notice) int { return rank[a] - rank[b] })
	return notices
}

// apart takes those away that quiet hours held back, if there is more than one.
func apart(folds []*fold) (others, late []*fold) {
	for _, f := range folds {
		if f.before.Held.IsZero() {
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

func newNotice(m *slackgo.WebhookMessage, folds ...*fold) *notice {
	n := &notice{folds: folds, message: m, place: folds[0].place, found: folds[0].place}
	for _, f := range folds {
		n.deliveries = append(n.deliveries, f.deliveries...)
	}
	return n
}

// single is the message of one fold. A mistake of ours in it costs its looks, and not the alert.
func (r *run) single(f *fold) *notice {
	n := newNotice(nil, f)
	err := guard(func() error {
		n.message, n.total = f.group.Slack(), f.group
		if before := f.before; f.group.Again && !f.news && time.Since(before.Posted) < updatedFor && before.Ref.Known() && before.Told != nil {
			n.total = before.Told.Merge(f.group)
			n.total.Again = false
			n.update, n.details, n.message = before.Ref, n.message, n.total.Slack()
		}
		return nil
	})
	if err != nil {
		d := f.deliveries[0]
		n.message = message.Minimal(message.Alert{Event: d.event(), Rules: d.rules, Mention: d.Mention}).Slack()
		d.remark = err.Error()
	}
	return n
}

// digest is the messages that name many folds, and say why. Where they cannot be written, each has its own.
func (r *run) digest(why string, folds []*fold) []*notice {
	if len(folds) == 0 {
		return nil
	}
	byGroup := map[*message.Group]*fold{}
	var groups []*message.Group
	for _, f := range folds {
		byGroup[f.group] = f
		groups = append(groups, f.group)
	}
	var notices []*notice
	err := guard(func() error {
		for _, page := range message.Digest(why, groups) {
			var named []*fold
			for _, g := range page.Groups {
				named = append(named, byGroup[g])
			}
			m := newNotice(page.Message, named...)
			m.plain = page.Plain
			notices = append(notices, m)
		}
		return nil
	})
	if err != nil {
		notices = nil
		for _, f := range folds {
			notices = append(notices, r.single(f))
			f.deliveries[0].remark = err.Error()
		}
	}
	return notices
}

// soonest is the index of the notice whose place may be asked first; of equals, the first.
func (r *run) soonest(waiting []*notice) int {
	soonest := 0
	for i, m := range waiting {
		if r.notBefore[m.found.Name()].Before(r.notBefore[waiting[soonest].found.Name()]) {
			soonest = i
		}
	}
	return soonest
}

// conclude notes what was told, and gives back what was not.
func (r *run) conclude(m *notice) {
	posted := m.deliveries[0].outcome == Posted
	ref, total := m.ref, m.total
	if len(m.folds) > 1 {
		ref, total = slack.MessageRef{}, nil // a digest is not updated: what comes next of one of its groups has a message of its own
	}
	if posted {
		if err := guard(func() error { r.confirm(m.deliveries); return nil }); err != nil {
			r.complain("events were told, and that could not be noted, so they may be told twice", err)
		}
	}
	parallel(m.folds, func(f *fold) {
		err := guard(func() error {
			if posted {
				r.told(f, ref, total)
			} else {
				r.untold(f)
			}
			return nil
		})
		if err != nil {
			r.complain("what was told could not be noted, so repeats may be told later, or twice", err)
		}
	})
}
