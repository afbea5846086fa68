package delivery

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// EventBridge adds replay-name to what it replays from an archive, and may give it another id:
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-archive.html
func replayed(body string) string {
	return strings.Replace(body, `"id":"e-`, `"replay-name":"trailbus_1","id":"again-`, 1)
}

func TestAReplayIsNotPostedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		told, missed := ownUser("told", accountA), ownUser("missed", accountA)
		w.run(t.Context(), t, item("1", told))
		time.Sleep(30 * 24 * time.Hour) // as long as the archive keeps it
		w.run(t.Context(), t, item("2", replayed(told)), item("3", replayed(missed)))
		lines := w.lines(t)
		if lines[1].Outcome != string(Duplicate) || lines[2].Outcome != string(Posted) || len(w.slack.posted) != 2 {
			t.Errorf("what was posted is %s, what was missed %s; %d messages", lines[1].Outcome, lines[2].Outcome, len(w.slack.posted))
		}
	})
}
