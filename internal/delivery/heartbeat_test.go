package delivery

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-lambda-go/events"
	slackgo "github.com/slack-go/slack"

	"github.com/trailbus/trailbus/internal/contract"
	"github.com/trailbus/trailbus/internal/contract/state"
	"github.com/trailbus/trailbus/internal/slack"
)

// heartbeat is the heartbeat of a forwarder, as it comes by the central bus.
func heartbeat(account, region string, sent time.Time) string {
	return fmt.Sprintf(`{"version":"0","id":"b","detail-type":"Scheduled Event","source":"aws.events","account":"%s","time":"%s","region":"%s",`+
		`"resources":["arn:aws:events:%[3]s:%[1]s:rule/TrailbusForwarder-RegionalForwarderHeartbeat3EE27DAD-x"],"detail":{}}`, account, sent.UTC().Format(time.RFC3339), region)
}

// checkRequest is what the schedule of the notifier puts into the queue.
func checkRequest(at time.Time) string {
	return `{"source":"trailbus","detail-type":"Trailbus Look","time":"` + at.UTC().Format(time.RFC3339) + `"}`
}

// handle handles bodies as one batch, all of which must be accounted for, and gives how many came
// back.
func (w *world) handle(t testing.TB, bodies ...string) int {
	t.Helper()
	var batch events.SQSEvent
	for i, body := range bodies {
		batch.Records = append(batch.Records, item(fmt.Sprint(i), body))
	}
	response, err := w.Handle(t.Context(), batch)
	if err != nil {
		t.Fatal(err)
	}
	all := w.batches(t)
	if last := all[len(all)-1]; last["unaccounted"] != nil {
		t.Errorf("not accounted for: %v", last)
	}
	return len(response.BatchItemFailures)
}

// last is how often an outcome was counted in the last run.
func (w *world) last(t testing.TB, outcome Outcome) int {
	all := w.batches(t)
	n, ok := all[len(all)-1][string(outcome)].(float64)
	if !ok {
		t.Fatalf("the run does not count %s", outcome)
	}
	return int(n)
}

func watching(t testing.TB) *world {
	w := newWorld(t)
	w.Settings.Heartbeat = contract.HeartbeatWatch{Period: time.Hour, Expected: map[string][]string{accountA: {"us-east-1", "eu-west-1"}, accountB: {"us-east-1"}}}
	return w
}

func kept(t testing.TB, s state.Store, account string) contract.AccountHeartbeats {
	t.Helper()
	entries, err := s.Load(context.Background(), []string{contract.HeartbeatsKey(account)})
	if err != nil {
		t.Fatal(err)
	}
	var a contract.AccountHeartbeats
	if data := entries[contract.HeartbeatsKey(account)].Data; len(data) > 0 {
		if err := json.Unmarshal(data, &a); err != nil {
			t.Fatal(err)
		}
	}
	return a
}

func TestHeartbeatsAreRecorded(t *testing.T) {
	w := watching(t)
	sent := time.Now().Add(-time.Minute).Truncate(time.Second)
	body := heartbeat(accountA, "us-east-1", sent)
	if n := w.handle(t, body, body, heartbeat(accountA, "eu-west-1", sent.Add(time.Second)), heartbeat(accountB, "us-east-1", time.Now().Add(time.Hour)), heartbeat(accountB, "eu-west-1", sent), createUser("1", accountA)); n != 0 {
		t.Errorf("%d came back", n)
	}
	if noted, posted := w.last(t, Noted), w.last(t, Posted); noted != 5 || posted != 1 || len(w.slack.posted) != 1 || len(w.lines(t)) != 1 {
		t.Errorf("%d recorded, %d posted, %d lines", noted, posted, len(w.lines(t)))
	}
	if a := kept(t, w.State, accountA); len(a) != 2 || a["us-east-1"].LastHeartbeat != sent.Unix() || a["eu-west-1"].LastHeartbeat != sent.Unix()+1 {
		t.Errorf("kept %+v", a)
	}
	// One from the future counts as now, and one that is not watched is not saved.
	if b := kept(t, w.State, accountB); len(b) != 1 || b["us-east-1"].LastHeartbeat > time.Now().Unix() {
		t.Errorf("kept %+v", b)
	}
	// What comes again writes nothing.
	before := w.State.(*state.Memory).All()[contract.HeartbeatsKey(accountA)].Version
	w.handle(t, body)
	if after := w.State.(*state.Memory).All()[contract.HeartbeatsKey(accountA)].Version; after != before || before == 0 {
		t.Errorf("version %d became %d", before, after)
	}
}

