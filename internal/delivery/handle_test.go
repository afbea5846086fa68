package delivery

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-lambda-go/events"
	slackgo "github.com/slack-go/slack"

	"github.com/trailbus/trailbus/internal/contract"
	"github.com/trailbus/trailbus/internal/local/slacktest"
	"github.com/trailbus/trailbus/internal/slack"
	"github.com/trailbus/trailbus/routes"
	"github.com/trailbus/trailbus/rules"
)

var (
	unmatchedEvent = strings.Replace(createUser("u", accountA), "CreateUser", "TagUser", 1)
	// assumeRole carries credentials in clear, as such records do.
	assumeRole = strings.NewReplacer(`"iam.amazonaws.com"`, `"sts.amazonaws.com"`, "CreateUser", "AssumeRole", "aws.iam", "aws.sts",
		`"responseElements":null`, `"responseElements":{"credentials":{"accessKeyId":"ASIASECRETKEYID00000","secretAccessKey":"sEcReTaCcEsSkEy","sessionToken":"sEsSiOnToKeN"}}`,
	).Replace(createUser("role", accountA))
)

func TestEachOutcome(t *testing.T) {
	revoked := &slack.Error{Reason: "no_service", Revoked: true}
	tests := map[string]struct {
		body     string
		slack    error
		outcome  Outcome
		reason   string // contained
		posted   int
		returned bool
		buried   int
	}{
		"told":             {body: createUser("1", accountA), outcome: Posted, posted: 1},
		"unmatched":        {body: unmatchedEvent, outcome: Unmatched},
		"not JSON":         {body: "hello", outcome: Dead, reason: "no CloudTrail event", buried: 1},
		"empty":            {body: "", outcome: Dead, reason: "no CloudTrail event", buried: 1},
		"no detail":        {body: `{"source":"aws.iam"}`, outcome: Dead, reason: "detail is null or missing", buried: 1},
		"forged source":    {body: strings.Replace(createUser("1", accountA), "aws.iam", "my.iam", 1), outcome: Dead, reason: "my.iam", buried: 1},
		"another account":  {body: strings.Replace(createUser("1", accountA), `"recipientAccountId":"`+accountA, `"recipientAccountId":"`+accountB, 1), outcome: Dead, reason: accountB, buried: 1},
		"too deep":         {body: strings.Replace(createUser("1", accountA), `"bob"`, strings.Repeat("[", 5000)+strings.Repeat("]", 5000), 1), outcome: Dead, reason: "cannot be matched", buried: 1},
		"busy":             {body: createUser("1", accountA), slack: &slack.Error{Reason: "rate_limited", Temporary: true, RetryAfter: time.Minute}, outcome: Returned, reason: "rate_limited", returned: true},
		"down":             {body: createUser("1", accountA), slack: &slack.Error{Reason: "status 503", Temporary: true}, outcome: Returned, reason: "503", returned: true},
		"unknown failure":  {body: createUser("1", accountA), slack: errors.New("odd"), outcome: Returned, reason: "odd", returned: true},
		"revoked":          {body: createUser("1", accountA), slack: revoked, outcome: Dead, reason: "no_service", buried: 1},
		"refused for ever": {body: createUser("1", accountA), slack: &slack.Error{Reason: "status 405"}, outcome: Dead, reason: "405", buried: 1},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			if test.slack != nil {
				w.slack.do = slices.Repeat([]func(context.Context, string, *slackgo.WebhookMessage) error{fails(test.slack)}, 5)
			}
			failed := w.run(t.Context(), t, item("m", test.body))
			l := w.lines(t)[0]
			if l.Outcome != string(test.outcome) || !strings.Contains(l.Reason, test.reason) || (test.reason == "") != (l.Reason == "") {
				t.Errorf("outcome %s, reason %q; want %s, %q", l.Outcome, l.Reason, test.outcome, test.reason)
			}
			if len(w.slack.posted) != test.posted || len(w.queue.bodies) != test.buried || slices.Equal(failed, []string{"m"}) != test.returned {
				t.Errorf("posted %d, dead-lettered %d, returned %v; want %+v", len(w.slack.posted), len(w.queue.bodies), failed, test)
			}
			if test.buried > 0 && (w.queue.bodies[0] != test.body || !strings.Contains(w.queue.reasons[0], test.reason)) {
				t.Errorf("dead-lettered %.80q because of %q", w.queue.bodies[0], w.queue.reasons[0])
			}
			if hidden, ok := w.queue.delayed["handle-m"]; ok != test.returned || ok && hidden < 2*time.Second {
				t.Errorf("hidden %v for %v", ok, hidden)
			}
		})
	}
}

