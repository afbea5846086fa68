package delivery

import (
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"github.com/trailbus/trailbus/internal/contract"
)

// FuzzHandle sends any message beside a good event: it never panics, each message has one outcome,
// and the good one is posted.
func FuzzHandle(f *testing.F) {
	for _, body := range []string{
		"", "{", "null", "[]", `{"detail":{}}`, `{"source":"aws.iam","detail":{"eventName":null,"userIdentity":"x"}}`, "\xff\x00", `{"detail":{"a":1e999999999}}`,
		createUser("1", accountA), createUser("<!channel>", accountB), assumeRole, unmatchedEvent,
		heartbeat(accountA, "us-east-1", time.Now()), checkRequest(time.Now()), probe(accountA, "us-east-1", contract.ProbeDetail(contract.NewProbeID())), probe(accountA, "us-east-1", "5"),
		`{"detail-type":"Scheduled Event","source":"aws.events","resources":null}`,
	} {
		f.Add(body, "m-1", "1")
	}
	f.Add(createUser("1", accountA), "", "-9223372036854775808")
	f.Add(createUser("1", accountA), "good", "x")
	f.Fuzz(func(t *testing.T, body, id, receives string) {
		if len(id) > 100 || !validJSONText(id) {
			return // the log cuts and cleans it, and SQS makes no such ids
		}
		w := watching(t)
		odd := item(id, body)
		odd.Attributes["ApproximateReceiveCount"] = receives
		items := []events.SQSMessage{odd, item("good", createUser("good", accountA)), odd}
		if failed := w.run(t.Context(), t, items...); len(failed) > 0 {
			t.Errorf("returned %v, although Slack takes everything", failed)
		}
		told := 0
		for _, l := range w.lines(t) {
			// Folded with the odd one, or the same as that.
			if l.MessageID == "good" && l.EventID == "good" && slices.Contains([]Outcome{Posted, Folded, Duplicate}, Outcome(l.Outcome)) {
				told++
			}
		}
		if told == 0 {
			t.Error("the good one was not posted")
		}
	})
}

func validJSONText(s string) bool {
	for _, r := range s {
		if r == 0xFFFD || r < ' ' {
			return false
		}
	}
	return true
}
