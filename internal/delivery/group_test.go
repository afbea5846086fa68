package delivery

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-lambda-go/events"
	slackgo "github.com/slack-go/slack"

	"github.com/trailbus/trailbus/internal/contract"
	"github.com/trailbus/trailbus/internal/contract/state"
	"github.com/trailbus/trailbus/internal/slack"
	"github.com/trailbus/trailbus/routes"
	"github.com/trailbus/trailbus/rules"
)

// repeats posts "first", lets "carrier" wait with "folded", and lets the window pass.
func (w *world) repeats(t *testing.T) {
	t.Helper()
	w.run(t.Context(), t, item("m1", createUser("first", accountA)))
	if failed := w.run(t.Context(), t, item("m2", createUser("carrier", accountA)), item("m3", createUser("folded", accountA))); len(failed) != 1 || failed[0] != "m2" {
		t.Fatalf("came back: %v, want the carrier alone", failed)
	}
	if len(w.slack.posted) != 1 {
		t.Fatalf("%d messages, want 1", len(w.slack.posted))
	}
	time.Sleep(firstWindow + time.Second)
}

// lastCount is how many events the last message says that it reports.
func (w *world) lastCount() int {
	return slackMessage{text: w.slack.posted[len(w.slack.posted)-1].Text}.count()
}

// Repeats that Slack did not take are counted once all the same, however often they were tried.
func TestRetriedRepeatsAreCountedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.repeats(t)
		for range 3 {
			w.slack.do = append(w.slack.do, fails(&slack.Error{Reason: "status 503", Temporary: true}))
			if failed := w.run(t.Context(), t, item("m2", createUser("carrier", accountA))); len(failed) != 1 {
				t.Fatalf("came back: %v, want the carrier", failed)
			}
			time.Sleep(time.Minute)
		}
		w.run(t.Context(), t, item("m2", createUser("carrier", accountA)))
		if len(w.slack.posted) != 2 || w.lastCount() != 2 {
			t.Errorf("%d messages, the last one of %d events; want 2, of 2: %s", len(w.slack.posted), w.lastCount(), w.slack.posted[len(w.slack.posted)-1].Text)
		}
	})
}

// flakyState is a state that does not answer while it is away.
type flakyState struct {
	state.Store
	away bool
}

var errAway = errors.New("away")

func (b *flakyState) Claim(ctx context.Context, holder string, ids []string, until time.Time) (map[string]state.Claim, error) {
	if b.away {
		return nil, errAway
	}
	return b.Store.Claim(ctx, holder, ids, until)
}

func (b *flakyState) Confirm(ctx context.Context, ids []string) error {
	if b.away {
		return errAway
	}
	return b.Store.Confirm(ctx, ids)
}

func (b *flakyState) Release(ctx context.Context, holder string, ids []string) error {
	if b.away {
		return errAway
	}
	return b.Store.Release(ctx, holder, ids)
}

func (b *flakyState) Load(ctx context.Context, keys []string) (map[string]state.Entry, error) {
	if b.away {
		return nil, errAway
	}
	return b.Store.Load(ctx, keys)
}

func (b *flakyState) Save(ctx context.Context, key string, version int64, data []byte, expires time.Time) (bool, error) {
	if b.away {
		return false, errAway
	}
	return b.Store.Save(ctx, key, version, data, expires)
}

// The event that carries repeats comes while the table is away: it must not be posted alone and
// forget them. A new event is posted.
func TestTheTableIsAwayWhenRepeatsAreDue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		store := &flakyState{Store: w.State}
		w.State = store
		w.repeats(t)
		store.away = true
		back := item("m2", createUser("carrier", accountA))
		back.Attributes["ApproximateReceiveCount"] = "2"
		if failed := w.run(t.Context(), t, back, item("m4", ownUser("1", accountA))); len(failed) != 1 || failed[0] != "m2" {
			t.Errorf("came back: %v, want the carrier", failed)
		}
		if last := w.slack.posted[len(w.slack.posted)-1].Text; len(w.slack.posted) != 2 || !strings.Contains(last, "alice-1") {
			t.Errorf("%d messages, the last one %q; want that of the new event", len(w.slack.posted), last)
		}
		store.away = false
		w.run(t.Context(), t, back)
		if len(w.slack.posted) != 3 || w.lastCount() != 2 {
			t.Errorf("%d messages, the last one of %d events; want 3, of 2", len(w.slack.posted), w.lastCount())
		}
	})
}

// A table that stays away does not keep returned events from being posted.
func TestTheTableStaysAway(t *testing.T) {
	w := newWorld(t)
	w.State = &flakyState{Store: w.State, away: true}
	back := item("m", createUser("e", accountA))
	back.Attributes["ApproximateReceiveCount"] = "8"
	if failed := w.run(t.Context(), t, back); len(failed) != 0 || len(w.slack.posted) != 1 {
		t.Errorf("came back: %v, posted: %d; want it posted", failed, len(w.slack.posted))
	}
}

