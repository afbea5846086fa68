package redrive

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/smithy-go"

	"github.com/trailbus/trailbus/internal/contract"
	"github.com/trailbus/trailbus/rules"
)

const (
	production = "222222222222"
	staging    = "333333333333"
)

var before = time.Now().Add(-time.Hour)

// event is an EventBridge event that carries a CloudTrail record.
func event(id, account, name string) string {
	return fmt.Sprintf(`{"version":"0","id":"e-%s","detail-type":"AWS API Call via CloudTrail","source":"aws.iam","account":"%s","time":"2026-11-20T08:00:00Z",`+
		`"region":"us-east-1","resources":[],"detail":{"eventTime":"2026-11-20T08:00:00Z","eventSource":"iam.amazonaws.com","eventName":"%s","eventID":"%s",`+
		`"recipientAccountId":"%s"}}`, id, account, name, id, account)
}

// newRun makes a run, and a map of the dead deadLetters that it reports, by outcome.
func newRun(t *testing.T, q *fakeQueues) (*Redrive, map[Outcome][]*DeadLetter) {
	t.Helper()
	set, err := rules.NewCatalogSet("cis")
	if err != nil {
		t.Fatal(err)
	}
	reported := map[Outcome][]*DeadLetter{}
	return &Redrive{Client: q, QueueURL: "queue", DeadLetterQueueURL: "dead", Settings: &contract.Settings{Rules: set},
		OnDeadLetter: func(l *DeadLetter) { reported[l.Outcome] = append(reported[l.Outcome], l) }}, reported
}

// check checks the counts of a run, and these invariants: each message is in the dead-letter queue
// or in the queue; what is deleted was sent before; what stays is visible.
func check(t *testing.T, q *fakeQueues, r *Redrive, reported map[Outcome][]*DeadLetter, want map[Outcome]int) {
	t.Helper()
	if got := r.Outcomes(); !maps.Equal(got, want) {
		t.Errorf("the outcomes are %v, want %v", got, want)
	}
	sum := 0
	for outcome, deadLetters := range reported {
		sum += len(deadLetters)
		if len(deadLetters) != want[outcome] {
			t.Errorf("reported %d %s, want %d", len(deadLetters), outcome, want[outcome])
		}
	}
	if seen, _ := r.Progress(); sum != seen || seen == 0 {
		t.Errorf("reported %d dead letters, saw %d", sum, seen)
	}
	sent := map[string]int{}
	for _, step := range q.steps {
		what, body, _ := strings.Cut(step, " ")
		if what == "send" {
			sent[body]++
		} else if sent[body]--; sent[body] < 0 {
			t.Errorf("deleted before it was sent: %s", body)
		}
	}
	for _, m := range q.deadLetters {
		if m.hidden {
			t.Errorf("still hidden: %s", m.body)
		}
		if m.gone && !slices.Contains(q.queue, m.body) {
			t.Errorf("lost: %s", m.body)
		}
	}
}

func TestRunMovesAllButJunk(t *testing.T) {
	q := &fakeQueues{}
	for i := range 137 {
		q.add(event(fmt.Sprint(i), production, "CreateUser"), before, map[string]string{"TRAILBUS_REASON": "Slack: no_service"})
	}
	q.add("hello", before, map[string]string{"TRAILBUS_REASON": "no CloudTrail event: …"})
	q.add(strings.Replace(event("forged", production, "CreateUser"), "aws.iam", "my.iam", 1), before, nil)
	q.add(`{"detail-type":"Scheduled Event","source":"aws.events","account":"222222222222","region":"us-east-1","resources":["r"],"detail":{}}`, before, nil)
	q.add(`{"detail-type":"Trailbus Verify","source":"trailbus.verify","account":"222222222222","region":"us-east-1","detail":{"id":"1"}}`, before, nil)
	r, reported := newRun(t, q)
	if err := r.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	check(t, q, r, reported, map[Outcome]int{Moved: 137, Junk: 4})
	if len(q.queue) != 137 || len(q.left()) != 4 || q.shown != 4 {
		t.Errorf("%d are in the queue, %d in the dead-letter queue", len(q.queue), len(q.left()))
	}
	if _, total := r.Progress(); total != 141 || r.NotVisible() != 0 {
		t.Errorf("about %d, %d hidden", total, r.NotVisible())
	}
	for _, l := range reported[Junk] {
		if l.Remark == "" {
			t.Errorf("%+v says not why", l)
		}
	}
}

func TestADryRunMovesNothing(t *testing.T) {
	q := &fakeQueues{}
	for i := range 25 {
		q.add(event(fmt.Sprint(i), production, "CreateUser"), before, nil)
	}
	r, reported := newRun(t, q)
	r.DryRun = true
	if err := r.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	check(t, q, r, reported, map[Outcome]int{WouldMove: 25})
	if len(q.queue)+len(q.deleted) != 0 || q.shown != 25 {
		t.Errorf("sent %d, deleted %d, showed %d", len(q.queue), len(q.deleted), q.shown)
	}
}