// The dashboard and the alarms know metrics by these names.
func TestEachOutcomeIsAMetric(t *testing.T) {
	for _, outcome := range outcomes {
		if name := metricName(outcome); !slices.Contains(contract.Metrics, name) {
			t.Errorf("%s is not among the metrics %q", name, contract.Metrics)
		}
	}
}

func TestTheLogLineOfAPostedEvent(t *testing.T) {
	w := newWorld(t)
	w.run(t.Context(), t, item("m", createUser("id-1", accountA)))
	l := w.lines(t)[0]
	if l.EventID != "id-1" || l.EventName != "CreateUser" || l.Account != accountA || l.To != "webhook "+routes.Default || !slices.Equal(l.Rules, []string{"users", "any-user"}) {
		t.Errorf("line %+v", l)
	}
	if m := w.slack.posted[0]; !strings.Contains(m.Text, "A user was made") || m.Blocks == nil {
		t.Errorf("posted %+v", m)
	}
}

func TestOneBadItemCostsNoOther(t *testing.T) {
	w := newWorld(t)
	w.slack.do = []func(context.Context, string, *slackgo.WebhookMessage) error{
		nil, func(context.Context, string, *slackgo.WebhookMessage) error { panic("what " + token + " holds") }, nil,
		func(context.Context, string, *slackgo.WebhookMessage) error {
			var m map[string]int
			m["x"] = 1 //nolint:staticcheck // a panic of the Go runtime
			return nil
		},
	}
	long := strings.Replace(ownUser("long", accountA), `"bob"`, `"`+strings.Repeat("x", 1<<20)+`"`, 1)
	failed := w.run(t.Context(), t,
		item("0", ownUser("0", accountA)),
		item("panic", ownUser("panic", accountA)),
		item("1", ownUser("1", accountA)),
		item("nil map", ownUser("nil map", accountA)),
		item("text", "not JSON"),
		item("empty detail", `{"detail":{}}`),
		item("forged", strings.Replace(ownUser("f", accountA), "aws.iam", "evil", 1)),
		item("mismatch", ownUser("m", accountB[:11]+"9")),
		item("long", long),
		item("last", ownUser("last", accountB)),
	)
	want := map[string]Outcome{"0": Posted, "panic": Dead, "1": Posted, "nil map": Dead, "text": Dead, "empty detail": Dead, "forged": Dead, "mismatch": Posted, "long": Posted, "last": Posted}
	for _, l := range w.lines(t) {
		if l.Outcome != string(want[l.MessageID]) {
			t.Errorf("%s: %s (%s), want %s", l.MessageID, l.Outcome, l.Reason, want[l.MessageID])
		}
		switch l.MessageID {
		case "panic":
			if !strings.Contains(l.Reason, "panic of type string at ") || strings.Contains(l.Reason, token) {
				t.Errorf("reason %q", l.Reason)
			}
		case "nil map":
			if !strings.Contains(l.Reason, "assignment to entry in nil map at github.com/trailbus/trailbus/internal/delivery.") {
				t.Errorf("reason %q", l.Reason)
			}
		}
	}
	if len(failed) != 0 || len(w.slack.posted) != 5 || len(w.queue.bodies) != 5 {
		t.Errorf("returned %v, posted %d, dead-lettered %d", failed, len(w.slack.posted), len(w.queue.bodies))
	}
}

func TestTextOfEventsIsCutInTheLog(t *testing.T) {
	w := newWorld(t)
	huge := strings.Repeat("ü", 1<<18)
	body := strings.NewReplacer(`"eventID":"1"`, `"eventID":"`+huge+`"`, `"us-east-1"`, `"`+huge+"\\n\\u001b[31m"+`"`, "aws.iam", huge).Replace(createUser("1", accountA))
	w.run(t.Context(), t, item("m", body))
	if length := w.log.Len(); length == 0 || length > 4096 {
		t.Errorf("the line has %d bytes", length)
	}
	if len(w.queue.bodies) != 1 || w.queue.bodies[0] != body {
		t.Error("not dead-lettered as it came")
	}
}

