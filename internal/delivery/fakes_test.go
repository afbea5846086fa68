package delivery

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	slackgo "github.com/slack-go/slack"

	"github.com/trailbus/trailbus/internal/contract"
	"github.com/trailbus/trailbus/internal/contract/state"
	"github.com/trailbus/trailbus/rules"
)

func testSettings(t testing.TB, mutes ...rules.Mute) *contract.Settings {
	t.Helper()
	set, err := rules.NewSet(
		&rules.Rule{ID: "users", Title: "A user was made", Severity: rules.Medium, Why: "Users last.", Calls: []string{"iam:CreateUser"}},
		&rules.Rule{ID: "any-user", Title: "Something about users", Severity: rules.Low, Calls: []string{"iam:CreateUser", "iam:DeleteUser"}},
		&rules.Rule{ID: "roles", Title: "A role was assumed", Severity: rules.High, Calls: []string{"sts:AssumeRole"}},
	)
	if err != nil {
		t.Fatal(err)
	}
	compiled, err := rules.NewMutes(mutes...)
	if err != nil {
		t.Fatal(err)
	}
	return &contract.Settings{Rules: set, Mutes: compiled, Accounts: map[string]string{accountA: "prod", accountB: "dev"}}
}

// fakeWebhooks are webhooks by name; "" fails.
type fakeWebhooks struct {
	urls    map[string]string
	renewed map[string]string // what a Renew finds
	renews  int
	err     error
}

func (h *fakeWebhooks) URL(_ context.Context, name string) (string, bool, error) {
	if h.err != nil {
		return "", false, h.err
	}
	if url := h.urls[name]; url != "" {
		return url, false, nil
	}
	return h.urls["default"], true, nil
}

func (h *fakeWebhooks) Renew(_ context.Context, name, refused string) (bool, error) {
	h.renews++
	if h.renewed != nil {
		h.urls = h.renewed
	}
	url, _, err := h.URL(context.Background(), name)
	return url != refused, err
}

// fakePoster does do[0], do[1] … for its posts; those after it succeed.
type fakePoster struct {
	do     []func(ctx context.Context, url string, m *slackgo.WebhookMessage) error
	urls   []string
	posted []*slackgo.WebhookMessage // taken
}

func (p *fakePoster) Post(ctx context.Context, url string, m *slackgo.WebhookMessage) error {
	p.urls = append(p.urls, url)
	if len(p.do) > 0 {
		do := p.do[0]
		p.do = p.do[1:]
		if do != nil {
			if err := do(ctx, url, m); err != nil {
				return err
			}
		}
	}
	p.posted = append(p.posted, m)
	return nil
}

func fails(err error) func(context.Context, string, *slackgo.WebhookMessage) error {
	return func(context.Context, string, *slackgo.WebhookMessage) error { return err }
}

// fakeQueue keeps the messages that are delayed and dead-lettered.
type fakeQueue struct {
	mu                      sync.Mutex
	delayed                 map[string]time.Duration
	bodies, reasons         []string
	delayErr, deadLetterErr error
	delayPanics             bool
	inFlight                int
}

func (b *fakeQueue) InFlight(context.Context) (int, error) { return b.inFlight, b.delayErr }

func (b *fakeQueue) Delay(ctx context.Context, messages []DelayedMessage) (failures []error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.delayPanics || len(messages) > 10 { // SQS takes no more
		panic(errors.New("hide"))
	}
	if b.delayed == nil {
		b.delayed = map[string]time.Duration{}
	}
	for _, m := range messages {
		b.delayed[m.ReceiptHandle] = m.For
		failures = append(failures, errors.Join(b.delayErr, ctx.Err()))
	}
	return failures
}

func (b *fakeQueue) DeadLetter(ctx context.Context, body, reason string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.deadLetterErr != nil {
		return b.deadLetterErr
	}
	b.bodies, b.reasons = append(b.bodies, body), append(b.reasons, reason)
	return ctx.Err()
}

// journal is everything that any test of this package logged, for TestMain.
var journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// world is a notifier among fakes.
type world struct {
	*Notifier
	webhooks *fakeWebhooks
	slack    *fakePoster
	queue    *fakeQueue
	log      *bytes.Buffer
	// metrics are the lines for CloudWatch.
	metrics *bytes.Buffer
}