func TestFilter(t *testing.T) {
	slack, bridge := map[string]string{"TRAILBUS_REASON": "Slack: channel_not_found"}, map[string]string{"ERROR_CODE": "NO_PERMISSIONS", "ERROR_MESSAGE": "the queue"}
	late := strings.ReplaceAll(event("late", production, "DeleteUser"), "2026-11-20T08", "2026-11-21T08")
	day := time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)
	for name, test := range map[string]struct {
		filter Filter
		want   []string // ids of the events that are moved
		junk   int
	}{
		"all":              {Filter{}, []string{"a", "b", "late"}, 1},
		"account":          {Filter{Accounts: []string{staging}}, []string{"b"}, 0},
		"two accounts":     {Filter{Accounts: []string{staging, production}}, []string{"a", "b", "late"}, 0},
		"event":            {Filter{Events: []string{"createuser"}}, []string{"a", "b"}, 0},
		"call":             {Filter{Events: []string{"iam:DeleteUser"}}, []string{"late"}, 0},
		"no such event":    {Filter{Events: []string{"User"}}, nil, 0},
		"reason":           {Filter{Reason: "Channel"}, []string{"a"}, 0},
		"EventBridge's":    {Filter{Reason: "no_permissions: the"}, []string{"b"}, 0},
		"since":            {Filter{Since: day}, []string{"late"}, 0},
		"before":           {Filter{Before: day}, []string{"a", "b"}, 0},
		"two at once":      {Filter{Before: day, Accounts: []string{production}}, []string{"a"}, 0},
		"none":             {Filter{Before: day, Since: day}, nil, 0},
		"junk, if need be": {Filter{Junk: true, Reason: "received too often"}, []string{"", "late"}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			q := &fakeQueues{}
			q.add(event("a", production, "CreateUser"), before, slack)
			q.add(event("b", staging, "CreateUser"), before, bridge)
			q.add(late, before, nil)
			q.add("junk", before, nil)
			r, reported := newRun(t, q)
			r.Filter = test.filter
			if err := r.Run(t.Context()); err != nil {
				t.Fatal(err)
			}
			want := map[Outcome]int{}
			for outcome, n := range map[Outcome]int{Moved: len(test.want), Junk: test.junk, Filtered: 4 - len(test.want) - test.junk} {
				if n > 0 {
					want[outcome] = n
				}
			}
			check(t, q, r, reported, want)
			var ids []string
			for _, l := range reported[Moved] {
				ids = append(ids, l.EventID)
			}
			if slices.Sort(ids); !slices.Equal(ids, test.want) {
				t.Errorf("moved %q, want %q", ids, test.want)
			}
		})
	}
}

// The notifier may be quicker than the run.
func TestDeadLettersThatComeBackAreNotMovedAgain(t *testing.T) {
	q := &fakeQueues{}
	q.onSend = func(body string) {
		q.add(body, time.Now().Add(2*time.Second), map[string]string{"TRAILBUS_REASON": "still so"})
	}
	for i := range 40 {
		q.add(event(fmt.Sprint(i), production, "CreateUser"), before, nil)
	}
	r, reported := newRun(t, q)
	if err := r.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(q.queue) != 40 {
		t.Errorf("moved %d times, want 40", len(q.queue))
	}
	// A worker that is done may leave some of them unseen.
	check(t, q, r, reported, map[Outcome]int{Moved: 40, New: r.Outcomes()[New]})
	if len(q.left()) != 40 || r.Outcomes()[New] == 0 {
		t.Errorf("%d are in the dead-letter queue, want 40; of %d it was said", len(q.left()), r.Outcomes()[New])
	}
}

func TestRunEndsThoughDeadLettersKeepComing(t *testing.T) {
	q := &fakeQueues{}
	q.add(event("first", production, "CreateUser"), before, nil)
	n := 0
	q.afterReceive = func() {
		for range 10 {
			n++
			q.deadLetters = append(q.deadLetters, &fakeMessage{id: fmt.Sprint("new", n), body: event(fmt.Sprint(n), production, "CreateUser"), sent: time.Now().Add(time.Minute)})
		}
	}
	r, reported := newRun(t, q)
	if err := r.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	check(t, q, r, reported, map[Outcome]int{Moved: 1, New: r.Outcomes()[New]})
}

// A dead letter that becomes visible during the run is received again, with another receipt.
func TestDeadLetterReceivedTwiceCountsOnce(t *testing.T) {
	q := &fakeQueues{}
	q.add("junk", before, nil)
	times := 0
	q.afterReceive = func() {
		if times++; times <= 2 {
			q.deadLetters[0].hidden = false
		}
	}
	r, reported := newRun(t, q)
	if err := r.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	check(t, q, r, reported, map[Outcome]int{Junk: 1})
	if times < 2 {
		t.Errorf("received %d times, so this test sees nothing", times)
	}
}

