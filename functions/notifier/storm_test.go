package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/trailbus/trailbus/internal/contract"
	"github.com/trailbus/trailbus/internal/local/lambdaruntime"
	"github.com/trailbus/trailbus/internal/local/slacktest"
	"github.com/trailbus/trailbus/rules"
)

// storm is what comes upon two processes of the compiled function, a queue with its event source
// mapping, a table, and a Slack that takes one message a second. Nothing of it waits for ever.
type storm struct {
	name           string
	events, actors int
	over           time.Duration // in which they come in; 0: before anybody looks
	alone          bool          // one process, and not two
	poison         int           // messages that are no events, in the same time
	kills          int           // runs that are killed, one of oneIn; 0: every one
	oneIn          int
	faults         func(*slacktest.Server)
	limit          time.Duration // until the queue must be empty
}

// short are seconds of storm, for every run of the tests.
var short = []storm{
	{name: "1,000 events of 20 actors", events: 1000, actors: 20, alone: true, limit: time.Minute},
	{name: "6 kills in 60 events", events: 60, actors: 60, over: 2 * time.Second, kills: 6, limit: 90 * time.Second},
	{name: "60 alerts among poison", events: 60, actors: 60, over: time.Second, poison: 20, limit: time.Minute},
	{name: "Slack fails", events: 8, actors: 8, over: time.Second, limit: time.Minute, faults: func(s *slacktest.Server) {
		s.Fail(1, 503, "service_unavailable", 0)
		s.FailReset(1)
		s.Fail(1, 429, "rate_limited", 2*time.Second)
	}},
}

// whole are for make bench.
var whole = []storm{
	{name: "10,000 events of 200 actors", events: 10_000, actors: 200, over: 10 * time.Second, limit: 15 * time.Minute},
	{name: "500 alerts in 10 s", events: 500, actors: 500, over: 10 * time.Second, limit: 10 * time.Minute},
	{name: "50 kills in 2,000 events", events: 2000, actors: 2000, over: 450 * time.Second, kills: 50, oneIn: 2, limit: 25 * time.Minute},
	{name: "200 alerts among poison", events: 200, actors: 200, over: 20 * time.Second, poison: 60, limit: 10 * time.Minute},
	{name: "Slack fails", events: 200, actors: 200, over: 20 * time.Second, limit: 15 * time.Minute, faults: func(s *slacktest.Server) {
		for range 4 {
			s.Fail(2, 503, "service_unavailable", 0)
			s.FailReset(2)
			s.Slow(1, 11*time.Second) // longer than the function waits
			s.Fail(2, 500, "", 0)
			s.Fail(1, 429, "rate_limited", 8*time.Second)
		}
	}},
}

func TestStorms(t *testing.T) {
	binary := stormBinary(t)
	for i, s := range short {
		t.Run(s.name, func(t *testing.T) {
			if i > 0 && testing.Short() {
				t.Skip("takes ten seconds")
			}
			t.Parallel()
			s.run(t, binary)
		})
	}
}

func BenchmarkStorms(b *testing.B) {
	binary := stormBinary(b)
	for _, s := range whole {
		b.Run(s.name, func(b *testing.B) {
			for b.Loop() {
				r := s.run(b, binary)
				b.ReportMetric(r.last.Seconds(), "s/last-actor")
				b.ReportMetric(r.empty.Seconds(), "s/empty")
				b.ReportMetric(float64(r.messages), "messages")
				b.ReportMetric(float64(r.killed), "kills")
				b.ReportMetric(float64(r.twice), "told-twice")
			}
		})
	}
}

func stormBinary(tb testing.TB) string {
	tb.Helper()
	binary := build(tb)
	set, err := rules.NewSet(&rules.Rule{ID: "users", Title: "A user was made", Severity: rules.Medium, Calls: []string{"iam:CreateUser"}})
	if err != nil {
		tb.Fatal(err)
	}
	configure(tb, filepath.Dir(binary), set)
	return binary
}