// Where Slack refuses a digest for what one caller wrote, the others in it are named all the same.
func TestADigestThatSlackDoesNotTake(t *testing.T) {
	w := newWorld(t)
	refuse := fails(&slack.Error{Reason: "invalid_blocks", Payload: true})
	w.slack.do = []func(context.Context, string, *slackgo.WebhookMessage) error{nil, nil, nil, refuse}
	var items []events.SQSMessage
	for i := range maxMessages + 5 {
		items = append(items, item(fmt.Sprint(i), ownUser(fmt.Sprint(i), accountA)))
	}
	if failed := w.run(t.Context(), t, items...); len(failed) != 0 || len(w.slack.posted) != maxSingles+1 {
		t.Fatalf("came back: %v, posted %d", failed, len(w.slack.posted))
	}
	digest := w.slack.posted[maxSingles]
	if names := unique(actor.FindAllString(digest.Text, -1)); digest.Blocks != nil || len(names) != len(items)-maxSingles {
		t.Errorf("names %v, want %d in %q", names, len(items)-maxSingles, digest.Text)
	}
}

// The storm of one place does not take the time of another place where Slack is slow, even where it
// holds what is most urgent.
func TestASlowSlackServesEachPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.Webhooks = anyName{}
		w.Settings.Routes = routes.Table{{Accounts: []string{accountB}, Webhook: "quiet"}}
		slow := func(context.Context, string, *slackgo.WebhookMessage) error {
			time.Sleep(9900 * time.Millisecond)
			return nil
		}
		w.slack.do = slices.Repeat([]func(context.Context, string, *slackgo.WebhookMessage) error{slow}, 100)
		items := []events.SQSMessage{item("r", assumeRole)}
		for i := range 300 {
			items = append(items, item(fmt.Sprint(i), ownUser(fmt.Sprint(i), accountA)))
		}
		items = append(items, item("other", createUser("other", accountB)))
		ctx, end := context.WithTimeout(t.Context(), contract.FunctionTimeout)
		defer end()
		w.run(ctx, t, items...)
		if len(w.slack.urls) < 3 || len(w.slack.urls) > 6 || !slices.Contains(w.slack.urls, "https://quiet") {
			t.Errorf("asked %v, want the other place among them", w.slack.urls)
		}
	})
}

// What a thread should hold of repeats is not left out because Slack asks to wait.
func TestDetailsThatMustWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, b, _ := newChannelWorld(t)
		w.run(t.Context(), t, item("1", createUser("1", accountA)))
		time.Sleep(firstUpdate)
		b.fail = []error{nil, &slack.Error{Reason: "ratelimited", Temporary: true, RetryAfter: time.Second}}
		if failed := w.run(t.Context(), t, item("2", createUser("2", accountA))); len(failed) != 0 || len(b.replies) != 1 || len(b.posts) != 1 {
			t.Errorf("came back: %v, %d replies, %d posts; want one each", failed, len(b.replies), len(b.posts))
		}
	})
}

// assume is an event that the rule "roles" matches, which is high.
func assume(id, role string) events.SQSMessage {
	return item(id, strings.NewReplacer("CreateUser", "AssumeRole", "aws.iam", "aws.sts", "iam.amazonaws.com", "sts.amazonaws.com",
		`"userName":"bob"`, `"roleArn":"arn:aws:iam::111111111111:role/`+role+`"`).Replace(createUser(id, accountA)))
}

// with is an act of which the policy says whether it matters.
func with(id, policy string) events.SQSMessage {
	m := assume(id, "reader")
	m.Body = strings.Replace(m.Body, `"roleArn":`, `"policy":"`+policy+`","roleArn":`, 1)
	return m
}

// A harmless act does not keep back the one that matters, however the attacker spends the hours
// before.
func TestACallBehindAHarmlessOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.run(t.Context(), t, assume("1", "reader"))
		w.run(t.Context(), t, assume("2", "reader"), assume("3", "reader"))
		if len(w.slack.posted) != 1 {
			t.Fatalf("%d messages, want one: the others are repeats", len(w.slack.posted))
		}
		if failed := w.run(t.Context(), t, assume("4", "admin")); len(failed) != 0 || len(w.slack.posted) != 2 || !strings.Contains(string(mustJSON(t, w.slack.posted[1])), "admin") {
			t.Errorf("came back: %v, %d messages; want another role posted at once", failed, len(w.slack.posted))
		}
		for i := range 20 {
			w.run(t.Context(), t, assume(fmt.Sprint("other ", i), fmt.Sprint("role-", i)))
		}
		if len(w.slack.posted) != 1+maxNovelties {
			t.Errorf("%d messages of a storm, want %d", len(w.slack.posted), 1+maxNovelties)
		}
	})
}

