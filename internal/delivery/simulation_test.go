package delivery

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-lambda-go/events"
	slackgo "github.com/slack-go/slack"

	"github.com/trailbus/trailbus/internal/contract"
	"github.com/trailbus/trailbus/internal/contract/state"
	"github.com/trailbus/trailbus/internal/local/lambdaruntime"
	"github.com/trailbus/trailbus/internal/slack"
	"github.com/trailbus/trailbus/routes"
)

// simulatedSlack is a Slack that takes one message a second for each webhook.
type simulatedSlack struct {
	mu       sync.Mutex
	next     map[string]time.Time
	messages []slackMessage
	// down is until when it answers with 503.
	down time.Time
}

// slackMessage is a message that Slack took.
type slackMessage struct {
	url, payload, text string
	at                 time.Time
}

func (l *simulatedSlack) Post(_ context.Context, url string, m *slackgo.WebhookMessage) error {
	payload, err := slack.Payload(m)
	if err != nil {
		return err
	}
	time.Sleep(150 * time.Millisecond)
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	if l.down.After(now) {
		return &slack.Error{Reason: "status 503", Temporary: true}
	}
	if l.next[url].After(now) {
		return &slack.Error{Reason: "rate_limited", Temporary: true, RetryAfter: time.Second}
	}
	l.next[url] = now.Add(time.Second)
	l.messages = append(l.messages, slackMessage{url, string(payload), m.Text, now})
	return nil
}

// times is how many events a message says that it stands for.
var times = regexp.MustCompile(`×([0-9,]+)`)

func (t slackMessage) count() int {
	if found := times.FindStringSubmatch(t.text); found != nil {
		n, _ := strconv.Atoi(strings.ReplaceAll(found[1], ",", ""))
		return n
	}
	return 1
}

// simulatedQueue is an SQS queue.
type simulatedQueue struct {
	mu          sync.Mutex
	items       []*events.SQSMessage // nil where it was deleted
	visible     map[string]time.Time
	receives    map[string]int
	deadLetters int
}

func (r *simulatedQueue) add(id, body string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.items = append(r.items, &events.SQSMessage{MessageId: id, ReceiptHandle: id, Body: body})
	r.visible[id] = time.Now()
}

func (r *simulatedQueue) Delay(_ context.Context, messages []DelayedMessage) []error {
	time.Sleep(10 * time.Millisecond)
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, m := range messages {
		r.visible[m.ReceiptHandle] = time.Now().Add(m.For)
	}
	return make([]error, len(messages))
}

func (r *simulatedQueue) DeadLetter(context.Context, string, string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.deadLetters++
	return nil
}

func (r *simulatedQueue) InFlight(context.Context) (hidden int, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, m := range r.items {
		if r.visible[m.MessageId].After(time.Now()) {
			hidden++
		}
	}
	return hidden, nil
}

func (r *simulatedQueue) receive() (batch events.SQSEvent, empty bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.items = slices.DeleteFunc(r.items, func(m *events.SQSMessage) bool { return r.visible[m.MessageId].IsZero() })
	slices.SortStableFunc(r.items, func(a, b *events.SQSMessage) int { return r.visible[a.MessageId].Compare(r.visible[b.MessageId]) })
	for _, m := range r.items[:min(len(r.items), contract.BatchSize)] {
		if r.visible[m.MessageId].After(time.Now()) {
			break
		}
		r.receives[m.MessageId]++
		r.visible[m.MessageId] = time.Now().Add(contract.VisibilityTimeout)
		received := *m
		received.Attributes = map[string]string{"ApproximateReceiveCount": strconv.Itoa(r.receives[m.MessageId])}
		batch.Records = append(batch.Records, received)
	}
	return batch, len(r.items) == 0
}