// named is an actor, as messages show it.
var named = regexp.MustCompile(`actor-[0-9]+`)

// result is what was seen of a storm.
type result struct {
	last, empty      time.Duration // until the last actor was named, and until the queue was empty
	messages, killed int
	twice            int // actors that more than one message named, where each has one event
}

// run lets the storm come and holds what must be true after it.
func (s storm) run(tb testing.TB, binary string) result {
	tb.Helper()
	slack := slacktest.New(slacktest.Options{RateLimit: true})
	defer slack.Close()
	if s.faults != nil {
		s.faults(slack)
	}
	q := &queue{}
	cloud := &cloud{queue: q, asked: map[string]int{}, last: map[string]string{}}
	ctx, cancel := context.WithTimeout(tb.Context(), s.limit)
	defer cancel()
	begin := time.Now()
	m := &mapping{queue: q, table: &cloud.table}
	m.kills.left, m.kills.oneIn = s.kills, max(s.oneIn, 1)
	var logs []*lambdaruntime.Output
	var polling sync.WaitGroup
	if s.over == 0 {
		s.feed(ctx, q)
	}
	for range map[bool]int{true: 1, false: 2}[s.alone] { // two are what SlackNotifier lets run at a time
		g, log := newGate(tb, cloud, slack), &lambdaruntime.Output{}
		logs = append(logs, log)
		g.function = start(tb, binary, g.aws.URL, log)
		defer g.function.Stop()
		polling.Go(func() { m.poll(ctx, tb, g) })
	}
	if s.over > 0 {
		s.feed(ctx, q)
	}
	for q.len() > 0 && ctx.Err() == nil {
		time.Sleep(20 * time.Millisecond)
	}
	r := result{empty: time.Since(begin), killed: s.kills - m.kills.left}
	left := q.len()
	cancel()
	polling.Wait()
	if left > 0 {
		tb.Errorf("%d messages are left in the queue after %s", left, s.limit)
	}
	if r.killed < s.kills/2 || len(q.deadLetters) < s.poison || s.kills == 0 && len(q.deadLetters) > s.poison {
		tb.Errorf("%d runs were killed, want %d or half of it; %d messages were dead-lettered, want %d", r.killed, s.kills, len(q.deadLetters), s.poison)
	}
	if waiting := cloud.table.waiting(); len(waiting) > 0 {
		tb.Errorf("repeats of %q were never posted", waiting)
	}
	s.checkMessages(tb, slack.Messages(), begin, &r)
	s.checkLogs(tb, logs, r)
	tb.Logf("%+v, a message was received %d times at most", r, q.receives)
	return r
}

// feed puts the messages into the queue.
func (s storm) feed(ctx context.Context, q *queue) {
	const steps = 50
	for step := range steps {
		for i := step * s.events / steps; i < (step+1)*s.events/steps; i++ {
			id := fmt.Sprint("e", i)
			q.add(id, strings.NewReplacer("UNIQUE", id, "ACTOR", fmt.Sprint("actor-", i%s.actors)).Replace(wanted))
		}
		for i := step * s.poison / steps; i < (step+1)*s.poison/steps; i++ {
			q.add(fmt.Sprint("poison-", i), strings.Repeat("{", 1+i))
		}
		select {
		case <-time.After(s.over / steps):
		case <-ctx.Done():
		}
	}
}

// checkMessages holds that each actor is in a message, and where each has one event, once.
func (s storm) checkMessages(tb testing.TB, messages []slacktest.Message, begin time.Time, r *result) {
	tb.Helper()
	r.messages = len(messages)
	count := map[string]int{}
	for _, m := range messages {
		names := named.FindAllString(string(m.Payload), -1)
		slices.Sort(names)
		for _, name := range slices.Compact(names) {
			if count[name]++; count[name] == 1 {
				r.last = m.Time.Sub(begin)
			} else if s.events == s.actors {
				r.twice++
			}
		}
	}
	if len(count) != s.actors {
		tb.Errorf("%d of %d actors are in a message", len(count), s.actors)
	}
	// A run that is killed may have posted one message and not recorded it: a digest names 40 at
	// most.
	if allowed := r.killed * 40; r.twice > allowed {
		tb.Errorf("%d were posted twice, allowed: %d", r.twice, allowed)
	}
}