func TestMutes(t *testing.T) {
	mute := func(rule string, until time.Duration, pattern string) rules.Mute {
		m := rules.Mute{Rule: rule, Until: time.Now().Add(until), Owner: "ann", Reason: "known"}
		if pattern != "" {
			m.Pattern = []byte(pattern)
		}
		return m
	}
	bob, eve := `{"detail":{"requestParameters":{"userName":["bob"]}}}`, `{"detail":{"requestParameters":{"userName":["eve"]}}}`
	tests := map[string]struct {
		mutes []rules.Mute
		want  Outcome
		rules []string
	}{
		"none":                  {want: Posted, rules: []string{"users", "any-user"}},
		"of one rule":           {[]rules.Mute{mute("users", time.Hour, "")}, Posted, []string{"any-user"}},
		"of both":               {[]rules.Mute{mute("users", time.Hour, ""), mute("any-user", time.Hour, "")}, Muted, nil},
		"of all rules":          {[]rules.Mute{mute("", time.Hour, bob)}, Muted, nil},
		"of another user":       {[]rules.Mute{mute("", time.Hour, eve)}, Posted, []string{"users", "any-user"}},
		"expired":               {[]rules.Mute{mute("", -time.Second, bob)}, Posted, []string{"users", "any-user"}},
		"one expired, one not":  {[]rules.Mute{mute("users", -time.Hour, ""), mute("any-user", time.Hour, "")}, Posted, []string{"users"}},
		"of a rule and pattern": {[]rules.Mute{mute("users", time.Hour, eve), mute("any-user", time.Hour, bob)}, Posted, []string{"users"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, test.mutes...)
			w.run(t.Context(), t, item("m", createUser("1", accountA)))
			l := w.lines(t)[0]
			if l.Outcome != string(test.want) || !slices.Equal(l.Rules, test.rules) {
				t.Errorf("%s by %v, want %s by %v", l.Outcome, l.Rules, test.want, test.rules)
			}
			if (test.want == Muted) != strings.Contains(l.Reason, "muted by ann") {
				t.Errorf("reason %q", l.Reason)
			}
			if (len(w.slack.posted) == 1) != (test.want == Posted) {
				t.Errorf("posted %d", len(w.slack.posted))
			}
		})
	}
}

func TestRoutes(t *testing.T) {
	w := newWorld(t)
	w.webhooks.urls["team"] = "https://hooks.slack.com/services/T0/B1/" + token
	w.Settings.Routes = routes.Table{{Accounts: []string{accountB}, Webhook: "team"}, {Severities: []rules.Severity{rules.High}, Webhook: "missing"}}
	w.run(t.Context(), t, item("a", createUser("a", accountA)), item("b", createUser("b", accountB)), item("r", assumeRole))
	want := []string{w.webhooks.urls["default"], w.webhooks.urls["default"], w.webhooks.urls["team"]} // the urgent one first
	if !slices.Equal(w.slack.urls, want) {
		t.Errorf("posted to %v, want %v", w.slack.urls, want)
	}
	for _, l := range w.lines(t) {
		if odd := l.MessageID == "r"; odd != strings.Contains(l.Reason, `no webhook "missing"`) || odd != (l.Level == "WARN") {
			t.Errorf("line %+v", l)
		}
	}
}

func TestSlackAsksToWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.webhooks.urls["team"] = "https://hooks.slack.com/services/T0/B1/" + token
		w.Settings.Routes = routes.Table{{Accounts: []string{accountB}, Webhook: "team"}}
		busy := fails(&slack.Error{Reason: "rate_limited", Temporary: true, RetryAfter: 100 * time.Second})
		w.slack.do = []func(context.Context, string, *slackgo.WebhookMessage) error{busy}
		failed := w.run(t.Context(), t, item("1", ownUser("1", accountA)), item("2", ownUser("2", accountA)), item("3", ownUser("3", accountB)))
		if !slices.Equal(failed, []string{"1", "2"}) || len(w.slack.urls) != 2 || len(w.slack.posted) != 1 {
			t.Errorf("returned %v after %d posts; want 1 and 2, the second not tried, and the other webhook's posted", failed, len(w.slack.urls))
		}
		for _, id := range failed {
			if d := w.queue.delayed["handle-"+id]; d < 99*time.Second || d > 101*time.Second {
				t.Errorf("%s is hidden for %s", id, d)
			}
		}
		time.Sleep(50 * time.Second) // a later batch
		if failed := w.run(t.Context(), t, item("4", ownUser("4", accountA))); !slices.Equal(failed, []string{"4"}) || len(w.slack.urls) != 2 {
			t.Errorf("returned %v after %d posts, want 4 after 2", failed, len(w.slack.urls))
		}
		if d := w.queue.delayed["handle-4"]; d < 49*time.Second || d > 51*time.Second {
			t.Errorf("hidden for %s", d)
		}
		time.Sleep(51 * time.Second)
		if failed := w.run(t.Context(), t, item("5", ownUser("5", accountA))); len(failed) != 0 || len(w.slack.posted) != 2 {
			t.Errorf("returned %v, posted %d", failed, len(w.slack.posted))
		}
	})
}