func (r *simulatedQueue) remove(batch events.SQSEvent, response events.SQSEventResponse) {
	failed := map[string]bool{}
	for _, f := range response.BatchItemFailures {
		failed[f.ItemIdentifier] = true
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, m := range batch.Records {
		if !failed[m.MessageId] {
			delete(r.visible, m.MessageId)
		}
	}
}

// fuse ends a process at some point: it has no effect from then on.
type fuse struct {
	mu   sync.Mutex
	left int // operations; negative for ever
}

var errKilled = errors.New("killed")

// burn does something unless the process is dead. The operation at which it dies happens or does
// not.
func (f *fuse) burn(do func() error) error {
	f.mu.Lock()
	dead, dying := f.left == 0, f.left == 1
	if f.left > 0 {
		f.left--
	}
	f.mu.Unlock()
	if dead || dying && rand.IntN(2) == 0 {
		return errKilled
	}
	return errors.Join(do(), map[bool]error{true: errKilled}[dying])
}

func (f *fuse) dead() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.left == 0
}

// mortalProcess is the outside world as a process sees it that may be killed.
type mortalProcess struct {
	*fuse
	slack Poster
	queue SourceQueue
	state.Store
}

func (m *mortalProcess) Post(ctx context.Context, url string, message *slackgo.WebhookMessage) error {
	return m.burn(func() error { return m.slack.Post(ctx, url, message) })
}

func (m *mortalProcess) Delay(ctx context.Context, messages []DelayedMessage) (failures []error) {
	if err := m.burn(func() error { failures = m.queue.Delay(ctx, messages); return nil }); err != nil {
		return slices.Repeat([]error{err}, len(messages))
	}
	return failures
}

func (m *mortalProcess) InFlight(ctx context.Context) (hidden int, err error) {
	err = m.burn(func() (err error) { hidden, err = m.queue.InFlight(ctx); return err })
	return hidden, err
}

func (m *mortalProcess) DeadLetter(ctx context.Context, body, reason string) error {
	return m.burn(func() error { return m.queue.DeadLetter(ctx, body, reason) })
}

func (m *mortalProcess) Claim(ctx context.Context, holder string, ids []string, until time.Time) (claims map[string]state.Claim, err error) {
	err = m.burn(func() (err error) { claims, err = m.Store.Claim(ctx, holder, ids, until); return err })
	return claims, err
}

func (m *mortalProcess) Confirm(ctx context.Context, ids []string) error {
	return m.burn(func() error { return m.Store.Confirm(ctx, ids) })
}

func (m *mortalProcess) Release(ctx context.Context, holder string, ids []string) error {
	return m.burn(func() error { return m.Store.Release(ctx, holder, ids) })
}

func (m *mortalProcess) Save(ctx context.Context, key string, version int64, data []byte, expires time.Time) (ok bool, err error) {
	err = m.burn(func() (err error) { ok, err = m.Store.Save(ctx, key, version, data, expires); return err })
	return ok, err
}

// simulation is a queue, two notifiers and Slack, on a clock of its own.
type simulation struct {
	// quiet are the quiet hours of what is not urgent.
	quiet *routes.Quiet
	queue *simulatedQueue
	slack *simulatedSlack
	store *state.Memory
	log   *lambdaruntime.Output
	start time.Time
	// kills is how many runs are killed at random; killed how many were.
	kills, killed int
	end           bool // no more events come
	poison        int  // how many of them are none
	mu            sync.Mutex
}

func newSimulation() *simulation {
	return &simulation{
		queue: &simulatedQueue{visible: map[string]time.Time{}, receives: map[string]int{}},
		slack: &simulatedSlack{next: map[string]time.Time{}}, store: &state.Memory{}, log: &lambdaruntime.Output{}, start: time.Now(),
	}
}

