// Package delivery is the way from a batch of the queue to posts in Slack: it takes CloudTrail events from a queue, finds the rules that they match and tells
// people in Slack. What Slack cannot take now goes back to the queue, what it will never take to the dead-letter queue; nothing
// is dropped, and nothing is told twice.
//
// An event is claimed, posted and confirmed. A run that crashes in between leaves claims that end with the run's time, and its
// messages come back. One window remains: a run that ends after Slack took a message and before that is noted, or an answer of Slack
// that gets lost, tells the events of that message again. It is as long as one write to the database, or one request to Slack.
package delivery

import (
	"context"
	"crypto/rand"
	"io"
	"log/slog"
	"slices"
	"time"

	"github.com/aws/aws-lambda-go/events"
	slackgo "github.com/slack-go/slack"
	"golang.org/x/sync/errgroup"

	"github.com/trailbus/trailbus/internal/cloudtrail"
	"github.com/trailbus/trailbus/internal/contract"
	"github.com/trailbus/trailbus/internal/contract/state"
	"github.com/trailbus/trailbus/internal/slack"
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
	Noted     Outcome = "noted"     // no event to be told: a heartbeat, a probe, or the request to look for silent forwarders
)

var outcomes = []Outcome{Posted, Folded, Muted, Duplicate, Unmatched, Returned, Dead, Noted}

// Notifier handles batches of a queue, one at a time. Its fields are all needed, but for Accounts and Instances and Flush.
type Notifier struct {
	Settings *contract.Settings
	Webhooks Webhooks
	Slack    Poster
	Tokens   Tokens
	Bot      Bot
	Queue    SourceQueue
	State    state.Store
	// Accounts finds out what accounts are called. Default: they have the names of the settings.
	Accounts Accounts
	// Instances are forwarders that must be heard, beside those of the settings. Default: there are none.
	Instances Instances
	Log       *slog.Logger
	// Metrics takes a line of JSON for each run, which CloudWatch makes metrics of.
	Metrics io.Writer
	// Flush prints what was logged and measured. Default: it is printed without being asked for.
	Flush func()

	// notBefore holds, by place, until when Slack asked not to be asked. Places come from the configuration alone, so there are few.
	notBefore map[string]time.Time
}

// Instances gives the forwarders that a stack set has made, as Regions by account; [accounts.Instances] does.
type Instances interface {
	List(ctx context.Context) (map[string][]string, error)
}

// Webhooks gives the URL of an incoming webhook; [slack.Secret] does.
type Webhooks interface {
	URL(ctx context.Context, name string) (url string, usedDefault bool, err error)
	Renew(ctx context.Context, name, refused string) (changed bool, err error)
}

// Tokens gives the bot token; [slack.Secret] does.
type Tokens interface {
	Token(ctx context.Context) (slack.Token, error)
	RenewToken(ctx context.Context, refused slack.Token) (changed bool, err error)
}

// Poster posts to incoming webhooks; [slack.Webhooks] does.
type Poster interface {
	Post(ctx context.Context, url string, m *slackgo.WebhookMessage) error
}

// Bot posts with a bot token; [slack.Bot] does.
type Bot interface {
	Post(ctx context.Context, token slack.Token, channel string, m *slackgo.WebhookMessage) (slack.MessageRef, error)
	Reply(ctx context.Context, token slack.Token, to slack.MessageRef, m *slackgo.WebhookMessage) (slack.MessageRef, error)
	Update(ctx context.Context, token slack.Token, at slack.MessageRef, m *slackgo.WebhookMessage) error
}

// SourceQueue sends messages elsewhere than to Slack; [Queue] does. It is used by several goroutines.
type SourceQueue interface {
	Delay(ctx context.Context, messages []Delay) []error // of each message
	DeadLetter(ctx context.Context, body, reason string) error
	InFlight(ctx context.Context) (int, error)
}

// job is one message of a batch, and what it came to.
type job struct {
	item    events.SQSMessage
	start   time.Time
	outcome Outcome
	reason  string
	// wait is how long to stay away, at least, where that is the reason to return it; held says that it waits for its turn, so that no
	// more than that is added.
	wait time.Duration
	held bool

	// head is what is kept of the event, nil where it is none, and made when that was, where it is told: decoded, a thousand events take
	// ten times what they take as they come.
	head      *cloudtrail.Head
	eventTime time.Time
	rules     []*rules.Rule
	// signal is what the message is instead of an event.
	signal *signal
	// deliveries are the places where it is told.
	deliveries []*delivery
	// warning is what an operator should know of an event that was told all the same.
	warning string
}