func TestAShortWaitIsWaited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.webhooks.urls["team"] = "https://hooks.slack.com/services/T0/B1/" + token
		w.Settings.Routes = routes.Table{{Accounts: []string{accountB}, Webhook: "team"}}
		busy := fails(&slack.Error{Reason: "rate_limited", Temporary: true, RetryAfter: time.Second})
		w.slack.do = []func(context.Context, string, *slackgo.WebhookMessage) error{busy, nil, busy}
		start := time.Now()
		if failed := w.run(t.Context(), t, item("1", ownUser("1", accountA)), item("2", ownUser("2", accountA)), item("3", ownUser("3", accountB))); len(failed) > 0 {
			t.Errorf("returned %v", failed)
		}
		var order []string
		for _, url := range w.slack.urls {
			order = append(order, map[string]string{w.webhooks.urls["default"]: "default", w.webhooks.urls["team"]: "team"}[url])
		}
		if took := time.Since(start); took != 2*time.Second || !slices.Equal(order, []string{"default", "team", "default", "default", "default"}) {
			t.Errorf("took %s in the order %v; want 2s, and those that need not wait first", took, order)
		}
	})
}

func TestARevokedWebhookIsReadAgain(t *testing.T) {
	revoked := fails(&slack.Error{Reason: "no_service", Revoked: true})
	w := newWorld(t)
	w.webhooks.renewed = map[string]string{"default": "https://hooks.slack.com/services/T0/NEW/" + token}
	w.slack.do = []func(context.Context, string, *slackgo.WebhookMessage) error{revoked}
	failed := w.run(t.Context(), t, item("1", ownUser("1", accountA)), item("2", ownUser("2", accountA)))
	if len(failed) != 0 || w.webhooks.renews != 1 || len(w.slack.posted) != 2 || !strings.Contains(w.slack.urls[1], "NEW") || !strings.Contains(w.slack.urls[2], "NEW") {
		t.Errorf("returned %v, %d renewals, posted %d", failed, w.webhooks.renews, len(w.slack.posted))
	}

	w = newWorld(t) // a secret that cannot be read can be fixed: nothing is dead-lettered
	w.webhooks.err = errors.New("secret cannot be read")
	if failed := w.run(t.Context(), t, item("1", ownUser("1", accountA))); len(failed) != 1 || len(w.queue.bodies) != 0 {
		t.Errorf("returned %v, dead-lettered %d", failed, len(w.queue.bodies))
	}
}

func TestTheTextGoesAlone(t *testing.T) {
	for _, status := range []int{http.StatusOK, http.StatusTooManyRequests, http.StatusInternalServerError} {
		t.Run(fmt.Sprint("then ", status), func(t *testing.T) {
			server := slacktest.New(slacktest.Options{})
			defer server.Close()
			server.Fail(1, http.StatusBadRequest, "invalid_blocks", 0)
			if status != http.StatusOK {
				server.Fail(1, status, "", time.Second)
			}
			w := newWorld(t)
			w.webhooks.urls["default"] = server.URL(token)
			w.Slack = &slack.Webhooks{}
			failed := w.run(t.Context(), t, item("1", createUser("1", accountA)))
			l := w.lines(t)[0]
			taken := server.Messages()
			if len(failed) != 0 || len(taken) != 1 || strings.Contains(string(taken[0].Payload), `"blocks"`) {
				t.Fatalf("returned %v, taken %s", failed, taken)
			}
			if l.Outcome != "posted" || l.Level != "WARN" || !strings.Contains(l.Reason, "invalid_blocks") {
				t.Errorf("line %+v", l)
			}
		})
	}
}

func TestTheDeadLetterQueueRefuses(t *testing.T) {
	w := newWorld(t)
	w.queue.deadLetterErr = errors.New("over quota")
	w.queue.delayErr = errors.New("no such receipt")
	failed := w.run(t.Context(), t, item("1", "junk"), item("2", createUser("2", accountA)))
	if l := w.lines(t)[0]; !slices.Equal(failed, []string{"1"}) || !strings.Contains(l.Reason, "over quota") || !strings.Contains(l.Reason, "no such receipt") || !strings.Contains(l.Reason, "no CloudTrail event") {
		t.Errorf("returned %v, line %+v", failed, l)
	}

	w = newWorld(t)
	w.queue.delayPanics = true
	w.webhooks.err = errors.New("no")
	if failed := w.run(t.Context(), t, item("1", createUser("1", accountA)), item("2", "junk")); !slices.Equal(failed, []string{"1"}) || len(w.queue.bodies) != 1 {
		t.Errorf("returned %v, dead-lettered %d", failed, len(w.queue.bodies))
	}
}