// run lets events come in until feed is done, and goes on until the queue is empty.
func (s *simulation) run(t *testing.T, feed func()) {
	t.Helper()
	var runs sync.WaitGroup
	log := slog.New(slog.NewJSONHandler(s.log, nil))
	for range 2 { // what SlackNotifier lets run at a time
		runs.Go(func() {
			for time.Since(s.start) < 48*time.Hour {
				s.mu.Lock()
				end := s.end
				s.mu.Unlock()
				batch, empty := s.queue.receive()
				if empty && end {
					return
				}
				if len(batch.Records) == 0 {
					time.Sleep(contract.BatchWindow)
					continue
				}
				process := &mortalProcess{fuse: &fuse{left: -1}, slack: s.slack, queue: s.queue, Store: s.store}
				s.mu.Lock()
				if s.kills > 0 {
					s.kills--
					process.left = 1 + rand.IntN(60)
				}
				s.mu.Unlock()
				n := &Notifier{Webhooks: anyName{}, Slack: process, Queue: process, State: process, Log: log, Metrics: io.Discard, Settings: testSettings(t)}
				n.Settings.Routes = routes.Table{{Accounts: []string{accountB}, Webhook: "urgent"}, {Webhook: "default", Quiet: s.quiet}}
				ctx, end2 := context.WithTimeout(t.Context(), contract.FunctionTimeout)
				response, err := n.Handle(ctx, batch)
				if err != nil || ctx.Err() != nil {
					t.Errorf("a run ended with %v, its context with %v", err, ctx.Err())
				}
				end2()
				if process.dead() {
					s.mu.Lock()
					s.killed++
					s.mu.Unlock()
					continue // its messages come back when their visibility timeout ends
				}
				s.queue.remove(batch, response)
			}
		})
	}
	feed()
	s.mu.Lock()
	s.end = true
	s.mu.Unlock()
	runs.Wait()
	if s.queue.deadLetters != s.poison {
		t.Errorf("%d events were dead-lettered, want %d", s.queue.deadLetters, s.poison)
	}
	for key, entry := range s.store.All() {
		var kept groupState
		if strings.HasPrefix(key, contract.CarriedKey("")) {
			continue
		}
		if err := json.Unmarshal(entry.Data, &kept); err != nil {
			t.Fatal(err)
		}
		if kept.unposted() != nil {
			t.Errorf("%s: %d repeats were never posted", key, kept.unposted().Count)
		}
	}
}

// outcomes are how often each event was posted, as the log says.
func (s *simulation) outcomes(t *testing.T) map[string]int {
	t.Helper()
	said := map[string]int{}
	for text := range strings.Lines(s.log.String()) {
		var l struct{ Msg, Outcome, EventID string }
		if err := json.Unmarshal([]byte(text), &l); err != nil {
			t.Fatal(err)
		}
		if l.Msg == "event" && (l.Outcome == string(Posted) || l.Outcome == string(Folded)) {
			said[l.EventID]++
		}
	}
	return said
}

func (s *simulation) last() time.Duration {
	return s.slack.messages[len(s.slack.messages)-1].at.Sub(s.start)
}

// A storm of one actor is a few messages, which say how many events they stand for; an alert for
// another channel does not wait for it.
func TestAStormIsGrouped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const many = 800
		s := newSimulation()
		s.run(t, func() {
			for i := range many {
				s.queue.add(fmt.Sprint(i), createUser(fmt.Sprint(i), accountA))
				time.Sleep(250 * time.Millisecond) // Terraform, for 200 s
				if i == many/2 {
					s.queue.add("urgent", createUser("urgent", accountB))
				}
			}
		})
		total, messages := 0, 0
		for _, m := range s.slack.messages {
			if m.url == "https://urgent" {
				if waited := m.at.Sub(s.start) - many/2*250*time.Millisecond; waited > 5*time.Second {
					t.Errorf("the one for another channel waited %s", waited)
				}
				continue
			}
			messages++
			total += m.count()
		}
		t.Logf("%d messages for %d events, the last one after %s", messages, total, s.last())
		if total != many || messages > 6 || len(s.slack.messages) != messages+1 {
			t.Errorf("%d messages speak of %d events, want %d in 6 messages at most", messages, total, many)
		}
		for id, times := range s.outcomes(t) {
			if times != 1 {
				t.Errorf("%s was posted %d times", id, times)
			}
		}
		most := 0
		for _, count := range s.queue.receives {
			most = max(most, count)
		}
		if most > contract.MaxReceiveCount/10 {
			t.Errorf("a message was received %d times", most)
		}
	})
}