// Handle handles one batch. It returns no error: an item fails alone.
func (n *Notifier) Handle(ctx context.Context, batch events.SQSEvent) (events.SQSEventResponse, error) {
	c, end := newDeadline(ctx)
	defer end()
	defer n.flush()
	r := &run{Notifier: n, deadline: c, holder: rand.Text(), start: time.Now(), seen: map[string]bool{}}
	r.names, r.external = r.accountNames()
	var jobs []*job
	for _, item := range batch.Records {
		j := &job{item: item, start: time.Now()}
		jobs = append(jobs, j)
		if !c.allows(reservedForPosts) {
			j.outcome, j.reason = Returned, errNoTime.Error()
			continue
		}
		if err := catchPanic(func() error { r.decide(j); return nil }); err != nil {
			j.outcome, j.reason = Dead, err.Error()
		}
	}
	r.recordHeartbeats(jobs)
	r.recordProbes(jobs)
	r.moveRepeats(jobs)
	deliveries := deliveriesOf(jobs)
	r.claim(undecided(deliveries))
	r.resolveUnknownAccounts(undecided(deliveries))
	r.post(r.groupDeliveries(undecided(deliveries)))
	for _, d := range deliveries {
		if d.duplicateOf != nil {
			d.copyOutcome()
		}
	}
	r.release(deliveries)
	for _, j := range jobs {
		j.conclude()
	}
	r.runCheck(jobs)
	r.finish(jobs)
	r.reportMetrics(jobs)

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
	deadline *deadline
	// holder is the name under which this run claims events.
	holder string
	start  time.Time
	// names and strangers are what is known of accounts.
	names    map[string]string
	external map[string]bool
	// scratch is the body that is being looked at.
	scratch []byte
	// seen are the keys of the messages that were sketched.
	seen map[string]bool
}

// finish sends the messages that were not told where they belong, and logs what became of each.
func (r *run) finish(jobs []*job) {
	var away []*job
	for _, j := range jobs {
		if j.outcome == Dead || j.outcome == Returned {
			away = append(away, j)
		}
	}
	parallel(away, func(j *job) {
		if j.outcome != Dead {
			return
		}
		if err := catchPanic(func() error { return r.Queue.DeadLetter(r.deadline.queueCtx, j.item.Body, j.reason) }); err != nil {
			j.outcome, j.reason = Returned, j.reason+"; the dead-letter queue did not take it: "+err.Error()
		}
	})
	away = slices.DeleteFunc(away, func(j *job) bool { return j.outcome == Dead })
	parallel(slices.Collect(slices.Chunk(away, delayBatchSize)), r.delayReturned)
	for _, j := range jobs {
		r.log(r.deadline.queueCtx, j)
	}
}

// delayReturned hides messages that are returned. One that cannot be hidden comes back all the same, when its visibility timeout ends.
func (r *run) delayReturned(jobs []*job) {
	var messages []Delay
	for _, j := range jobs {
		h := Delay{j.item.ReceiptHandle, backOff(receiveCount(j.item), j.wait)}
		if j.held {
			h.For = j.wait
		}
		messages = append(messages, h)
	}
	var failures []error
	if err := catchPanic(func() error { failures = r.Queue.Delay(r.deadline.queueCtx, messages); return nil }); err != nil {
		failures = slices.Repeat([]error{err}, len(jobs))
	}
	for i, err := range failures {
		if err != nil {
			jobs[i].reason += "; its visibility timeout could not be changed: " + err.Error()
		}
	}
}

// workers is how many requests to AWS are made at a time, of which a batch may need a thousand.
const workers = 16

// parallel does something with all, as many at a time as there are workers.
func parallel[T any](all []T, do func(T)) {
	var group errgroup.Group
	group.SetLimit(workers)
	for _, one := range all {
		group.Go(func() error { do(one); return nil })
	}
	_ = group.Wait()
}
