// Package notifier is the work of the Lambda: it takes CloudTrail events from a queue, finds the rules that they match and tells
// people in Slack. What Slack cannot take now goes back to the queue, what it will never take to the dead-letter queue; nothing
// is dropped, and nothing is told twice.
//
// An event is claimed, posted and confirmed. A run that crashes in between leaves claims that end with the run's time, and its
// messages come back. One window remains: a run that ends after Slack took a message and before that is noted, or an answer of Slack
// that gets lost, tells the events of that message again. It is as long as one write to the database, or one request to Slack.
package notifier

import (
	"context"
	"crypto/rand"
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/slack-go/slack"

	"github.com/trailbus/trailbus/internal/cloudtrail"
	"github.com/trailbus/trailbus/internal/message"
	"github.com/trailbus/trailbus/internal/settings"
	"github.com/trailbus/trailbus/internal/state"
	"github.com/trailbus/trailbus/rules"
)

// Outcome is what became of an event.
type Outcome string

// The outcomes. Each event has one of them in each run.
const (
	Posted    Outcome = "posted"    // told, the first in its message
	Folded    Outcome = "folded"    // counted in a message, or in the next one
	Muted     Outcome = "muted"     // every rule that it matched is muted for it
	Duplicate Outcome = "duplicate" // told before
	Unmatched Outcome = "unmatched" // forwarded, but no rule wants it
	Returned  Outcome = "returned"  // back to the queue, to be tried again
	Dead      Outcome = "dead"      // to the dead-letter queue, with the reason
)

var outcomes = []Outcome{Posted, Folded, Muted, Duplicate, Unmatched, Returned, Dead}

// Notifier handles batches of a queue, one at a time. Its fields are all needed.
type Notifier struct {
	Settings *settings.Settings
	Webhooks Webhooks
	Slack    Poster
	Queue    Returner
	State    state.Store
	Log      *slog.Logger
	// Metrics takes a line of JSON for each run, which CloudWatch makes metrics of.
	Metrics io.Writer

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

// Returner sends messages elsewhere than to Slack; [Queue] does. It is used by several goroutines.
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
	// wait is how long to stay away, at least, where that is the reason to return it; held says that it is a repeat that waits for
	// its turn, so that no more than that is added.
	wait time.Duration
	held bool
	// id is what the event is known by; twin is an event of the batch with the same id, whose fate it shares.
	id   string
	twin *job

	event *cloudtrail.Event
	rules []*rules.Rule
	alert *message.Message
	// key is that of the messages that one message may stand for, on one webhook.
	key string
	// route is the webhook's name, webhook the name under which it was found.
	route, webhook string
	// remark is what an operator should know of an event that was told all the same.
	remark string
}

// Handle handles one batch. It returns no error: an item fails alone.
func (n *Notifier) Handle(ctx context.Context, batch events.SQSEvent) (events.SQSEventResponse, error) {
	c, end := newClock(ctx)
	defer end()
	r := &run{Notifier: n, clock: c, holder: rand.Text(), at: time.Now()}
	var jobs []*job
	for _, item := range batch.Records {
		j := &job{item: item, start: time.Now()}
		attempt(func() { r.decide(j) }, j)
		jobs = append(jobs, j)
	}
	r.claim(open(jobs))
	r.post(r.fold(open(jobs)))
	for _, j := range jobs {
		if j.twin != nil {
			j.follow()
		}
	}
	r.release(jobs)
	r.finish(jobs)
	r.account(jobs)

	var response events.SQSEventResponse
	returned := map[string]bool{}
	for _, j := range jobs {
		if id := j.item.MessageId; (j.outcome == Returned || j.outcome == "") && !returned[id] {
			returned[id] = true
			response.BatchItemFailures = append(response.BatchItemFailures, events.SQSBatchItemFailure{ItemIdentifier: id})
		}
	}
	return response, nil
}

// run is the work on one batch.
type run struct {
	*Notifier
	clock *clock
	// holder is the name under which this run claims events.
	holder string
	at     time.Time
}

// open are the jobs about which nothing is decided yet.
func open(jobs []*job) []*job {
	var left []*job
	for _, j := range jobs {
		if j.outcome == "" && j.twin == nil {
			left = append(left, j)
		}
	}
	return left
}

// follow gives a repeat within the batch the outcome of the first.
func (j *job) follow() {
	switch j.outcome = j.twin.outcome; j.outcome {
	case Posted, Folded, Dead:
		j.outcome, j.reason = Duplicate, "the same event is in the batch"
	case Returned:
		j.reason, j.wait, j.held = j.twin.reason, j.twin.wait, j.twin.held
	}
}

// attempt does something about some messages. A panic is a mistake of ours about these: it must not cost the others.
func attempt(f func(), jobs ...*job) {
	if err := guard(func() error { f(); return nil }); err != nil {
		for _, j := range jobs {
			j.outcome, j.reason, j.wait = Dead, err.Error(), 0
		}
	}
}

// finish sends the messages that were not told where they belong, and logs what became of each.
func (r *run) finish(jobs []*job) {
	parallel(jobs, func(j *job) {
		if j.outcome == Dead {
			if err := guard(func() error { return r.Queue.Bury(r.clock.queue, j.item.Body, j.reason) }); err != nil {
				j.outcome, j.reason = Returned, j.reason+"; the dead-letter queue did not take it: "+err.Error()
			}
		}
		if j.outcome == Returned {
			hidden := backOff(receiveCount(j.item), j.wait)
			if j.held {
				hidden = j.wait
			}
			if err := guard(func() error { return r.Queue.Hide(r.clock.queue, j.item.ReceiptHandle, hidden) }); err != nil {
				// It comes back all the same, when the visibility timeout ends.
				j.reason += "; its visibility timeout could not be changed: " + err.Error()
			}
		}
	})
	for _, j := range jobs {
		r.log(r.clock.queue, j)
	}
}

// parallel does something for each of many, some at a time: requests to AWS, of which a batch may need a thousand.
func parallel[T any](all []T, do func(T)) {
	const workers = 16
	var group sync.WaitGroup
	next := make(chan T)
	for range min(workers, len(all)) {
		group.Go(func() {
			for item := range next {
				do(item)
			}
		})
	}
	for _, item := range all {
		next <- item
	}
	close(next)
	group.Wait()
}
