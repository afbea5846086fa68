// Package notifier is the work of the Lambda: it takes CloudTrail events from a queue, finds the rules that they match and tells
// people in Slack. What Slack cannot take now goes back to the queue, what it will never take to the dead-letter queue; nothing
// is dropped.
package notifier

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/slack-go/slack"

	"github.com/trailbus/trailbus/internal/cloudtrail"
	"github.com/trailbus/trailbus/internal/message"
	"github.com/trailbus/trailbus/internal/settings"
	"github.com/trailbus/trailbus/internal/webhook"
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

// Notifier handles batches of a queue. Its fields are all needed.
type Notifier struct {
	Settings *settings.Settings
	Webhooks Webhooks
	Slack    Poster
	Queue    Returner
	Log      *slog.Logger
	Now      func() time.Time

	// notBefore holds, by webhook name, until when Slack asked not to be asked.
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

// enoughTime is what one more message may need: two requests to Slack of 10 seconds each, and the return of the rest.
const enoughTime = 25 * time.Second

// result is what one message of a batch came to.
type result struct {
	outcome    Outcome
	reason     string
	retryAfter time.Duration
	event      *cloudtrail.Event
	rules      []*rules.Rule
	webhook    string
}

// Handle handles one batch. It returns no error: an item fails alone.
func (n *Notifier) Handle(ctx context.Context, batch events.SQSEvent) (events.SQSEventResponse, error) {
	var response events.SQSEventResponse
	for _, item := range batch.Records {
		start := n.Now()
		r := n.handle(ctx, item.Body)
		if r.outcome == Dead {
			if err := n.Queue.Bury(ctx, item.Body, r.reason); err != nil {
				r = result{outcome: Returned, reason: fmt.Sprintf("%s; the dead-letter queue did not take it: %v", r.reason, err), event: r.event, rules: r.rules}
			}
		}
		if r.outcome == Returned {
			response.BatchItemFailures = append(response.BatchItemFailures, events.SQSBatchItemFailure{ItemIdentifier: item.MessageId})
			if err := n.Queue.Hide(ctx, item.ReceiptHandle, backOff(receiveCount(item), r.retryAfter)); err != nil {
				// It comes back all the same, when the visibility timeout ends.
				r.reason = fmt.Sprintf("%s; its visibility timeout could not be changed: %v", r.reason, err)
			}
		}
		n.log(ctx, item, r, n.Now().Sub(start))
	}
	return response, nil
}

// handle decides about one message. A panic is a mistake of ours about this one message: it must not cost the others.
func (n *Notifier) handle(ctx context.Context, body string) (r result) {
	defer func() {
		if failure := recover(); failure != nil {
			r = result{outcome: Dead, reason: fmt.Sprintf("bug in Trailbus: %v", failure), event: r.event}
		}
	}()
	event, err := cloudtrail.Parse([]byte(body))
	if err != nil {
		return result{outcome: Dead, reason: fmt.Sprintf("no CloudTrail event: %v", err)}
	}
	r.event = event
	if err := genuine(event); err != nil {
		r.outcome, r.reason = Dead, err.Error()
		return r
	}
	told, muted, err := n.Settings.Judge([]byte(body), n.Now())
	if err != nil {
		r.outcome, r.reason = Dead, fmt.Sprintf("cannot be matched: %v", err)
		return r
	}
	if len(told) == 0 {
		if r.outcome = Unmatched; muted != nil {
			r.outcome, r.reason = Muted, "muted by "+muted.Owner
		}
		return r
	}
	r.rules = told
	r.webhook = n.Settings.Routes.Webhook(r.rules[0].Severity, event.Account)
	m := message.New(message.Alert{Event: event, Rules: r.rules, AccountNames: n.Settings.Accounts})
	n.tell(ctx, m.Slack(), &r)
	return r
}

// genuine refuses what AWS cannot have sent. The bus rule asks for the source as well; whoever wrote that rule may change it.
func genuine(event *cloudtrail.Event) error {
	if !strings.HasPrefix(event.Source, "aws.") {
		return fmt.Errorf("the source %.64q does not begin with aws., so anybody may have put it", event.Source)
	}
	if to := event.Record.RecipientAccount; to != "" && to != event.Account {
		return fmt.Errorf("it came from account %.12q and speaks of account %.12q", event.Account, to)
	}
	return nil
}

// tell posts a message and fills in what became of it.
func (n *Notifier) tell(ctx context.Context, m *slack.WebhookMessage, r *result) {
	if wait := n.notBefore[r.webhook].Sub(n.Now()); wait > 0 {
		r.outcome, r.reason, r.retryAfter = Returned, "Slack asked to wait", wait
		return
	}
	if deadline, ok := ctx.Deadline(); ok && deadline.Sub(n.Now()) < enoughTime {
		r.outcome, r.reason = Returned, "no time left in this run"
		return
	}
	url, usedDefault, err := n.Webhooks.URL(ctx, r.webhook)
	if err != nil {
		r.outcome, r.reason = Returned, err.Error() // an operator can mend it, and then it is told
		return
	}
	if usedDefault {
		n.Log.WarnContext(ctx, "the secret has no such webhook, the default is used", "webhook", r.webhook)
	}
	err = n.Slack.Post(ctx, url, m)
	if refusal := (*webhook.Error)(nil); errors.As(err, &refusal) && refusal.Revoked {
		// Somebody may have made a new webhook and put it into the secret.
		changed, renewError := n.Webhooks.Renew(ctx, r.webhook, url)
		if renewError != nil {
			r.outcome, r.reason = Returned, renewError.Error()
			return
		}
		if changed {
			if url, _, err = n.Webhooks.URL(ctx, r.webhook); err == nil {
				err = n.Slack.Post(ctx, url, m)
			}
		}
	}
	refusal := (*webhook.Error)(nil)
	switch {
	case err == nil:
		r.outcome = Posted
	case errors.As(err, &refusal) && !refusal.Temporary:
		r.outcome, r.reason = Dead, err.Error()
	default:
		r.outcome, r.reason = Returned, err.Error()
		if refusal != nil && refusal.RetryAfter > 0 {
			r.retryAfter = refusal.RetryAfter
			if n.notBefore == nil {
				n.notBefore = map[string]time.Time{}
			}
			n.notBefore[r.webhook] = n.Now().Add(refusal.RetryAfter)
		}
	}
}

// maxBackOff is the longest that a returned message is hidden. With the queue's maxReceiveCount it decides how long Trailbus
// tries; SlackNotifier does the arithmetic.
const maxBackOff = 15 * time.Minute

// backOff doubles from 2 seconds, and is never shorter than what Slack asked for.
func backOff(receives int, retryAfter time.Duration) time.Duration {
	d := maxBackOff
	if receives < 10 { // 2^9 s is the last below 15 minutes
		d = time.Second << max(receives, 1)
	}
	return max(d, retryAfter.Round(time.Second))
}

func receiveCount(item events.SQSMessage) int {
	count, err := strconv.Atoi(item.Attributes["ApproximateReceiveCount"])
	if err != nil {
		return 1
	}
	return count
}

// log writes the one line that says what became of an event.
func (n *Notifier) log(ctx context.Context, item events.SQSMessage, r result, took time.Duration) {
	level := slog.LevelInfo
	switch r.outcome {
	case Returned:
		level = slog.LevelWarn
	case Dead:
		level = slog.LevelError
	}
	attributes := []slog.Attr{
		slog.String("outcome", string(r.outcome)),
		slog.String("messageId", item.MessageId),
		slog.Int64("ms", took.Milliseconds()),
	}
	if e := r.event; e != nil {
		attributes = append(attributes,
			slog.String("eventID", e.Record.EventID),
			slog.String("eventSource", e.Record.EventSource),
			slog.String("eventName", e.Record.EventName),
			slog.String("account", e.Account),
			slog.String("region", e.Region),
		)
	}
	if len(r.rules) > 0 {
		ids := make([]string, len(r.rules))
		for i, rule := range r.rules {
			ids[i] = rule.ID
		}
		attributes = append(attributes, slog.Any("rules", ids))
	}
	if r.webhook != "" {
		attributes = append(attributes, slog.String("webhook", r.webhook))
	}
	if r.reason != "" {
		attributes = append(attributes, slog.String("reason", r.reason))
	}
	n.Log.LogAttrs(ctx, level, "event", attributes...)
}