func TestWhatIsNoHeartbeat(t *testing.T) {
	genuine := heartbeat(accountA, "us-east-1", time.Now())
	for name, change := range map[string][2]string{
		"a forged source":        {`"aws.events"`, `"my.events"`},
		"another account's rule": {":" + accountA + ":rule", ":" + accountB + ":rule"},
		"another Region's rule":  {"events:us-east-1:", "events:eu-west-1:"},
		"a rule of another bus":  {"rule/Trailbus", "rule/my-bus/Trailbus"},
		"no rule":                {":rule/", ":event-bus/"},
		"two rules":              {`"resources":[`, `"resources":["x",`},
		"another service":        {"arn:aws:events", "arn:aws:lambda"},
		"no account":             {`"account":"` + accountA, `"account":"`},
	} {
		w := watching(t)
		body := strings.Replace(genuine, change[0], change[1], 1)
		if body == genuine {
			t.Fatalf("%s changes nothing", name)
		}
		w.handle(t, body)
		if l := w.lines(t); len(l) != 1 || l[0].Outcome != string(Dead) || !strings.HasPrefix(l[0].Reason, "no heartbeat: ") || len(w.queue.bodies) != 1 {
			t.Errorf("%s: %+v", name, l)
		}
		if a := kept(t, w.State, accountA); len(a) != 0 {
			t.Errorf("%s: kept %+v", name, a)
		}
	}
	w := watching(t)
	if w.handle(t, genuine); w.last(t, Noted) != 1 {
		t.Error("the genuine one was not recorded")
	}
}

// The text of a record makes no signal of it.
func TestAnEventThatNamesASignalIsAnEvent(t *testing.T) {
	for _, text := range []string{"Scheduled Event", "Trailbus Look", `{\"detail-type\":\"Trailbus Look\",\"source\":\"trailbus\"}`} {
		w := watching(t)
		w.handle(t, strings.Replace(createUser("1", accountA), `"bob"`, `"`+text+`"`, 1))
		if w.last(t, Posted) != 1 || len(w.slack.posted) != 1 {
			t.Errorf("%s: %+v", text, w.lines(t))
		}
	}
	w := watching(t)
	w.handle(t, strings.Replace(checkRequest(time.Now()), `"trailbus"`, `"aws.iam"`, 1))
	if w.last(t, Dead) != 1 {
		t.Error("a request from the central bus was heeded")
	}
}

