// Package delivery posts alerts to Slack: it takes a batch of CloudTrail events from the queue,
// finds the rules that they match, and posts messages. A message that Slack cannot take now returns
// to the queue, one that Slack will never take goes to the dead-letter queue; none is dropped, and
// none is posted twice.
//
// An event is claimed, posted and confirmed. A run that crashes in between leaves claims that end
// with the run's time, and its messages come back. One window remains: where a run ends after Slack
// took a message and before the table has the confirmation, or where an answer of Slack is lost,
// the events of that message are posted again. The window is as long as one write to DynamoDB, or
// one request to Slack.
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

// Outcome is the result of a run for one message of the queue.
type Outcome string

// The outcomes. Each message has one of them in each run. Their text is what the log has.
const (
	Posted    Outcome = "posted"    // posted, as the first in its message
	Folded    Outcome = "folded"    // counted in a message, or in the next one
	Muted     Outcome = "muted"     // every rule that it matches is muted for it
	Duplicate Outcome = "duplicate" // posted before
	Unmatched Outcome = "unmatched" // no rule matches it
	Returned  Outcome = "returned"  // back to the queue, to be tried again
	Dead      Outcome = "dead"      // to the dead-letter queue, with the reason
	// Noted is recorded, and no event to post: a heartbeat, a probe, or a request to check the
	// forwarders.
	Noted Outcome = "noted"
)

// outcomes are all of them.
var outcomes = []Outcome{Posted, Folded, Muted, Duplicate, Unmatched, Returned, Dead, Noted}

// Notifier handles batches of a queue, one at a time. All fields are required but Accounts,
// Instances and Flush.
type Notifier struct {
	Settings *contract.Settings
	Webhooks Webhooks
	Slack    Poster
	Tokens   Tokens
	Bot      Bot
	Queue    SourceQueue
	State    state.Store
	// Accounts gives names to accounts.
	// Default: the names of the settings.
	Accounts Accounts
	// Instances are the forwarders that are expected beside those of the settings.
	// Default: none.
	Instances Instances
	Log       *slog.Logger
	// Metrics takes lines of JSON in CloudWatch's embedded metric format.
	Metrics io.Writer
	// Flush writes out Log and Metrics.
	// Default: they are not buffered.
	Flush func()

	// notBefore is the time, by place, before which Slack asked for no message. Places come from
	// the configuration alone, so there are few.
	notBefore map[string]time.Time
}

// Instances lists the instances of a stack set, as Regions by account: [accounts.Instances].
type Instances interface {
	List(ctx context.Context) (map[string][]string, error)
}

// Webhooks gives the URL of an incoming webhook by its name: [slack.Secret].
type Webhooks interface {
	URL(ctx context.Context, name string) (url string, usedDefault bool, err error)
	Renew(ctx context.Context, name, refused string) (changed bool, err error)
}

// Tokens gives the bot token: [slack.Secret].
type Tokens interface {
	Token(ctx context.Context) (slack.Token, error)
	RenewToken(ctx context.Context, refused slack.Token) (changed bool, err error)
}

// Poster posts to incoming webhooks: [slack.Webhooks].
type Poster interface {
	Post(ctx context.Context, url string, m *slackgo.WebhookMessage) error
}

// Bot posts with a bot token: [slack.Bot].
type Bot interface {
	Post(ctx context.Context, token slack.Token, channel string, m *slackgo.WebhookMessage) (slack.MessageRef, error)
	Reply(ctx context.Context, token slack.Token, to slack.MessageRef, m *slackgo.WebhookMessage) (slack.MessageRef, error)
	Update(ctx context.Context, token slack.Token, at slack.MessageRef, m *slackgo.WebhookMessage) error
}

// SourceQueue is the queue of the notifier, with its dead-letter queue: [Queue]. Several goroutines
// use it.
type SourceQueue interface {
	Delay(ctx context.Context, messages []DelayedMessage) []error // one for each message
	DeadLetter(ctx context.Context, body, reason string) error
	InFlight(ctx context.Context) (int, error)
}

