// Package notifier is the work of the Lambda: it takes CloudTrail events from a queue, finds the rules that they match and tells
// people in Slack. What Slack cannot take now goes back to the queue, what it will never take to the dead-letter queue; nothing
// is dropped.
package notifier

import (
	"context"
	"log/slog"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/slack-go/slack"

	"github.com/trailbus/trailbus/internal/cloudtrail"
	"github.com/trailbus/trailbus/internal/settings"
	"github.com/trailbus/trailbus/rules"
)

// Outcome is what became of an event.
type Outcome string

// The outcomes. Each event has one of them.
const (
	Posted    Outcome = "posted"    // told
	Muted     Outcome = "muted"     // every rule that it matched is muted for it
	Unmatched Outcome = "unmatched" // forwarded, but no rule wants it
	Returned  Outcome = "returned"  // back to the queue, to be tried again
	Dead      Outcome = "dead"      // to the dead-letter queue, with the reason
)

// Notifier handles batches of a queue, one at a time. Its fields are all needed.
type Notifier struct {
	Settings *settings.Settings
	Webhooks Webhooks
	Slack    Poster
	Queue    Returner
	Log      *slog.Logger

	// notBefore holds, by webhook name, until when Slack asked not to be asked. Names come from the configuration alone, so there
	// are few.
	notBefore map[string]time.Time
}

// Webhooks gives the URL of an incoming webhook; [webhook.Secret] does.
type Webhooks interface {
	URL(ctx context.Context, name string) (url string, usedDefault bool, err error)
	Renew(ctx context.Context, name, refused string) (changed bool, err error)
}

// Poster posts to Slack; [webhook.Client] does.
type Poster interface {
	Post(ctx context.Context, url string, m *slack.WebhookMessage) error
}

// Returner sends messages elsewhere than to Slack; [Queue] does.
type Returner interface {
	Hide(ctx context.Context, receiptHandle string, d time.Duration) error
	Bury(ctx context.Context, body, reason string) error
}

// job is one message of a batch, and what it came to.
type job struct {
	item    events.SQSMessage
	start   time.Time
	outcome Outcome
	reason  string
	// wait is how long Slack asked to wait, where that is the reason to return it.
	wait  time.Duration
	event *cloudtrail.Event
	rules []*rules.Rule
	// route is the webhook's name, webhook the name under which it was found.
	route, webhook string
	message        *slack.WebhookMessage
	// noBlocks is why Slack did not take the message's blocks.
	noBlocks string
}

// Handle handles one batch. It returns no error: an item fails alone.
func (n *Notifier) Handle(ctx context.Context, batch events.SQSEvent) (events.SQSEventResponse, error) {
	c, end := newClock(ctx)
	defer end()
	var response events.SQSEventResponse
	returned := map[string]bool{}
	finish := func(j *job) {
		n.finish(c.queue, j)
		if id := j.item.MessageId; j.outcome == Returned && !returned[id] {
			returned[id] = true
			response.BatchItemFailures = append(response.BatchItemFailures, events.SQSBatchItemFailure{ItemIdentifier: id})
		}
	}
	// What Slack asks to wait for waits until the others are done, and then here: if all of a storm went back to the queue at once, it
	// would come back at once, and take days at a few messages each time.
	var waiting []*job
	for _, item := range batch.Records {
		j := &job{item: item, start: time.Now()}
		attempt(j, func() { n.handle(c, j) })
		if j.wait > 0 {
			waiting = append(waiting, j)
		} else {
			finish(j)
		}
	}
	for len(waiting) > 0 {
		next := n.soonest(waiting)
		j := waiting[next]
		if j.wait = time.Until(n.notBefore[j.webhook]); c.sleep(j.wait) {
			if attempt(j, func() { n.tell(c, j) }); j.wait > 0 {
				continue
			}
		}
		waiting = append(waiting[:next], waiting[next+1:]...)
		finish(j)
	}
	return response, nil
}

// soonest is the index of the job whose webhook may be asked first; of equals, the first.
func (n *Notifier) soonest(waiting []*job) int {
	soonest := 0
	for i, j := range waiting {
		if n.notBefore[j.webhook].Before(n.notBefore[waiting[soonest].webhook]) {
			soonest = i
		}
	}
	return soonest
}

// attempt does something about one message. A panic is a mistake of ours about this one message: it must not cost the others.
func attempt(j *job, f func()) {
	j.wait = 0
	if err := guard(func() error { f(); return nil }); err != nil {
		j.outcome, j.reason = Dead, err.Error()
	}
}

// finish sends a message that was not told where it belongs, and logs what became of it.
func (n *Notifier) finish(ctx context.Context, j *job) {
	if j.outcome == Dead {
		if err := guard(func() error { return n.Queue.Bury(ctx, j.item.Body, j.reason) }); err != nil {
			j.outcome, j.reason = Returned, j.reason+"; the dead-letter queue did not take it: "+err.Error()
		}
	}
	if j.outcome == Returned {
		hidden := backOff(receiveCount(j.item), j.wait)
		if err := guard(func() error { return n.Queue.Hide(ctx, j.item.ReceiptHandle, hidden) }); err != nil {
			// It comes back all the same, when the visibility timeout ends.
			j.reason += "; its visibility timeout could not be changed: " + err.Error()
		}
	}
	n.log(ctx, j)
}
