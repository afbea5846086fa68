package delivery

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/trailbus/trailbus/routes"
	"github.com/trailbus/trailbus/rules"
)

// night is over at 08:00; the tests begin at midnight UTC.
var night = &routes.Quiet{Severities: []rules.Severity{rules.Medium}, From: "22:00", To: "08:00"}

func quietWorld(t *testing.T) *world {
	w := newWorld(t)
	w.Settings.Routes = routes.Table{{Webhook: "default", Quiet: night}}
	return w
}

// In quiet hours, alerts of low severities wait for the end of them, in the queue.
func TestQuietHours(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := quietWorld(t)
		if failed := w.run(t.Context(), t, item("1", createUser("1", accountA)), item("r", assumeRole)); !slices.Equal(failed, []string{"1"}) || len(w.slack.posted) != 1 {
			t.Fatalf("returned %v, posted %d; want the urgent one alone", failed, len(w.slack.posted))
		}
		if hidden := w.queue.delayed["handle-1"]; hidden != 8*time.Hour {
			t.Errorf("hidden for %s", hidden)
		}
		time.Sleep(8 * time.Hour)
		if failed := w.run(t.Context(), t, item("1", createUser("1", accountA))); len(failed) != 0 || len(w.slack.posted) != 2 {
			t.Errorf("returned %v, posted %d", failed, len(w.slack.posted))
		}
		if text := w.slack.posted[1].Text; strings.Contains(text, "quiet") || strings.Contains(text, "more") {
			t.Errorf("a single one is posted as any: %s", text)
		}
	})
}

// A group that was posted long before the quiet hours starts anew, one that was posted just before
// them goes on after them.
func TestQuietHoursAfterAnAlert(t *testing.T) {
	for name, test := range map[string]struct {
		before time.Duration
		more   bool
	}{"just before": {time.Second, true}, "long before": {2 * time.Hour, false}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := quietWorld(t)
				time.Sleep(22*time.Hour - test.before)
				w.run(t.Context(), t, item("1", createUser("1", accountA)))
				time.Sleep(test.before)
				w.run(t.Context(), t, item("2", createUser("2", accountA)), item("3", createUser("3", accountA)))
				time.Sleep(10 * time.Hour)
				w.run(t.Context(), t, item("2", createUser("2", accountA)))
				if len(w.slack.posted) != 2 {
					t.Fatalf("%d messages, want 2", len(w.slack.posted))
				}
				if text := w.slack.posted[1].Text; strings.Contains(text, "more") != test.more || !strings.Contains(text, "2") {
					t.Errorf("the message after the night is %s", text)
				}
			})
		})
	}
}

// A night of many events keeps few of them in the queue, lets the urgent ones by, and becomes one
// digest in the morning.
func TestANightBecomesADigest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const many, actors = 4_000, 20
		s := newSimulation()
		s.quiet = night
		hidden := 0
		s.run(t, func() {
			for i := range many {
				s.queue.add(fmt.Sprint(i), strings.ReplaceAll(createUser(fmt.Sprint(i), accountA), "alice", fmt.Sprintf("alice-%d.", i%actors)))
				if i%500 == 0 {
					s.queue.add(fmt.Sprint("urgent", i), ownUser(fmt.Sprint("urgent", i), accountB))
				}
				time.Sleep(7 * time.Second) // not quite eight hours
				now, _ := s.queue.InFlight(t.Context())
				hidden = max(hidden, now)
			}
		})
		urgent, late := 0, 0
		for _, m := range s.slack.messages {
			switch {
			case m.url == "https://urgent":
				urgent++
				if at := m.at.Sub(s.start); at > 8*time.Hour {
					t.Errorf("an urgent one was posted after %s", at)
				}
			case m.at.Sub(s.start) < 8*time.Hour:
				t.Errorf("posted in the night: %s", m.text)
			default:
				if late++; !strings.Contains(m.text, "Held back in quiet hours") || !strings.Contains(m.text, "4000 events in 20 groups") {
					t.Errorf("posted in the morning: %s", m.text)
				}
			}
		}
		if urgent != 8 || late != 1 {
			t.Errorf("%d urgent messages and %d in the morning, want 8 and 1", urgent, late)
		}
		if hidden < actors || hidden > actors+10 {
			t.Errorf("%d messages were hidden at a time, want one for each of %d actors and those of a batch", hidden, actors)
		}
		if said := s.outcomes(t); len(said) != many+8 {
			t.Errorf("%d events were posted, want %d", len(said), many+8)
		}
	})
}

// SQS delivers nothing while too much is in flight: rather post at night than not at all.
func TestQuietHoursHoldNothingInAFullQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := quietWorld(t)
		w.queue.inFlight = maxInFlight - 1
		w.run(t.Context(), t, item("1", createUser("1", accountA)))
		if len(w.slack.posted) != 0 {
			t.Fatal("posted at night")
		}
		w.queue.inFlight++
		w.run(t.Context(), t, item("2", createUser("2", accountA)), item("3", createUser("3", accountA)))
		if len(w.slack.posted) != 1 || !strings.Contains(w.log.String(), "quiet hours hold nothing back") {
			t.Errorf("posted %d; the log is %s", len(w.slack.posted), w.log)
		}
	})
}

// Without the table each is held by itself, and one that cannot be counted is not posted at night
// for that.
func TestQuietHoursWithoutTheTable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := quietWorld(t)
		w.State, w.queue.delayErr = &brokenState{}, errors.New("SQS does not answer")
		if failed := w.run(t.Context(), t, item("1", createUser("1", accountA)), item("2", createUser("2", accountA))); len(failed) != 2 || len(w.slack.posted) != 0 {
			t.Errorf("returned %v, posted %d", failed, len(w.slack.posted))
		}
		if hidden := w.queue.delayed["handle-2"]; hidden != 8*time.Hour {
			t.Errorf("hidden for %s", hidden)
		}
	})
}
