package notifier

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/slack-go/slack"

	"github.com/trailbus/trailbus/internal/message"
	"github.com/trailbus/trailbus/internal/webhook"
	"github.com/trailbus/trailbus/routes"
)

// What one webhook is given in a run: Slack takes about one message a second
// (https://docs.slack.dev/apis/web-api/rate-limits), and a run waits for [waiting] at most.
const (
	// perRun is how many messages are told one by one. Of more, the most urgent are, and the others share digests.
	perRun = 8
	// alone is how many those are.
	alone = 3
)

// notice is one message for Slack, and what it tells of.
type notice struct {
	folds   []*fold
	message *slack.WebhookMessage
	// jobs are those of all folds.
	jobs []*job
	// route is the webhook's name, webhook the name under which it was found.
	route, webhook string
	wait           time.Duration
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
		if m.wait = time.Until(r.notBefore[m.webhook]); r.clock.sleep(m.wait) {
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
	byRoute := map[string][]*fold{}
	for _, f := range folds {
		byRoute[f.jobs[0].route] = append(byRoute[f.jobs[0].route], f)
	}
	var notices []*notice
	seen := map[string]bool{}
	for _, f := range folds {
		route := f.jobs[0].route
		if seen[route] {
			continue
		}
		seen[route] = true
		single, digest := byRoute[route], []*fold(nil)
		if len(single) > perRun {
			single, digest = single[:alone], single[alone:]
		}
		for _, f := range single {
			notices = append(notices, r.single(f))
		}
		notices = append(notices, r.digest(digest)...)
	}
	return notices
}

func newNotice(m *slack.WebhookMessage, folds ...*fold) *notice {
	n := &notice{folds: folds, message: m, route: folds[0].jobs[0].route}
	n.webhook = n.route
	for _, f := range folds {
		n.jobs = append(n.jobs, f.jobs...)
	}
	return n
}

// single is the message of one fold. A mistake of ours in it costs its looks, and not the alert.
func (r *run) single(f *fold) *notice {
	var m *slack.WebhookMessage
	if err := guard(func() error { m = f.group.Slack(); return nil }); err != nil {
		j := f.jobs[0]
		m = message.Minimal(message.Alert{Event: j.event, Rules: j.rules}).Slack()
		j.remark = err.Error()
	}
	return newNotice(m, f)
}

// digest is the messages that name many folds. Where they cannot be written, each has its own.
func (r *run) digest(folds []*fold) []*notice {
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
		for _, page := range message.Digest("Many alerts at once", groups) {
			var named []*fold
			for _, g := range page.Groups {
				named = append(named, byGroup[g])
			}
			notices = append(notices, newNotice(page.Message, named...))
		}
		return nil
	})
	if err != nil {
		notices = nil
		for _, f := range folds {
			notices = append(notices, r.single(f))
			f.jobs[0].remark = err.Error()
		}
	}
	return notices
}

// soonest is the index of the notice whose webhook may be asked first; of equals, the first.
func (r *run) soonest(waiting []*notice) int {
	soonest := 0
	for i, m := range waiting {
		if r.notBefore[m.webhook].Before(r.notBefore[waiting[soonest].webhook]) {
			soonest = i
		}
	}
	return soonest
}

// tell posts the message and fills in what became of it. It may be called again after a wait.
func (r *run) tell(m *notice) {
	m.wait = 0
	attempt(func() { m.answer(r.send(m)) }, m.jobs...)
	if m.wait > 0 && m.webhook != "" {
		if until := time.Now().Add(m.wait); until.After(r.notBefore[m.webhook]) {
			if r.Notifier.notBefore == nil {
				r.Notifier.notBefore = map[string]time.Time{}
			}
			r.Notifier.notBefore[m.webhook] = until
		}
	}
}

// errNoTime says that the run is nearly over.
var errNoTime = errors.New("no time left in this run")

func (r *run) send(m *notice) error {
	if !r.clock.enough(0) {
		return errNoTime
	}
	url, usedDefault, err := r.Webhooks.URL(r.clock.talk, m.route)
	if err != nil {
		return err // an operator can mend it, and then it is told
	}
	if usedDefault {
		m.webhook = routes.Default
	}
	if wait := time.Until(r.notBefore[m.webhook]); wait > 0 {
		return &webhook.Error{Reason: "Slack asked to wait", Temporary: true, RetryAfter: wait}
	}
	err = r.Slack.Post(r.clock.talk, url, m.message)
	if refused(err).Revoked {
		// Somebody may have made a new webhook and put it into the secret.
		changed, renewError := r.Webhooks.Renew(r.clock.talk, m.route, url)
		if renewError != nil {
			return fmt.Errorf("%w; %w", errors.New(err.Error()), renewError)
		}
		if changed {
			if url, _, err = r.Webhooks.URL(r.clock.talk, m.route); err == nil {
				err = r.Slack.Post(r.clock.talk, url, m.message)
			}
		}
	}
	if refusal := refused(err); refusal.Payload && m.message.Blocks != nil {
		// Better a plain message than none. It stays plain if Slack asks to wait before it.
		plain := *m.message
		plain.Blocks, plain.Attachments = nil, nil
		m.message = &plain
		m.jobs[0].remark = "Slack did not take the blocks (" + refusal.Reason + "), so the text went alone"
		err = r.Slack.Post(r.clock.talk, url, m.message)
	}
	return err
}

// answer says what an answer of Slack means for the jobs.
func (m *notice) answer(err error) {
	outcome, reason := Posted, ""
	if err != nil {
		outcome, reason = Returned, err.Error()
		refusal := (*webhook.Error)(nil)
		switch {
		case !errors.As(err, &refusal):
		case !refusal.Temporary:
			outcome = Dead
		default:
			m.wait = refusal.RetryAfter
		}
	}
	for _, j := range m.jobs {
		j.outcome, j.reason, j.wait, j.webhook = outcome, reason, m.wait, m.webhook
	}
}

// conclude notes what was told, and gives back what was not.
func (r *run) conclude(m *notice) {
	posted := m.jobs[0].outcome == Posted
	parallel(m.folds, func(f *fold) {
		if posted {
			r.told(f)
		} else {
			r.untold(f)
		}
	})
}

// refused gives Slack's refusal; the zero value where there is none.
func refused(err error) webhook.Error {
	if refusal := (*webhook.Error)(nil); errors.As(err, &refusal) {
		return *refusal
	}
	return webhook.Error{}
}