// Repeats that do not end are posted ever more rarely.
func TestATrickleIsPostedEverMoreRarely(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSimulation()
		const many = 6 * 60 * 4 // one in 10 s for four hours
		s.run(t, func() {
			for i := range many {
				s.queue.add(fmt.Sprint(i), createUser(fmt.Sprint(i), accountA))
				time.Sleep(10 * time.Second)
			}
		})
		total := 0
		for _, m := range s.slack.messages {
			total += m.count()
		}
		if total != many || len(s.slack.messages) < 5 || len(s.slack.messages) > 12 {
			t.Errorf("%d messages speak of %d events, want 5 to 12 of %d", len(s.slack.messages), total, many)
		}
		if !strings.Contains(s.slack.messages[1].text, "more") {
			t.Errorf("the second message does not say that it goes on: %s", s.slack.messages[1].text)
		}
	})
}

// 10,000 events of 200 actors within ten seconds: each actor is named soon, and each event counted
// once.
func TestTwoHundredStormsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const many, actors = 10_000, 200
		s := newSimulation()
		s.run(t, func() {
			for i := range many {
				s.queue.add(fmt.Sprint(i), strings.ReplaceAll(createUser(fmt.Sprint(i), accountA), "alice", fmt.Sprintf("alice-%d.", i%actors)))
				if i%1000 == 999 {
					time.Sleep(time.Second)
				}
			}
		})
		named := map[string]time.Duration{}
		for _, m := range s.slack.messages {
			for _, name := range actor.FindAllString(m.payload, -1) {
				if _, ok := named[name]; !ok {
					named[name] = m.at.Sub(s.start)
				}
			}
		}
		var latest time.Duration
		for _, at := range named {
			latest = max(latest, at)
		}
		said := s.outcomes(t)
		t.Logf("%d messages; the last actor was named after %s, the last event posted after %s", len(s.slack.messages), latest, s.last())
		if len(named) != actors || latest > time.Minute || len(said) != many {
			t.Errorf("%d actors named, the last after %s, and %d events posted; want %d within a minute, and %d", len(named), latest, len(said), actors, many)
		}
		for id, times := range said {
			if times != 1 {
				t.Errorf("%s was posted %d times", id, times)
			}
		}
	})
}

// actor is the name of an event's own user, as messages show it.
var actor = regexp.MustCompile(`alice-[0-9]+`)

// check says how often each of some events was posted, each by a user of its own.
func (s *simulation) check(t *testing.T, many int) (twice int) {
	t.Helper()
	named := map[string]int{}
	for _, m := range s.slack.messages {
		for _, name := range unique(actor.FindAllString(m.payload, -1)) {
			named[name]++
		}
	}
	lost := 0
	for i := range many {
		if n := named[fmt.Sprintf("alice-%d", i)]; n == 0 {
			lost++
		} else {
			twice += n - 1
		}
	}
	if lost > 0 || len(named) != many {
		t.Errorf("%d of %d were lost, %d were posted", lost, many, len(named))
	}
	return twice
}

func unique(names []string) []string {
	slices.Sort(names)
	return slices.Compact(names)
}

func (s *simulation) feedOwn(many int, every time.Duration) func() {
	return func() {
		for i := range many {
			s.queue.add(fmt.Sprint(i), ownUser(fmt.Sprint(i), accountA))
			time.Sleep(every)
		}
	}
}

func TestFiveHundredAlertsInTenSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSimulation()
		s.run(t, s.feedOwn(500, 20*time.Millisecond))
		if twice := s.check(t, 500); twice > 0 {
			t.Errorf("%d were posted twice", twice)
		}
		t.Logf("%d messages, the last one after %s", len(s.slack.messages), s.last())
		if s.last() > 2*time.Minute {
			t.Errorf("the last was posted after %s", s.last())
		}
	})
}