func TestSilenceIsPostedOnceByOneOfTwoRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, other := watching(t), watching(t)
		other.State = w.State
		told := func() (all []string) {
			for _, m := range append(w.slack.posted, other.slack.posted...) {
				all = append(all, m.Text)
			}
			w.slack.posted, other.slack.posted = nil, nil
			return all
		}
		stopped := map[string]bool{}
		// pass lets hours pass, in which each forwarder sends to one of the two, and both check at
		// the same time.
		pass := func(hours int) {
			for i := range 4 * hours {
				if i%4 == 0 {
					var beats [2][]string
					for i, who := range [][2]string{{accountA, "us-east-1"}, {accountA, "eu-west-1"}, {accountB, "us-east-1"}} {
						if !stopped[who[0]+who[1]] {
							beats[i%2] = append(beats[i%2], heartbeat(who[0], who[1], time.Now()))
						}
					}
					if len(beats[0]) > 0 {
						w.handle(t, beats[0]...)
					}
					if len(beats[1]) > 0 {
						other.handle(t, beats[1]...)
					}
				}
				var both sync.WaitGroup
				for _, one := range []*world{w, other} {
					both.Go(func() {
						if n := one.handle(t, checkRequest(time.Now())); n != 0 {
							t.Errorf("%d came back", n)
						}
					})
				}
				both.Wait()
				time.Sleep(15 * time.Minute)
			}
		}
		pass(6)
		if all := told(); len(all) != 0 {
			t.Errorf("all send heartbeats, and posted was %q", all)
		}
		stopped[accountA+"eu-west-1"] = true
		pass(6)
		if all := told(); len(all) != 1 || !strings.Contains(all[0], "Silent: the forwarder of prod in eu-west-1") {
			t.Errorf("posted %q, want one silence", all)
		}
		clear(stopped)
		pass(6)
		if all := told(); len(all) != 1 || !strings.Contains(all[0], "Heard again: the forwarder of prod in eu-west-1") {
			t.Errorf("posted %q, want that it is back", all)
		}
		for _, who := range []string{accountA + "us-east-1", accountA + "eu-west-1", accountB + "us-east-1"} {
			stopped[who] = true
		}
		pass(6)
		if all := told(); len(all) != 1 || !strings.Contains(all[0], "Silent: all 3 forwarders") {
			t.Errorf("posted %q, want one message for all", all)
		}
		// The metrics say what the alarm goes by.
		if text := w.metrics.String() + other.metrics.String(); !strings.Contains(text, `"ForwardersHeard":3`) || !strings.Contains(text, `"ForwardersHeard":0`) || !strings.Contains(text, `"ForwardersSilent":3`) {
			t.Errorf("metrics %s", text)
		}
	})
}

// Where Slack does not take the message, the next check posts it.
func TestSilenceThatCannotBePostedIsPostedByTheNextCheck(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := watching(t)
		w.webhooks.urls["trailbus"] = "https://hooks.slack.com/services/T0/B0/trailbus"
		w.handle(t, checkRequest(time.Now()))
		time.Sleep(3 * time.Hour)
		failure := fails(&slack.Error{Reason: "no_service", Revoked: true})
		w.slack.do = []func(context.Context, string, *slackgo.WebhookMessage) error{failure}
		w.handle(t, checkRequest(time.Now()))
		if l := w.lines(t); len(w.slack.posted) != 0 || len(l) != 1 || l[0].Outcome != string(Noted) || !strings.Contains(l[0].Reason, "next look") || len(w.queue.bodies) != 0 {
			t.Errorf("%+v", l)
		}
		// The queue stood still meanwhile: of three requests, the latest is heeded.
		time.Sleep(15 * time.Minute)
		w.handle(t, checkRequest(time.Now().Add(-30*time.Minute)), checkRequest(time.Now()), checkRequest(time.Now().Add(-15*time.Minute)))
		w.handle(t, checkRequest(time.Now()))
		if len(w.slack.posted) != 1 || w.slack.urls[len(w.slack.urls)-1] != w.webhooks.urls["trailbus"] {
			t.Errorf("%d messages, posted to %q", len(w.slack.posted), w.slack.urls)
		}
	})
}

// brokenState is a table that does not answer.
type brokenState struct{ state.Memory }

var errState = errors.New("the table does not answer")

func (*brokenState) Load(context.Context, []string) (map[string]state.Entry, error) {
	return nil, errState
}

func (*brokenState) Save(context.Context, string, int64, []byte, time.Time) (bool, error) {
	return false, errState
}

func TestWithoutTheTableNoForwarderIsReported(t *testing.T) {
	w := watching(t)
	w.State = &brokenState{}
	// A heartbeat of today comes back; one that is old is of no use, since others came after it.
	if n := w.handle(t, heartbeat(accountA, "us-east-1", time.Now()), heartbeat(accountB, "us-east-1", time.Now().Add(-2*time.Hour)), checkRequest(time.Now())); n != 1 {
		t.Errorf("%d came back, want one", n)
	}
	if w.last(t, Returned) != 1 || w.last(t, Noted) != 2 || len(w.slack.posted) != 0 {
		t.Errorf("%+v", w.lines(t))
	}
	if bytes.Contains(w.metrics.Bytes(), []byte(contract.MetricForwardersHeard)) {
		t.Error("it says how many sent heartbeats, and does not know")
	}
}

