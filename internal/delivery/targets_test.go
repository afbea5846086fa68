package delivery

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	slackgo "github.com/slack-go/slack"

	"github.com/trailbus/trailbus/internal/contract"
	"github.com/trailbus/trailbus/internal/slack"
	"github.com/trailbus/trailbus/routes"
	"github.com/trailbus/trailbus/rules"
)

// bot is a Slack that takes messages for channels. It fails with the errors that it is given.
type bot struct {
	posts, replies []*slackgo.WebhookMessage
	updates        []*slackgo.WebhookMessage // the message as it stands after each
	updated        []slack.MessageRef
	channels       []string
	fail           []error // of the next calls
}

func (b *bot) next() (err error) {
	if len(b.fail) > 0 {
		err, b.fail = b.fail[0], b.fail[1:]
	}
	return err
}

func (b *bot) Post(_ context.Context, _ slack.Token, channel string, m *slackgo.WebhookMessage) (slack.MessageRef, error) {
	b.channels = append(b.channels, channel)
	if err := b.next(); err != nil {
		return slack.MessageRef{}, err
	}
	b.posts = append(b.posts, m)
	return slack.MessageRef{Channel: "C" + channel, Timestamp: fmt.Sprint(len(b.posts))}, nil
}

func (b *bot) Reply(_ context.Context, _ slack.Token, to slack.MessageRef, m *slackgo.WebhookMessage) (slack.MessageRef, error) {
	if err := b.next(); err != nil {
		return slack.MessageRef{}, err
	}
	b.replies = append(b.replies, m)
	return slack.MessageRef{Channel: to.Channel, Timestamp: "reply"}, nil
}

func (b *bot) Update(_ context.Context, _ slack.Token, at slack.MessageRef, m *slackgo.WebhookMessage) error {
	if err := b.next(); err != nil {
		return err
	}
	b.updates, b.updated = append(b.updates, m), append(b.updated, at)
	return nil
}

// tokens has one.
type tokens struct{ renews int }

func (t *tokens) Token(context.Context) (slack.Token, error) {
	return slack.NewToken("xoxb-1-2-"+token, "")
}

func (t *tokens) RenewToken(context.Context, slack.Token) (bool, error) {
	t.renews++
	return true, nil
}

// newChannelWorld has a route to a channel for all, and a bot.
func newChannelWorld(t *testing.T) (*world, *bot, *tokens) {
	w, b, s := newWorld(t), &bot{}, &tokens{}
	w.Bot, w.Tokens = b, s
	w.Settings.Routes = routes.Table{{Channel: "#alerts", Mention: "<!here>"}}
	return w, b, s
}

// With a bot token, repeats become a new count in the message that is there, and details in its
// thread.
func TestRepeatsUpdateTheMessage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, b, _ := newChannelWorld(t)
		w.run(t.Context(), t, item("1", createUser("1", accountA)))
		if len(b.posts) != 1 || !strings.Contains(b.posts[0].Text, "<!here>") {
			t.Fatalf("posted %+v, want one that calls", b.posts)
		}
		w.run(t.Context(), t, item("2", createUser("2", accountA)), item("3", createUser("3", accountA)))
		if hidden := w.queue.delayed["handle-2"]; hidden <= 0 || hidden > firstUpdate || len(b.updates) != 0 {
			t.Fatalf("the repeat is hidden for %s, and there were %d updates", hidden, len(b.updates))
		}
		time.Sleep(firstUpdate)
		w.run(t.Context(), t, item("2", createUser("2", accountA)))
		if len(b.posts) != 1 || len(b.updates) != 1 || len(b.replies) != 1 || b.updated[0] != (slack.MessageRef{Channel: "C#alerts", Timestamp: "1"}) {
			t.Fatalf("%d posts, updates of %v, %d replies", len(b.posts), b.updated, len(b.replies))
		}
		if !strings.Contains(b.updates[0].Text, "×3") || !strings.Contains(b.replies[0].Text, "×2 more") {
			t.Errorf("updated to %q, replied %q", b.updates[0].Text, b.replies[0].Text)
		}
		time.Sleep(time.Hour) // the update period is over: the next one is a new message
		w.run(t.Context(), t, item("4", createUser("4", accountA)))
		if len(b.posts) != 2 || strings.Contains(b.posts[1].Text, "×") {
			t.Errorf("%d posts", len(b.posts))
		}
	})
}

func TestAMessageThatWasDeletedIsPostedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, b, _ := newChannelWorld(t)
		w.run(t.Context(), t, item("1", createUser("1", accountA)))
		time.Sleep(firstUpdate)
		b.fail = []error{&slack.Error{Reason: "message_not_found", NoMessage: true}}
		if failed := w.run(t.Context(), t, item("2", createUser("2", accountA))); len(failed) > 0 || len(b.posts) != 2 || !strings.Contains(b.posts[1].Text, "×2") {
			t.Errorf("returned %v, %d posts", failed, len(b.posts))
		}
	})
}