// What EventBridge delivers twice, CloudTrail records twice, and two forwarders send, is posted
// once.
func TestDuplicatesArePostedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSimulation()
		s.run(t, func() {
			for i := range 100 {
				s.queue.add(fmt.Sprint(i), ownUser(fmt.Sprint(i), accountA))
				s.queue.add(fmt.Sprint(i, " at once"), ownUser(fmt.Sprint(i), accountA))
				time.Sleep(time.Second)
				s.queue.add(fmt.Sprint(i, " later"), ownUser(fmt.Sprint(i), accountA))
			}
			time.Sleep(20 * time.Hour)
			for i := range 100 {
				s.queue.add(fmt.Sprint(i, " after 20 hours"), ownUser(fmt.Sprint(i), accountA))
			}
		})
		if twice := s.check(t, 100); twice > 0 {
			t.Errorf("%d were posted twice", twice)
		}
	})
}

// A process that is killed at any point loses nothing. What it had posted and not recorded is
// posted again: one message of each killed run.
func TestKilledAtRandom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSimulation()
		s.kills = 50
		s.run(t, s.feedOwn(2000, 100*time.Millisecond))
		twice := s.check(t, 2000)
		t.Logf("%d runs were killed, %d events posted twice", s.killed, twice)
		if s.killed < 20 {
			t.Errorf("only %d runs were killed", s.killed)
		}
		if most := s.killed * 40; twice > most { // 40 is what a digest names at most
			t.Errorf("%d were posted twice, allowed: %d", twice, most)
		}
	})
}

// What is no event goes to the dead-letter queue at once, and costs no other message anything.
func TestPoisonInEveryBatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSimulation()
		s.poison = 60
		own := s.feedOwn(200, 100*time.Millisecond)
		s.run(t, func() {
			go func() {
				for i := range s.poison {
					s.queue.add(fmt.Sprint("poison ", i), strings.Repeat("{", 1+i))
					time.Sleep(330 * time.Millisecond)
				}
			}()
			own()
		})
		if twice := s.check(t, 200); twice > 0 {
			t.Errorf("%d were posted twice", twice)
		}
	})
}

func TestSlackIsAwayForAnHour(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSimulation()
		s.slack.down = s.start.Add(time.Hour)
		s.run(t, s.feedOwn(300, 20*time.Second))
		if twice := s.check(t, 300); twice > 0 {
			t.Errorf("%d were posted twice", twice)
		}
		t.Logf("%d messages, the last one %s after Slack was back", len(s.slack.messages), s.last()-time.Hour)
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

// ownUser is [createUser] by a user of the event's own, so that it is a group of its own.
func ownUser(id, account string) string {
	return strings.ReplaceAll(createUser(id, account), "alice", "alice-"+id)
}

// counted counts how often events are confirmed.
type counted struct {
	state.Store
	confirms, events int
}

func (c *counted) Confirm(ctx context.Context, ids []string) error {
	c.confirms, c.events = c.confirms+1, c.events+len(ids)
	return c.Store.Confirm(ctx, ids)
}

// A message is recorded by one request, however many actors it names.
func TestAMessageIsConfirmedAtOnce(t *testing.T) {
	w := newWorld(t)
	kept := &counted{Store: w.State}
	w.State = kept
	var items []events.SQSMessage
	for i := range 50 {
		items = append(items, item(fmt.Sprint(i), ownUser(fmt.Sprint(i), accountA)))
	}
	if failed := w.run(t.Context(), t, items...); len(failed) > 0 {
		t.Fatalf("returned: %v", failed)
	}
	if n := len(w.slack.posted); n < 2 || n >= 50 || kept.confirms != n || kept.events != 50 {
		t.Errorf("%d messages, and %d events confirmed in %d requests", n, kept.events, kept.confirms)
	}
}