// Two runs that hear forwarders of one account at a time lose none of them.
func TestHeartbeatsAtTheSameTimeAreAllSaved(t *testing.T) {
	shared := &state.Memory{}
	var all sync.WaitGroup
	for i := range 4 {
		w := newWorld(t)
		w.State = shared
		w.Settings.Heartbeat = contract.HeartbeatWatch{Period: time.Hour, Others: true}
		all.Go(func() {
			for w.handle(t, heartbeat(accountA, fmt.Sprintf("eu-west-%d", i), time.Now()), heartbeat(accountB, fmt.Sprintf("eu-west-%d", i), time.Now())) > 0 {
			}
		})
	}
	all.Wait()
	for _, account := range []string{accountA, accountB} {
		if a := kept(t, shared, account); len(a) != 4 {
			t.Errorf("of %s, kept %+v", account, a)
		}
	}
	entries, err := shared.Load(t.Context(), []string{contract.HeartbeatAccountsKey})
	if got := string(entries[contract.HeartbeatAccountsKey].Data); err != nil || !strings.Contains(got, accountA) || !strings.Contains(got, accountB) {
		t.Errorf("the list of accounts is %s, %v", got, err)
	}
}

// The alarm for a Slack that takes nothing must not ring for events that wait for their turn.
func TestOnlyWhatSlackRefusesCountsAsRefused(t *testing.T) {
	w := newWorld(t)
	w.handle(t, createUser("1", accountA))
	if w.handle(t, createUser("2", accountA)); w.last(t, Returned) != 1 || strings.Contains(w.metrics.String(), contract.MetricRefused) {
		t.Errorf("a repeat that waits counts as refused: %s", w.metrics)
	}
	w.slack.do = []func(context.Context, string, *slackgo.WebhookMessage) error{fails(&slack.Error{Reason: "status 503", Temporary: true})}
	if w.handle(t, ownUser("3", accountA)); w.last(t, Returned) != 1 || !strings.Contains(w.metrics.String(), `"Refused":1`) {
		t.Errorf("what Slack refused does not count: %s", w.metrics)
	}
}

// fakeInstances is a stack set.
type fakeInstances struct {
	regions map[string][]string
	err     error
}

func (s *fakeInstances) List(context.Context) (map[string][]string, error) { return s.regions, s.err }

// A forwarder that a stack set should have made is posted, though it never sent a heartbeat and no
// file names it.
func TestInstancesOfAStackSetMustSendHeartbeats(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := watching(t)
		w.Settings.Heartbeat.Others = true
		set := &fakeInstances{regions: map[string][]string{"444444444444": {"eu-west-1"}, accountB: {"us-east-1"}}}
		w.Instances = set
		hear := func() {
			now := time.Now()
			w.handle(t, heartbeat(accountA, "us-east-1", now), heartbeat(accountA, "eu-west-1", now), heartbeat(accountB, "us-east-1", now), checkRequest(now))
		}
		for range 4 {
			hear()
			time.Sleep(time.Hour)
		}
		if len(w.slack.posted) != 1 || !strings.Contains(w.slack.posted[0].Text, "444444444444") || strings.Contains(w.slack.posted[0].Text, "forwarders") {
			t.Fatalf("%d messages, want one of the forwarder that never came", len(w.slack.posted))
		}
		// While CloudFormation does not answer, what is known is watched, and nothing else is
		// posted.
		set.regions, set.err = nil, errors.New("throttled")
		hear()
		if len(w.slack.posted) != 1 || !strings.Contains(w.log.String(), "instances of the stack set are not known") {
			t.Errorf("%d messages; the log is %s", len(w.slack.posted), w.log)
		}
		if n := len(w.Settings.Heartbeat.Expected); n != 2 {
			t.Errorf("the settings expect %d accounts", n)
		}
	})
}