// What is posted before its turn is what is shown, and not the harmless repeats that wait or came
// with it; also where Slack did not take it at once.
func TestACallBehindAHarmlessOneIsShown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.run(t.Context(), t, with("1", "harmless"))
		w.run(t.Context(), t, with("2", "harmless"), with("3", "harmless"))
		w.slack.do = append(w.slack.do, fails(&slack.Error{Reason: "status 503", Temporary: true}))
		batch := []events.SQSMessage{with("4", "harmless"), with("5", "everything")}
		if failed := w.run(t.Context(), t, batch...); len(failed) != 2 || len(w.slack.posted) != 1 {
			t.Fatalf("came back: %v, %d messages; want both, as Slack is away", failed, len(w.slack.posted))
		}
		if w.run(t.Context(), t, batch...); len(w.slack.posted) != 2 {
			t.Fatalf("%d messages, want the other act posted at once", len(w.slack.posted))
		}
		if told := string(mustJSON(t, w.slack.posted[1])); !strings.Contains(told, "everything") || !strings.Contains(told, "×3 more") || !strings.Contains(told, "unlike those before") {
			t.Errorf("want the other act shown, of three, in %s", told)
		}
	})
}

func TestUrgentWindowsAreShort(t *testing.T) {
	for severity, want := range map[rules.Severity]time.Duration{rules.Medium: longestWindow, rules.High: longestUrgentWindow, rules.Critical: longestUrgentWindow} {
		if got := nextWindow(routes.Place{Webhook: "w"}, severity, longestWindow); got != want {
			t.Errorf("%s: %s, want %s", severity, got, want)
		}
	}
}

// A message far up in the channel is not where people look: after an hour there is a new one.
func TestAnOldMessageIsNotUpdated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, b, _ := newChannelWorld(t)
		var window time.Duration
		for i, start := 0, time.Now(); time.Since(start) < updatePeriod; i++ { // each comes when it may be posted
			w.run(t.Context(), t, item(fmt.Sprint(i), createUser(fmt.Sprint(i), accountA)))
			window = nextWindow(routes.Place{Channel: "#alerts"}, rules.Medium, window)
			time.Sleep(window)
		}
		if len(b.posts) != 1 || len(b.updates) == 0 {
			t.Fatalf("%d posts, %d updates in the first hour", len(b.posts), len(b.updates))
		}
		w.run(t.Context(), t, item("late", createUser("late", accountA)))
		if len(b.posts) != 2 || !strings.Contains(b.posts[1].Text, "more") {
			t.Errorf("%d posts after the hour, want 2", len(b.posts))
		}
	})
}

// What comes with a harmless act in one batch, or waits behind one, is shown with it: the time
// between two calls is the caller's choice.
func TestACallBesideAHarmlessOneIsShown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.run(t.Context(), t, with("1", "harmless"), with("2", "harmless"), with("3", "everything"))
		if len(w.slack.posted) != 1 {
			t.Fatalf("%d messages", len(w.slack.posted))
		}
		told := string(mustJSON(t, w.slack.posted[0]))
		if !strings.Contains(told, "everything") || strings.Count(told, "harmless") != 1 || strings.Contains(told, "and more") {
			t.Errorf("want both acts shown, each once, in %s", told)
		}
		var batch []events.SQSMessage
		for i := range 9 {
			batch = append(batch, with(fmt.Sprint(4+i), fmt.Sprint("policy-", i)))
		}
		w.run(t.Context(), t, batch...)
		if len(w.slack.posted) != 2 {
			t.Fatalf("%d messages", len(w.slack.posted))
		}
		if told := string(mustJSON(t, w.slack.posted[1])); strings.Count(told, "policy-") != 1+3 || !strings.Contains(told, "and more that did something else") {
			t.Errorf("want one in full, three others and a word about more, in %s", told)
		}
	})
}

// A novel call that waits because of maxNovelties is shown too, when another call comes and is
// shown first.
func TestANovelCallThatWaitsIsShown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		for i := range 1 + maxNovelties {
			w.run(t.Context(), t, with(fmt.Sprint(i), fmt.Sprint("policy-", i)))
		}
		told := len(w.slack.posted)
		carrier := with("10", "carried")
		if failed := w.run(t.Context(), t, carrier, with("11", "pending")); told != 1+maxNovelties || len(w.slack.posted) != told || len(failed) != 1 {
			t.Fatalf("%d messages and then %d, came back: %v; want the news spent", told, len(w.slack.posted), failed)
		}
		time.Sleep(longestUrgentWindow)
		if w.run(t.Context(), t, carrier, with("12", "late")); len(w.slack.posted) != told+1 {
			t.Fatalf("%d messages, want one more than %d", len(w.slack.posted), told)
		}
		last := string(mustJSON(t, w.slack.posted[told]))
		for _, policy := range []string{"carried", "pending", "late"} {
			if !strings.Contains(last, policy) {
				t.Errorf("%s is not shown in %s", policy, last)
			}
		}
	})
}