// checkLogs holds that every run has accounted for its events, and that each event was posted once,
// as the log says; what a killed run did is in no log.
func (s storm) checkLogs(tb testing.TB, logs []*lambdaruntime.Output, r result) {
	tb.Helper()
	told, dead, runs := map[string]int{}, map[string]int{}, 0
	for _, log := range logs {
		for text := range strings.Lines(log.String()) {
			var line struct {
				Msg, Outcome, EventID, MessageID string
				Unaccounted                      int
			}
			if strings.HasPrefix(text, "SDK ") {
				continue // AWS's library complains about connections in its own words
			}
			if err := json.Unmarshal([]byte(text), &line); err != nil {
				tb.Fatalf("%q: %v", text, err)
			}
			switch {
			case line.Unaccounted != 0:
				tb.Errorf("a run lost count: %s", text)
			case line.Msg == "batch":
				runs++
			case line.Outcome == "posted", line.Outcome == "folded":
				told[line.EventID]++
			case line.Outcome == "dead":
				dead[line.MessageID]++
			}
		}
	}
	most := 0
	for _, times := range told {
		most = max(most, times)
	}
	if r.killed == 0 && (len(told) != s.events || most != 1 || len(dead) != s.poison) || runs == 0 {
		tb.Errorf("in %d runs %d events were posted, one of them %d times, and %d messages were dead-lettered; want %d, once, and %d",
			runs, len(told), most, len(dead), s.events, s.poison)
	}
}

// mapping is an event source mapping that kills the function now and then.
type mapping struct {
	queue *queue
	table *table
	kills struct {
		sync.Mutex
		left, oneIn int
	}
}

func (m *mapping) poll(ctx context.Context, tb testing.TB, g *gate) {
	killed := false
	invoke := func(ctx context.Context, event []byte) ([]byte, error) {
		m.kills.Lock()
		armed := m.kills.left > 0 && rand.IntN(m.kills.oneIn) == 0
		m.kills.Unlock()
		if armed {
			// The secret, the claims, what was posted before, a turn for each message, and then two
			// for each that is posted.
			size := bytes.Count(event, []byte(`"messageId":`))
			g.arm(3 + size + 2*min(size, 5))
		}
		answer, err := g.function.Invoke(ctx, event)
		if killed = g.disarm() && err != nil; killed {
			m.kills.Lock()
			m.kills.left = max(m.kills.left-1, 0)
			m.kills.Unlock()
		}
		return answer, err
	}
	for ctx.Err() == nil {
		batch, err := lambdaruntime.PollOnce(ctx, m.queue, lambdaruntime.PollOptions{
			QueueURL: "http://queue", QueueARN: "arn:aws:sqs:us-east-1:111111111111:queue",
			BatchSize: contract.BatchSize, BatchWindow: contract.BatchWindow, VisibilityTimeout: contract.VisibilityTimeout,
		}, invoke)
		switch {
		case err != nil && ctx.Err() == nil:
			tb.Errorf("polling: %v", err)
			return
		case killed:
			// Six minutes, in which claims end and what waits has its turn, pass at once.
			ids := make([]string, 0, len(batch.Messages))
			for _, message := range batch.Messages {
				ids = append(ids, aws.ToString(message.MessageId))
			}
			m.table.expire(ids)
			m.queue.delay(0, ids...)
			killed = false
		case batch.Err != nil:
			tb.Errorf("a run failed: %v", batch.Err)
		}
	}
}