func TestAChannelThatTakesNoMessages(t *testing.T) {
	w, b, _ := newChannelWorld(t)
	w.Settings.Routes = routes.Table{{Severities: []rules.Severity{rules.Medium}, Channel: "#gone"}, {Channel: "#all"}}
	b.fail = []error{&slack.Error{Reason: "channel_not_found", NoChannel: true}}
	failed := w.run(t.Context(), t, item("1", createUser("1", accountA)))
	if l := w.lines(t)[0]; len(failed) > 0 || !slices.Equal(b.channels, []string{"#gone", "#all"}) || l.To != "#all" || !strings.Contains(l.Reason, "#gone takes no messages (channel_not_found)") {
		t.Errorf("returned %v, asked %v, line %+v", failed, b.channels, l)
	}
	b.fail = slices.Repeat([]error{&slack.Error{Reason: "channel_not_found", NoChannel: true}}, 2)
	w.run(t.Context(), t, item("2", ownUser("2", accountA)))
	if len(w.queue.bodies) != 1 {
		t.Errorf("neither takes it, and %d were dead-lettered", len(w.queue.bodies))
	}
}

func TestARevokedTokenIsReadAgain(t *testing.T) {
	w, b, s := newChannelWorld(t)
	b.fail = []error{&slack.Error{Reason: "token_revoked", Revoked: true}}
	if failed := w.run(t.Context(), t, item("1", createUser("1", accountA))); len(failed) > 0 || s.renews != 1 || len(b.posts) != 1 {
		t.Errorf("returned %v, %d renewals, %d posts", failed, s.renews, len(b.posts))
	}
}

// What one of several places does not take comes back, and is posted there alone.
func TestSeveralPlaces(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, b, _ := newChannelWorld(t)
		w.Settings.Routes = routes.Table{{Channel: "#alerts", Also: []routes.Place{{Webhook: "default"}}}}
		w.slack.do = []func(context.Context, string, *slackgo.WebhookMessage) error{fails(&slack.Error{Reason: "status 503", Temporary: true})}
		if failed := w.run(t.Context(), t, item("1", createUser("1", accountA))); !slices.Equal(failed, []string{"1"}) || len(b.posts) != 1 || len(w.slack.posted) != 0 {
			t.Fatalf("returned %v, %d in the channel, %d by the webhook", failed, len(b.posts), len(w.slack.posted))
		}
		time.Sleep(3 * time.Second)
		if failed := w.run(t.Context(), t, item("1", createUser("1", accountA))); len(failed) != 0 || len(b.posts) != 1 || len(w.slack.posted) != 1 {
			t.Errorf("returned %v, %d in the channel, %d by the webhook; want one each", failed, len(b.posts), len(w.slack.posted))
		}
		if l := w.lines(t)[1]; l.Outcome != string(Posted) || l.To != "#alerts, webhook default" {
			t.Errorf("line %+v", l)
		}
	})
}

// Each run has its outcomes in the log and in metrics; TimeToSlack has a value for each that was
// posted.
func TestAccounting(t *testing.T) {
	w := newWorld(t, rules.Mute{Rule: "roles", Reason: "r", Owner: "o", Until: time.Now().Add(time.Hour)})
	w.run(t.Context(), t, item("1", createUser("1", accountA)), item("2", createUser("2", accountA)), item("again", createUser("1", accountA)),
		item("junk", "junk"), item("none", unmatchedEvent), item("muted", assumeRole))
	batch := w.batches(t)[0]
	for name, want := range map[string]float64{"received": 6, "posted": 1, "folded": 1, "duplicate": 1, "dead": 1, "unmatched": 1, "muted": 1, "returned": 0} {
		if batch[name] != want {
			t.Errorf("%s: %v, want %v", name, batch[name], want)
		}
	}
	metrics := w.metrics.String()
	for _, part := range []string{`"Namespace":"Trailbus"`, `{"Name":"TimeToSlack","Unit":"Milliseconds"}`, `"Received":6`, `"Posted":1`, `"Dead":1`} {
		if !strings.Contains(metrics, part) {
			t.Errorf("%s is not in %s", part, metrics)
		}
	}
	if strings.Contains(metrics, "Returned") || strings.Contains(metrics, contract.MetricUnaccounted) || strings.Count(metrics, "\n") != 1 {
		t.Errorf("metrics %s", metrics)
	}
	// A mistake of ours would show.
	r := &run{Notifier: w.Notifier, start: time.Now()}
	c, end := newDeadline(t.Context())
	defer end()
	r.deadline = c
	r.reportMetrics([]*job{{outcome: Posted}, {}})
	if batch := w.batches(t)[1]; batch["unaccounted"] != 1.0 || batch["level"] != "ERROR" || !strings.Contains(w.metrics.String(), `"Unaccounted":1`) {
		t.Errorf("%v, %s", batch, w.metrics)
	}
}