func TestCancellationFinishesBatchesAndMakesTheRestVisible(t *testing.T) {
	q := &fakeQueues{}
	for i := range 500 {
		q.add([]string{event(fmt.Sprint(i), production, "CreateUser"), "junk"}[i%2], before, nil)
	}
	ctx, cancel := context.WithCancel(t.Context())
	q.afterReceive = cancel
	r, reported := newRun(t, q)
	if err := r.Run(ctx); err != nil {
		t.Fatal(err)
	}
	counts := r.Outcomes()
	check(t, q, r, reported, map[Outcome]int{Moved: counts[Moved], Junk: counts[Junk]})
	if counts[Moved] == 0 || counts[Moved] > 8*5 || len(q.left()) != 500-counts[Moved] {
		t.Errorf("moved %d, %d are left", counts[Moved], len(q.left()))
	}
}

func TestFailuresLoseNothing(t *testing.T) {
	denied := &smithy.GenericAPIError{Code: "AccessDenied", Message: "not you"}
	for name, test := range map[string]struct {
		refuse map[string]error
		fails  string
		want   map[Outcome]int // what stands in the place of the 30
		err    string
		queue  int
	}{
		"no attributes":     {refuse: map[string]error{"attributes": denied}, err: "sqs:GetQueueAttributes"},
		"no receiving":      {refuse: map[string]error{"receive": denied}, err: "sqs:ReceiveMessage"},
		"no sending":        {refuse: map[string]error{"send": denied}, err: "sqs:SendMessage", want: map[Outcome]int{NotMoved: -1}},
		"no deleting":       {refuse: map[string]error{"delete": denied}, err: "sqs:DeleteMessage", want: map[Outcome]int{NotDeleted: -1}, queue: -1},
		"some are not sent": {fails: "send", want: map[Outcome]int{Moved: 27, NotMoved: 3}, queue: 27},
		"some stay, too":    {fails: "delete", want: map[Outcome]int{Moved: 27, NotDeleted: 3}, queue: 30},
	} {
		t.Run(name, func(t *testing.T) {
			q := &fakeQueues{refuse: test.refuse, failEntry: map[string]func(string) bool{
				test.fails: func(body string) bool { return strings.Contains(body, `9","recipient`) },
			}}
			for i := range 30 {
				q.add(event(fmt.Sprint(i), production, "CreateUser"), before, nil)
			}
			r, reported := newRun(t, q)
			err := r.Run(t.Context())
			if (err == nil) != (test.err == "") || err != nil && (!strings.Contains(err.Error(), test.err) || !strings.Contains(err.Error(), "not you")) {
				t.Errorf("the error is %v, want one with %q", err, test.err)
			}
			if test.want == nil {
				if seen, _ := r.Progress(); seen != 0 || len(q.left()) != 30 {
					t.Errorf("saw %d", seen)
				}
				return
			}
			for outcome, n := range test.want {
				if n < 0 { // as many as were under way when it failed
					test.want[outcome] = max(1, r.Outcomes()[outcome])
				}
			}
			check(t, q, r, reported, test.want)
			if want := test.queue; len(q.queue) != want && (want >= 0 || len(q.queue) == 0) {
				t.Errorf("the queue has %d, want %d", len(q.queue), want)
			}
			if gone := len(q.deleted); len(q.left()) != 30-gone || gone != r.Outcomes()[Moved] {
				t.Errorf("%d are left, %d are deleted", len(q.left()), gone)
			}
		})
	}
}

func TestErrorOfVisibilityIsReported(t *testing.T) {
	q := &fakeQueues{refuse: map[string]error{"show": errors.New("gone")}}
	q.add("junk", before, nil)
	r, _ := newRun(t, q)
	if err := r.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "within 10m0s") || !strings.Contains(err.Error(), "gone") {
		t.Errorf("the error is %v", err)
	}
}

func TestLongMessagesAreSentInBatches(t *testing.T) {
	q := &fakeQueues{}
	for i, size := range []int{100, 1 << 20, 200 << 10, 200 << 10, 10, 1 << 19} {
		body := event(fmt.Sprint(i), production, "CreateUser")
		q.add(strings.Replace(body, `"resources":[]`, `"resources":["`+strings.Repeat("x", max(0, size-len(body)-2))+`"]`, 1), before, nil)
	}
	r, reported := newRun(t, q)
	if err := r.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	check(t, q, r, reported, map[Outcome]int{Moved: 6})
}

func TestExternalTextIsSanitized(t *testing.T) {
	q := &fakeQueues{}
	q.add(event("a", production, `Create\u001b[2J\u202eUser`), before, map[string]string{"TRAILBUS_REASON": "bad\x1b[31m\nthing"})
	q.add("\x1b]0;title\a", before, nil)
	r, reported := newRun(t, q)
	if err := r.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	check(t, q, r, reported, map[Outcome]int{Moved: 1, Junk: 1})
	for _, deadLetters := range reported {
		for _, l := range deadLetters {
			if text := fmt.Sprintf("%s%s%s%s", l.Event, l.Reason, l.Remark, l.Account); strings.ContainsAny(text, "\x1b\a\n\u202e") {
				t.Errorf("not cleaned: %q", text)
			}
		}
	}
}
