package delivery

import (
	"cmp"
	"slices"
	"time"

	slackgo "github.com/slack-go/slack"

	"github.com/trailbus/trailbus/internal/slack"
	"github.com/trailbus/trailbus/internal/slack/message"
	"github.com/trailbus/trailbus/routes"
)

// The messages of one run for one place. Slack takes about one message a second
// (https://docs.slack.dev/apis/web-api/rate-limits), and a run waits for [maxSleep] at most.
const (
	// maxMessages is how many groups have a message each.
	maxMessages = 8
	// maxSingles is how many of those remain where there are more groups. They are the most severe;
	// the other groups share digests.
	maxSingles = 3
)

// notification is one message for Slack, with the groups that it reports.
type notification struct {
	groups     []*group
	deliveries []*delivery // of all groups
	message    *slackgo.WebhookMessage
	// plain is posted where Slack does not take the blocks.
	// Default: the text of the message.
	plain *slackgo.WebhookMessage
	// place is where it should go, postedTo the place where it went.
	place, postedTo routes.Place
	// update is the message that it replaces, details what is then posted in the thread of that
	// message, and total all that the message reports after the update.
	update  slack.MessageRef
	details *slackgo.WebhookMessage
	total   *message.Group
	// ref is the message in Slack, where it can be updated.
	ref  slack.MessageRef
	wait time.Duration
}

// post posts the groups.
func (r *run) post(groups []*group) {
	// Messages that Slack asks to delay wait here until the others are posted. If all messages of a
	// storm returned to the queue, they would come back at the same time, and a few of them be
	// posted each time, for days.
	var waiting []*notification
	for _, n := range r.notifications(groups) {
		if r.send(n); n.wait > 0 {
			waiting = append(waiting, n)
		} else {
			r.finishNotification(n)
		}
	}
	for len(waiting) > 0 {
		next := r.nextAllowed(waiting)
		n := waiting[next]
		if n.wait = time.Until(r.notBefore[n.postedTo.Name()]); r.deadline.sleep(n.wait) {
			if r.send(n); n.wait > 0 {
				continue
			}
		}
		waiting = slices.Delete(waiting, next, next+1)
		r.finishNotification(n)
	}
}

// notifications renders the messages, the most severe first.
func (r *run) notifications(groups []*group) []*notification {
	slices.SortStableFunc(groups, func(a, b *group) int {
		return cmp.Compare(b.content.First.Severity,
			a.content.First.Severity)
	})
	var places []string
	byPlace := map[string][]*group{}
	for _, g := range groups {
		name := g.place.Name()
		if byPlace[name] == nil {
			places = append(places, name)
		}
		byPlace[name] = append(byPlace[name], g)
	}
	var all []*notification
	rank := map[*notification]int{}
	for _, name := range places {
		singles, held := splitHeld(byPlace[name])
		var rest []*group
		if len(singles) > maxMessages {
			singles, rest = singles[:maxSingles], singles[maxSingles:]
		}
		var here []*notification
		for _, g := range singles {
			here = append(here, r.single(g))
		}
		here = append(here, r.digest("Many alerts at once", rest)...)
		for i, n := range append(here, r.digest("Held back in quiet hours", held)...) {
			rank[n], all = i, append(all, n)
		}
	}
	// The places take turns: where Slack is slow, the many messages of one must not take the time
	// of the others.
	slices.SortStableFunc(all, func(a, b *notification) int { return rank[a] - rank[b] })
	return all
}

// splitHeld separates the groups that quiet hours held back, if there is more than one.
func splitHeld(groups []*group) (others, held []*group) {
	for _, g := range groups {
		if g.previous.Held.IsZero() {
			others = append(others, g)
		} else {
			held = append(held, g)
		}
	}
	if len(held) == 1 {
		return groups, nil
	}
	return others, held
}

func newNotification(m *slackgo.WebhookMessage, groups ...*group) *notification {
	n := &notification{groups: groups, message: m, place: groups[0].place, postedTo: groups[0].place}
	for _, g := range groups {
		n.deliveries = append(n.deliveries, g.deliveries...)
	}
	return n
}

// single is the message of one group. A panic while it is rendered costs the layout and not the
// alert.
func (r *run) single(g *group) *notification {
	n := newNotification(nil, g)
	err := catchPanic(func() error {
		n.message, n.total = g.content.Slack(), g.content
		previous := g.previous
		if g.content.Again && !g.early && time.Since(previous.Posted) < updatePeriod && previous.Ref.Known() &&
			previous.Content != nil {
			n.total = previous.Content.Merge(g.content)
			n.total.Again = false
			n.update, n.details, n.message = previous.Ref, n.message, n.total.Slack()
		}
		return nil
	})
	if err != nil {
		d := g.deliveries[0]
		n.message = message.Minimal(message.Alert{Event: d.event(), Rules: d.rules, Mention: d.Mention}).Slack()
		d.warning = err.Error()
	}
	return n
}

// digest is the messages that name many groups under a title. Where they cannot be rendered, each
// group has a message of its own.
func (r *run) digest(title string, groups []*group) []*notification {
	if len(groups) == 0 {
		return nil
	}
	byContent := map[*message.Group]*group{}
	var contents []*message.Group
	for _, g := range groups {
		byContent[g.content] = g
		contents = append(contents, g.content)
	}
	var all []*notification
	err := catchPanic(func() error {
		for _, page := range message.Digest(title, contents) {
			var named []*group
			for _, content := range page.Groups {
				named = append(named, byContent[content])
			}
			n := newNotification(page.Message, named...)
			n.plain = page.Plain
			all = append(all, n)
		}
		return nil
	})
	if err != nil {
		all = nil
		for _, g := range groups {
			all = append(all, r.single(g))
			g.deliveries[0].warning = err.Error()
		}
	}
	return all
}

// nextAllowed is the index of the first notification of those whose place Slack allows first.
func (r *run) nextAllowed(waiting []*notification) int {
	next := 0
	for i, n := range waiting {
		if r.notBefore[n.postedTo.Name()].Before(r.notBefore[waiting[next].postedTo.Name()]) {
			next = i
		}
	}
	return next
}

// finishNotification records what was posted, and gives up the claims of what was not.
func (r *run) finishNotification(n *notification) {
	posted := n.deliveries[0].outcome == Posted
	ref, total := n.ref, n.total
	if len(n.groups) > 1 {
		// a digest is not updated: the next repeats of a group have a message of their own
		ref, total = slack.MessageRef{}, nil
	}
	if posted {
		if err := catchPanic(func() error { r.confirm(n.deliveries); return nil }); err != nil {
			r.warn("events were posted, and that could not be recorded, so they may be posted twice", err)
		}
	}
	parallel(n.groups, func(g *group) {
		err := catchPanic(func() error {
			if posted {
				r.markPosted(g, ref, total)
			} else {
				r.markUnposted(g)
			}
			return nil
		})
		if err != nil {
			r.warn(groupNotRecorded, err)
		}
	})
}
