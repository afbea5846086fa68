package delivery

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"github.com/trailbus/trailbus/internal/contract/state"
)

// BenchmarkInvoke handles batches of a hundred, with a state in memory and a Slack that answers at
// once: what an event costs that no rule wants, that was posted before, that is one of many of its
// kind, and that has a message of its own.
func BenchmarkInvoke(b *testing.B) {
	const size = 100
	for _, kind := range []struct {
		name    string
		body    func(i int) string
		outcome Outcome
		seen    bool
	}{
		{name: "unmatched", body: func(i int) string {
			return strings.ReplaceAll(createUser(fmt.Sprint(i), accountA), "CreateUser", "ListUsers")
		}, outcome: Unmatched},
		{name: "duplicate", body: func(i int) string { return createUser(fmt.Sprint(i), accountA) }, outcome: Duplicate, seen: true},
		{name: "folded", body: func(i int) string { return createUser(fmt.Sprint(i), accountA) }, outcome: Folded},
		{name: "told", body: func(i int) string { return ownUser(fmt.Sprint(i), accountA) }, outcome: Posted},
	} {
		b.Run(kind.name, func(b *testing.B) {
			n := &Notifier{Settings: testSettings(b), Webhooks: anyName{}, Queue: &fakeQueue{}, Metrics: io.Discard, Slack: &fakePoster{}, State: &state.Memory{}}
			in := size
			if kind.outcome == Posted {
				in = maxMessages // more would be posted in digests
			}
			var batch events.SQSEvent
			for i := range in {
				batch.Records = append(batch.Records, item(fmt.Sprint(i), kind.body(i)))
			}
			payload, err := json.Marshal(batch)
			if err != nil {
				b.Fatal(err)
			}
			log := &bytes.Buffer{}
			n.Log = slog.New(slog.NewJSONHandler(log, nil))
			invoke := func() {
				if !kind.seen {
					n.State = &state.Memory{}
				}
				log.Reset()
				n.Slack.(*fakePoster).posted = nil
				if _, err := n.Invoke(b.Context(), payload); err != nil {
					b.Fatal(err)
				}
			}
			invoke()
			b.ReportAllocs()
			handled := 0
			for b.Loop() {
				invoke()
				handled += in
			}
			if found := strings.Count(log.String(), fmt.Sprintf(`"outcome":%q`, kind.outcome)); found < in-1 {
				b.Fatalf("%d of %d are %s\n%s", found, in, kind.outcome, log)
			}
			b.ReportMetric(float64(b.Elapsed())/float64(time.Microsecond)/float64(handled), "µs/event")
			b.ReportMetric(float64(in), "events/op")
		})
	}
}
