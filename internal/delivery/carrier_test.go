package delivery

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"github.com/trailbus/trailbus/internal/contract/state"
	"github.com/trailbus/trailbus/routes"
	"github.com/trailbus/trailbus/rules"
)

// again is a message that comes back from the queue.
func again(id, body string) events.SQSMessage {
	m := item(id, body)
	m.Attributes = map[string]string{"ApproximateReceiveCount": "2"}
	return m
}

// The repeats that an event carries are posted where the event is posted, if the routes changed in
// the night.
func TestRepeatsFollowTheEventThatCarriesThem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := quietWorld(t)
		w.webhooks.urls["network"] = "https://network"
		w.Settings.Routes[0].Mention = "<!channel>"
		w.run(t.Context(), t, item("1", createUser("1", accountA)), item("2", createUser("2", accountA)), item("3", createUser("3", accountA)))
		w.Settings.Routes = routes.Table{{Webhook: "network", Also: []routes.Place{{Webhook: "default"}}, Quiet: night}}
		time.Sleep(8 * time.Hour)
		w.run(t.Context(), t, again("1", createUser("1", accountA)))
		if len(w.slack.posted) != 2 || w.slack.urls[0] != "https://network" {
			t.Fatalf("posted at %v, want both places", w.slack.urls)
		}
		if text := w.slack.posted[0].Text; !strings.Contains(text, "×3") || strings.Contains(text, "<!") {
			t.Errorf("the message is %s", text)
		}
		if w.slack.posted[1].Text == w.slack.posted[0].Text {
			t.Error("the repeats are posted at both places, and were to be posted at one")
		}
		// They are moved once.
		time.Sleep(2 * time.Hour)
		w.Settings.Routes = routes.Table{{Webhook: "default"}}
		w.run(t.Context(), t, again("1", createUser("1", accountA)), item("4", createUser("4", accountA)))
		if len(w.slack.posted) != 3 || strings.Contains(w.slack.posted[2].Text, "×") {
			t.Errorf("posted %d, the last one %s", len(w.slack.posted), w.slack.posted[len(w.slack.posted)-1].Text)
		}
	})
}

// A mute of an event that waits mutes the repeats that it carries; the log has their number.
func TestRepeatsAreMutedWithTheEventThatCarriesThem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := quietWorld(t)
		w.run(t.Context(), t, item("1", createUser("1", accountA)), item("2", createUser("2", accountA)), item("3", createUser("3", accountA)))
		everything := rules.Mute{Pattern: []byte(`{"source":["aws.iam"]}`), Reason: "r", Owner: "o", Until: time.Now().Add(24 * time.Hour)}
		muted := testSettings(t, everything)
		muted.Routes = w.Settings.Routes
		w.Settings = muted
		time.Sleep(8 * time.Hour)
		w.run(t.Context(), t, again("1", createUser("1", accountA)))
		if len(w.slack.posted) != 0 || strings.Count(w.log.String(), "repeats that are no longer told") != 1 || !strings.Contains(w.log.String(), `"events":2`) {
			t.Errorf("posted %d, the log is %s", len(w.slack.posted), w.log)
		}
		w.Settings.Mutes = &rules.Mutes{}
		w.run(t.Context(), t, item("4", createUser("4", accountA)))
		if len(w.slack.posted) != 1 || strings.Contains(w.slack.posted[0].Text, "×") {
			t.Errorf("%d messages, want one of one", len(w.slack.posted))
		}
	})
}

// Without the table nothing is moved, and nothing is lost for it.
func TestRepeatsWithoutTheTableStayInTheirGroup(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := quietWorld(t)
		w.run(t.Context(), t, item("1", createUser("1", accountA)), item("2", createUser("2", accountA)))
		kept := w.State
		w.State = &brokenState{}
		time.Sleep(8 * time.Hour)
		w.run(t.Context(), t, again("1", createUser("1", accountA)))
		w.State = kept
		w.run(t.Context(), t, again("1", createUser("1", accountA)))
		if len(w.slack.posted) != 1 || !strings.Contains(w.slack.posted[0].Text, "×2") {
			t.Errorf("%d messages, want one of two", len(w.slack.posted))
		}
	})
}

// What is kept and cannot be what we kept does not cost the event.
func TestAnInvalidGroupState(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.run(t.Context(), t, item("1", createUser("1", accountA)))
		spoiled := 0
		for key, entry := range w.State.(*state.Memory).All() {
			if ok, err := w.State.Save(t.Context(), key, entry.Version, []byte(`{"Pending":{"Count":3}}`), time.Now().Add(time.Hour)); !ok || err != nil {
				t.Fatal(err)
			}
			spoiled++
		}
		w.run(t.Context(), t, item("2", createUser("2", accountA)))
		if spoiled != 1 || len(w.slack.posted) != 2 || len(w.queue.bodies) != 0 || !strings.Contains(w.log.String(), "repeats of nothing") {
			t.Errorf("%d entries, %d messages, %d dead; the log is %s", spoiled, len(w.slack.posted), len(w.queue.bodies), w.log)
		}
	})
}