// job is one message of a batch, and its outcome.
type job struct {
	item    events.SQSMessage
	start   time.Time
	outcome Outcome
	reason  string
	// wait is how long a returned message waits at least. With held, it waits for its group, and
	// exactly that long.
	wait time.Duration
	held bool

	// head is the part of the event that is kept, nil for none, and eventTime when the call was:
	// decoded, a thousand events take ten times the memory of their JSON.
	head      *cloudtrail.Head
	eventTime time.Time
	rules     []*rules.Rule
	// signal is the message where it is no CloudTrail event, or nil.
	signal *signal
	// deliveries are the event for each place where it is posted.
	deliveries []*delivery
	// warning is what an operator should know of an event that was posted.
	warning string
}

// Handle handles one batch. The error is always nil: a message fails alone.
func (n *Notifier) Handle(ctx context.Context, batch events.SQSEvent) (events.SQSEventResponse, error) {
	d, cancel := newDeadline(ctx)
	defer cancel()
	defer n.flush()
	r := &run{Notifier: n, deadline: d, holder: rand.Text(), start: time.Now(), seen: map[string]bool{}}
	r.names, r.external = r.accountNames()
	var jobs []*job
	for _, item := range batch.Records {
		j := &job{item: item, start: time.Now()}
		jobs = append(jobs, j)
		if !d.allows(reservedForPosts) {
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
	// holder is the name of this run in its claims.
	holder string
	start  time.Time
	// names are those of accounts by id, external the accounts that are not in the organization.
	names    map[string]string
	external map[string]bool
	// scratch is the body of the message that is being decided.
	scratch []byte
	// seen are the keys of the groups that have a delivery.
	seen map[string]bool
}

// finish dead-letters or delays the messages that were not posted, and logs the outcome of each.
func (r *run) finish(jobs []*job) {
	var failed []*job
	for _, j := range jobs {
		if j.outcome == Dead || j.outcome == Returned {
			failed = append(failed, j)
		}
	}
	parallel(failed, func(j *job) {
		if j.outcome != Dead {
			return
		}
		if err := catchPanic(func() error {
			return r.Queue.DeadLetter(r.deadline.queueCtx, j.item.Body,
				j.reason)
		}); err != nil {
			j.outcome, j.reason = Returned, j.reason+"; the dead-letter queue did not take it: "+err.Error()
		}
	})
	returned := slices.DeleteFunc(failed, func(j *job) bool { return j.outcome == Dead })
	parallel(slices.Collect(slices.Chunk(returned, delayBatchSize)), r.delayReturned)
	for _, j := range jobs {
		r.log(r.deadline.queueCtx, j)
	}
}

// delayReturned delays messages that are returned. One that cannot be delayed comes back when its
// visibility timeout ends.
func (r *run) delayReturned(jobs []*job) {
	var messages []DelayedMessage
	for _, j := range jobs {
		m := DelayedMessage{j.item.ReceiptHandle, backOff(receiveCount(j.item), j.wait)}
		if j.held {
			m.For = j.wait
		}
		messages = append(messages, m)
	}
	var failures []error
	if err := catchPanic(func() error {
		failures = r.Queue.Delay(r.deadline.queueCtx,
			messages)
		return nil
	}); err != nil {
		failures = slices.Repeat([]error{err}, len(jobs))
	}
	for i, err := range failures {
		if err != nil {
			jobs[i].reason += "; its visibility timeout could not be changed: " + err.Error()
		}
	}
}

// workers is how many requests to AWS run at a time. A batch may need a thousand.
const workers = 16

// parallel calls do for each, with up to [workers] at a time.
func parallel[T any](all []T, do func(T)) {
	var group errgroup.Group
	group.SetLimit(workers)
	for _, one := range all {
		group.Go(func() error { do(one); return nil })
	}
	_ = group.Wait()
}