// TestARunEndsInTime lets Slack be as slow as it can be: the answer must come before the deadline,
// and name what was not posted.
func TestARunEndsInTime(t *testing.T) {
	slow := func(ctx context.Context, _ string, _ *slackgo.WebhookMessage) error {
		select {
		case <-ctx.Done():
			return &slack.Error{Reason: "not reached", Temporary: true}
		case <-time.After(time.Hour):
			return nil
		}
	}
	tenSeconds := func(context.Context, string, *slackgo.WebhookMessage) error {
		time.Sleep(10 * time.Second)
		return &slack.Error{Reason: "not reached", Temporary: true}
	}
	for name, do := range map[string]func(context.Context, string, *slackgo.WebhookMessage) error{"hangs": slow, "times out": tenSeconds} {
		for _, deadline := range []bool{true, false} {
			t.Run(fmt.Sprint(name, ", deadline ", deadline), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					w := newWorld(t)
					var items []events.SQSMessage
					for i := range 25 { // which SQS hides in three requests
						items = append(items, item(fmt.Sprint(i), createUser(fmt.Sprint(i), accountA)))
					}
					w.slack.do = slices.Repeat([]func(context.Context, string, *slackgo.WebhookMessage) error{do}, 20)
					ctx := t.Context()
					if deadline {
						var end func()
						ctx, end = context.WithTimeout(ctx, contract.FunctionTimeout)
						defer end()
					}
					start := time.Now()
					failed := w.run(ctx, t, items...)
					if took := time.Since(start); took > contract.FunctionTimeout-reservedForResponse || len(failed) != 25 || len(w.queue.delayed) != 25 {
						t.Errorf("took %s, returned %d, hid %d", took, len(failed), len(w.queue.delayed))
					}
					if n := len(w.slack.urls); n < 1 || n > 5 {
						t.Errorf("%d posts were begun", n)
					}
				})
			})
		}
	}
}

// Events that take long to read do not take the time in which the others of the batch are posted.
func TestNotEnoughTime(t *testing.T) {
	w := newWorld(t)
	ctx, end := context.WithTimeout(t.Context(), reservedForReturns+slackRequestTime+reservedForPosts)
	defer end()
	failed := w.run(ctx, t, item("1", createUser("1", accountA)), item("2", "junk"), item("3", unmatchedEvent))
	if !slices.Equal(failed, []string{"1", "2", "3"}) || len(w.slack.urls) != 0 || len(w.queue.bodies) != 0 {
		t.Errorf("returned %v, %d posts, dead-lettered %d", failed, len(w.slack.urls), len(w.queue.bodies))
	}
}

func TestOddBatches(t *testing.T) {
	w := newWorld(t)
	if failed := w.run(t.Context(), t); len(failed) != 0 {
		t.Errorf("an empty batch returned %v", failed)
	}
	w.webhooks.err = errors.New("no")
	bare := events.SQSMessage{MessageId: "1", Body: createUser("1", accountA)} // no attributes
	if failed := w.run(t.Context(), t, bare, bare); !slices.Equal(failed, []string{"1"}) {
		t.Errorf("a message that came twice: returned %v, want its id once", failed)
	}
}

func TestNoSecretReachesSlackOrTheLog(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }))
	defer server.Close()
	w := newWorld(t)
	w.webhooks.urls["default"] = server.URL + "/services/T0/B0/" + token
	w.Slack = &slack.Webhooks{}
	if failed := w.run(t.Context(), t, item("1", assumeRole)); len(failed) != 1 {
		t.Errorf("returned %v", failed)
	}
	w = newWorld(t)
	w.run(t.Context(), t, item("1", assumeRole), item("2", strings.Replace(assumeRole, "aws.sts", "evil", 1)))
	if len(w.slack.posted) != 1 {
		t.Fatalf("posted %d", len(w.slack.posted))
	}
	posted := fmt.Sprintf("%+v", w.slack.posted[0].Text) + string(mustJSON(t, w.slack.posted[0]))
	for _, secret := range []string{"sEcReTaCcEsSkEy", "sEsSiOnToKeN"} {
		if strings.Contains(posted, secret) {
			t.Errorf("%s was posted", secret)
		}
	}
}
