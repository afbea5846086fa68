package notifier

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/slack-go/slack"

	"github.com/trailbus/trailbus/internal/settings"
	"github.com/trailbus/trailbus/internal/webhook"
	"github.com/trailbus/trailbus/routes"
)

// lane is a Slack that takes one message a second for each webhook.
type lane struct {
	mu   sync.Mutex
	next map[string]time.Time
	told map[string][]time.Time // by webhook
}

func (l *lane) Post(_ context.Context, url string, _ *slack.WebhookMessage) error {
	time.Sleep(150 * time.Millisecond)
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	if l.next[url].After(now) {
		return &webhook.Error{Reason: "rate_limited", Temporary: true, RetryAfter: time.Second}
	}
	l.next[url] = now.Add(time.Second)
	l.told[url] = append(l.told[url], now)
	return nil
}

// room is an SQS queue.
type room struct {
	mu       sync.Mutex
	items    []*events.SQSMessage // nil where it was deleted
	visible  map[string]time.Time
	receives map[string]int
	buried   int
}

func (r *room) add(id, body string) {
	r.items = append(r.items, &events.SQSMessage{MessageId: id, ReceiptHandle: id, Body: body})
	r.visible[id] = time.Now()
}

func (r *room) Hide(_ context.Context, id string, d time.Duration) error {
	time.Sleep(10 * time.Millisecond)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.visible[id] = time.Now().Add(d)
	return nil
}

func (r *room) Bury(context.Context, string, string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.buried++
	return nil
}

func (r *room) receive() (batch events.SQSEvent, empty bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.items = slices.DeleteFunc(r.items, func(m *events.SQSMessage) bool { return r.visible[m.MessageId].IsZero() })
	slices.SortStableFunc(r.items, func(a, b *events.SQSMessage) int { return r.visible[a.MessageId].Compare(r.visible[b.MessageId]) })
	for _, m := range r.items[:min(len(r.items), settings.BatchSize)] {
		if r.visible[m.MessageId].After(time.Now()) {
			break
		}
		r.receives[m.MessageId]++
		r.visible[m.MessageId] = time.Now().Add(settings.VisibilityTimeout)
		received := *m
		received.Attributes = map[string]string{"ApproximateReceiveCount": strconv.Itoa(r.receives[m.MessageId])}
		batch.Records = append(batch.Records, received)
	}
	return batch, len(r.items) == 0
}

func (r *room) remove(batch events.SQSEvent, response events.SQSEventResponse) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, m := range batch.Records {
		if !slices.Contains(response.BatchItemFailures, events.SQSBatchItemFailure{ItemIdentifier: m.MessageId}) {
			delete(r.visible, m.MessageId)
		}
	}
}

// TestStorm lets 800 alerts arrive at once, and one more for another channel, on a clock of its own.
func TestStorm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const many = 800
		queue := &room{visible: map[string]time.Time{}, receives: map[string]int{}}
		slack := &lane{next: map[string]time.Time{}, told: map[string][]time.Time{}}
		for i := range many {
			queue.add(fmt.Sprint(i), createUser(fmt.Sprint(i), accountA))
		}
		queue.add("urgent", createUser("urgent", accountB))
		start := time.Now()
		var runs sync.WaitGroup
		for range 2 { // what SlackNotifier lets run at a time
			n := &Notifier{Webhooks: anyName{}, Slack: slack, Queue: queue, Log: slog.New(slog.DiscardHandler), Settings: testSettings(t)}
			n.Settings.Routes = routes.Table{{Accounts: []string{accountB}, Webhook: "urgent"}}
			runs.Go(func() {
				for time.Since(start) < 24*time.Hour {
					batch, empty := queue.receive()
					if empty {
						return
					}
					if len(batch.Records) == 0 {
						time.Sleep(time.Second)
						continue
					}
					ctx, end := context.WithTimeout(t.Context(), settings.FunctionTimeout)
					response, err := n.Handle(ctx, batch)
					if err != nil || ctx.Err() != nil {
						t.Errorf("a run ended with %v, its context with %v", err, ctx.Err())
					}
					end()
					queue.remove(batch, response)
				}
			})
		}
		runs.Wait()
		told, urgent := slack.told["https://default"], slack.told["https://urgent"]
		if len(told) != many || len(urgent) != 1 || queue.buried != 0 {
			t.Fatalf("%d and %d were told and %d buried, want %d, 1 and 0", len(told), len(urgent), queue.buried, many)
		}
		most := 0
		for _, count := range queue.receives {
			most = max(most, count)
		}
		last := told[many-1].Sub(start)
		t.Logf("800 told after %s, the one for another channel after %s, received %d times at most", last, urgent[0].Sub(start), most)
		if last > time.Hour || urgent[0].Sub(start) > 10*time.Minute || most > settings.MaxReceiveCount/10 {
			t.Error("want an hour, 10 minutes, and a tenth of the receives that lead to the dead-letter queue, at most")
		}
	})
}

// anyName has a webhook of every name.
type anyName struct{}

func (anyName) URL(_ context.Context, name string) (string, bool, error) {
	return "https://" + name, false, nil
}

func (anyName) Renew(context.Context, string, string) (bool, error) { return false, nil }

const (
	accountA = "111111111111"
	accountB = "222222222222"
)

// createUser is an event that the rule "users" of testSettings matches.
func createUser(id, account string) string {
	return strings.NewReplacer("<id>", id, "<account>", account).Replace(`{"version":"0","id":"e-<id>","detail-type":"AWS API Call via CloudTrail",` +
		`"source":"aws.iam","account":"<account>","time":"2026-03-04T05:06:07Z","region":"us-east-1","resources":[],"detail":{"eventVersion":"1.11",` +
		`"userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::<account>:user/alice","accountId":"<account>","userName":"alice"},` +
		`"eventTime":"2026-03-04T05:06:07Z","eventSource":"iam.amazonaws.com","eventName":"CreateUser","awsRegion":"us-east-1",` +
		`"sourceIPAddress":"198.51.100.7","requestParameters":{"userName":"bob"},"responseElements":null,"eventID":"<id>",` +
		`"eventType":"AwsApiCall","recipientAccountId":"<account>"}}`)
}
