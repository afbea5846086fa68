package delivery

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	slackgo "github.com/slack-go/slack"

	"github.com/trailbus/trailbus/internal/slack"
	"github.com/trailbus/trailbus/rules"
)

// Expired mutes are named each Monday, once, at the place for Trailbus itself, and not those that
// still mute.
func TestExpiredMutesArePostedEachMonday(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // from Saturday, 2000-01-01
		day := func(d int) time.Time { return time.Date(2000, 1, d, 0, 0, 0, 0, time.UTC) }
		mutes := []rules.Mute{
			{Rule: "root-user-used", Reason: "a test of the backup", Owner: "ann", Until: day(2)},
			{Rule: "console-sign-in-without-mfa", Reason: "until the new phones", Owner: "bob", Until: day(5)},
			{Rule: "vpc-change", Reason: "the move", Owner: "cleo", Until: day(31)},
		}
		w := newWorld(t, mutes...)
		w.webhooks.urls["trailbus"] = "https://hooks.slack.com/services/T0/B0/trailbus"
		looked := map[string][]string{} // the mutes named, by when
		for time.Now().Before(day(20)) {
			before := len(w.slack.posted)
			w.handle(t, checkRequest(time.Now()))
			for _, m := range w.slack.posted[before:] {
				at := time.Now().UTC().Format("Mon 2 15:04")
				for _, mute := range mutes {
					if strings.Contains(m.Text, mute.Rule) {
						looked[at] = append(looked[at], mute.Owner)
					}
				}
			}
			time.Sleep(15 * time.Minute)
		}
		want := map[string]string{"Mon 3 08:00": "ann", "Mon 10 08:00": "ann bob", "Mon 17 08:00": "ann bob"}
		if len(looked) != len(want) || len(w.slack.posted) != len(want) {
			t.Errorf("posted %v in %d messages, want %v", looked, len(w.slack.posted), want)
		}
		for at, owners := range want {
			if got := strings.Join(looked[at], " "); got != owners {
				t.Errorf("%s: posted the mutes of %q, want %q", at, got, owners)
			}
		}
		for _, url := range w.slack.urls {
			if url != w.webhooks.urls["trailbus"] {
				t.Errorf("posted at %s", url)
			}
		}
	})
}

// What Slack does not take is posted at the next check.
func TestExpiredMutesThatCannotBePostedArePostedLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, rules.Mute{Rule: "vpc-change", Reason: "the move", Owner: "cleo", Until: time.Date(1999, 12, 1, 0, 0, 0, 0, time.UTC)})
		w.slack.do = []func(context.Context, string, *slackgo.WebhookMessage) error{fails(&slack.Error{Reason: "no_service", Revoked: true})}
		for range 3 {
			w.handle(t, checkRequest(time.Now()))
			time.Sleep(15 * time.Minute)
		}
		if len(w.slack.posted) != 1 || len(w.slack.urls) != 2 {
			t.Errorf("%d messages at %d tries, want 1 at 2", len(w.slack.posted), len(w.slack.urls))
		}
	})
}

func TestWeeksBeginOnMonday(t *testing.T) {
	const layout = "2006-01-02 15:04"
	for text, want := range map[string]string{
		"2026-11-23 07:59": "2026-11-16 08:00",
		"2026-11-23 08:00": "2026-11-23 08:00",
		"2026-11-29 23:59": "2026-11-23 08:00",
		"2027-01-01 00:00": "2026-12-28 08:00",
	} {
		at, err := time.Parse(layout, text)
		if err != nil {
			t.Fatal(err)
		}
		if got := startOfWeek(at).Format(layout); got != want {
			t.Errorf("the week of %s began %s, want %s", text, got, want)
		}
	}
}