func newWorld(t testing.TB, mutes ...rules.Mute) *world {
	w := &world{
		webhooks: &fakeWebhooks{urls: map[string]string{"default": "https://hooks.slack.com/services/T0/B0/" + token}},
		slack:    &fakePoster{}, queue: &fakeQueue{}, log: &bytes.Buffer{}, metrics: &bytes.Buffer{},
	}
	w.Notifier = &Notifier{Settings: testSettings(t, mutes...), Webhooks: w.webhooks, Slack: w.slack, Queue: w.queue, State: &state.Memory{}, Metrics: w.metrics, Log: slog.New(slog.NewJSONHandler(w.log, nil))}
	t.Cleanup(func() {
		journal.mu.Lock()
		defer journal.mu.Unlock()
		if journal.text.Len() < 64<<20 { // a fuzz test goes on and on
			journal.text.Write(w.log.Bytes())
		}
	})
	return w
}

// token stands in every webhook of the tests.
const token = "sEcReTtOkEn0123456789abc"

// line is what is logged of an event.
type line struct {
	Level, Msg, Outcome, MessageID, EventID, EventName, Account, To, Reason string
	Rules                                                                   []string
}

// lines are the log, which must be JSON, a line for each event.
func (w *world) lines(t testing.TB) []line {
	t.Helper()
	var all []line
	for text := range bytes.SplitSeq(bytes.TrimSpace(w.log.Bytes()), []byte("\n")) {
		if len(text) == 0 {
			continue
		}
		var l line
		if err := json.Unmarshal(text, &l); err != nil {
			t.Fatalf("log line %q: %v", text, err)
		}
		if l.Msg == "event" {
			all = append(all, l)
		}
	}
	return all
}

// batches are the lines of the runs.
func (w *world) batches(t testing.TB) []map[string]any {
	t.Helper()
	var all []map[string]any
	for text := range bytes.Lines(w.log.Bytes()) {
		var l map[string]any
		if err := json.Unmarshal(text, &l); err != nil {
			t.Fatal(err)
		}
		if l["msg"] == "batch" {
			all = append(all, l)
		}
	}
	return all
}

func item(id, body string) events.SQSMessage {
	return events.SQSMessage{MessageId: id, ReceiptHandle: "handle-" + id, Body: body, Attributes: map[string]string{"ApproximateReceiveCount": "1"}}
}

// run handles a batch and gives the ids that came back. It holds what holds for every batch: one
// line for each item, in which the outcome agrees with what came back.
func (w *world) run(ctx context.Context, t testing.TB, items ...events.SQSMessage) []string {
	t.Helper()
	before, received := len(w.lines(t)), len(items)
	response, err := w.Handle(ctx, events.SQSEvent{Records: items})
	if err != nil {
		t.Fatalf("Handle: %v", err)
	}
	var failed []string
	for _, f := range response.BatchItemFailures {
		failed = append(failed, f.ItemIdentifier)
	}
	lines, batches := w.lines(t)[before:], w.batches(t)
	// A signal has no line unless something is to be said of it: the line of the run counts it.
	silent := int(batches[len(batches)-1][string(Noted)].(float64))
	for _, l := range lines {
		if l.Outcome == string(Noted) {
			silent--
		}
	}
	items = slices.DeleteFunc(slices.Clone(items), func(i events.SQSMessage) bool {
		if silent > 0 && !slices.ContainsFunc(lines, func(l line) bool { return l.MessageID == i.MessageId }) {
			silent--
			return true
		}
		return false
	})
	checkLines(t, items, lines, failed)
	if batch := batches[len(batches)-1]; batch["unaccounted"] != nil || batch["received"] != float64(received) {
		t.Errorf("the run is not accounted for: %v", batch)
	}
	return failed
}

func checkLines(t testing.TB, items []events.SQSMessage, lines []line, failed []string) {
	t.Helper()
	if len(lines) != len(items) {
		t.Fatalf("%d lines for %d items", len(lines), len(items))
	}
	named, returned := map[string]int{}, map[string]bool{}
	for _, item := range items {
		named[item.MessageId]++
	}
	for _, l := range lines {
		named[l.MessageID]--
		switch Outcome(l.Outcome) {
		case Returned:
			returned[l.MessageID] = true
		case Posted, Folded, Muted, Duplicate, Unmatched, Dead, Noted:
		default:
			t.Errorf("outcome %q", l.Outcome)
		}
	}
	for id, count := range named {
		if count != 0 {
			t.Errorf("item %q: %d lines too few", id, count)
		}
	}
	for _, id := range failed {
		if !returned[id] {
			t.Errorf("item %q came back, but its line does not say so, or it came back twice", id)
		}
		delete(returned, id)
	}
	if len(returned) > 0 {
		t.Errorf("logged as returned, but not in the response: %v", returned)
	}
}
