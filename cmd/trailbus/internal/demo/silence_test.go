package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/trailbus/trailbus/internal/config"
	"github.com/trailbus/trailbus/internal/contract"
	"github.com/trailbus/trailbus/internal/local"
	"github.com/trailbus/trailbus/internal/local/lambdaruntime"
	"github.com/trailbus/trailbus/internal/local/walk"
)

// TestSilenceOfAForwarderIsPosted stops the heartbeat of one forwarder, as an attacker would, and
// starts it again.
func TestSilenceOfAForwarderIsPosted(t *testing.T) {
	if testing.Short() {
		t.Skip("takes two minutes")
	}
	t.Parallel()
	r := walk.NewWalk(t, walk.Repository(t), "")
	must := r.Must
	ctx := t.Context()
	must("the configuration", r.Configure(append(bytes.Clone(local.ExampleConfig), alarmConfig...)))
	r.Validate(true)
	must("the local AWS", r.StartAWS(ctx))
	must("go build", r.Compile(ctx))
	must("bootstrapping", r.Bootstrap(ctx))
	must("cdk deploy", r.Deploy(ctx))
	_, deployed, err := r.Settings()
	must("the settings", err)
	if n := len(deployed.Heartbeat.Expected); n != 2 || deployed.Heartbeat.Period != time.Hour || deployed.Heartbeat.Others {
		t.Errorf("the notifier waits for %+v, expected the forwarders of two accounts each hour", deployed.Heartbeat)
	}

	outputs, err := r.Outputs()
	must("outputs", err)
	central, err := r.AWS.Config(ctx, r.Config.Central.Account, r.Config.Central.Region)
	must("credentials", err)
	var said lambdaruntime.Output
	function, err := r.StartNotifier(ctx, central, outputs["NotifierName"], &said)
	must("the notifier", err)
	defer function.Stop()
	polling, stop := context.WithCancel(ctx)
	polled := make(chan error, 1)
	endPolling := sync.OnceFunc(func() {
		stop()
		if err := <-polled; err != nil {
			t.Error(err)
		}
	})
	defer endPolling()
	go func() {
		polled <- lambdaruntime.Poll(polling, sqs.NewFromConfig(central), lambdaruntime.PollOptions{
			QueueURL: outputs["QueueUrl"], QueueARN: local.QueueARN(outputs["QueueUrl"], r.Config.Central.Region),
			BatchSize: contract.BatchSize,
		}, function.Invoke)
	}()

	// hours lets hours pass, and gives what Slack has then. At each, every schedule fires and the
	// notifier takes what comes: first the heartbeats, and then, from the central account, the
	// request to check forwarders. It is three days ago, so that no time is later than now.
	clock := time.Now().UTC().Truncate(time.Hour).Add(-72 * time.Hour)
	queue, places := sqs.NewFromConfig(central), r.Config.Deployments()
	home := places[slices.IndexFunc(places, func(d config.Deployment) bool {
		return d.Account == r.Config.Central.Account && d.Region == r.Config.Central.Region
	})]
	places = append(slices.DeleteFunc(places, func(d config.Deployment) bool { return d == home }), home)
	taken := func() {
		t.Helper()
		left, err := r.WaitUntilEmpty(ctx, queue, outputs["QueueUrl"], time.Now().Add(local.Timeout))
		must("the queue", err)
		if left > 0 {
			t.Fatalf("the notifier leaves %d messages in the queue\n%s", left, said.String())
		}
	}
	hours := func(n int) (texts []string) {
		t.Helper()
		for range n {
			clock = clock.Add(deployed.Heartbeat.Period)
			for _, d := range places {
				if d == home {
					taken()
				}
				fired, err := r.AWS.FireSchedules(ctx, d.Account, d.Region, clock)
				must("schedules", err)
				if d == home && len(fired) != 2 {
					t.Fatalf("in the central account and Region, %q fired, expected the forwarder's schedule and the notifier's", fired)
				}
			}
			taken()
		}
		for _, m := range r.Slack.Messages() {
			var payload struct{ Text string }
			must("a message", json.Unmarshal(m.Payload, &payload))
			texts = append(texts, payload.Text)
		}
		return texts
	}
	if texts := hours(4); len(texts) != 0 {
		t.Fatalf("all forwarders are heard, and Slack has %q\n%s", texts, said.String())
	}

	const production, region = "222222222222", "eu-west-1"
	member, err := r.AWS.Config(ctx, production, region)
	must("credentials", err)
	rules := eventbridge.NewFromConfig(member)
	fired, err := r.AWS.FireSchedules(ctx, production, region, clock)
	must("schedules", err)
	if len(fired) != 1 {
		t.Fatalf("%q fired, expected one heartbeat", fired)
	}
	name := aws.String(fired[0][strings.LastIndex(fired[0], "/")+1:])
	checkVerify(r, central, outputs["TableName"], name, production, region)
	_, err = rules.DisableRule(ctx, &eventbridge.DisableRuleInput{Name: name})
	must("stopping the heartbeat", err)
	if texts := hours(2); len(texts) != 0 {
		t.Fatalf("the notifier waits for two heartbeats and a quarter, and after two hours Slack has %q\n%s", texts, said.String())
	}
	texts := hours(1)
	if len(texts) != 1 || !strings.Contains(texts[0], "Silent: the forwarder of production in eu-west-1") {
		t.Fatalf("Slack has %q, expected one silence\n%s", texts, said.String())
	}
	if texts := hours(2); len(texts) != 1 {
		t.Fatalf("the silence was posted again: %q", texts)
	}

	_, err = rules.EnableRule(ctx, &eventbridge.EnableRuleInput{Name: name})
	must("starting the heartbeat", err)
	texts = hours(1)
	if len(texts) != 2 || !strings.Contains(texts[1], "Heard again: the forwarder of production in eu-west-1") {
		t.Fatalf("Slack has %q, expected that it is heard again\n%s", texts, said.String())
	}
	if undelivered, err := r.AWS.Undelivered(); err != nil || len(undelivered) > 0 {
		t.Errorf("undelivered: %v, %v", undelivered, err)
	}
	endPolling()
	function.Stop()
	runShortDrill(t, r)
}

// runShortDrill goes through what of the drill takes no time, where Trailbus is deployed already:
// that alone takes a minute.
func runShortDrill(t *testing.T, r *walk.Walk) {
	t.Helper()
	d, err := newDrill(t.Context(), r.Deployment)
	r.Must("the drill", err)
	defer d.stop()
	start := time.Now()
	defer func() { t.Logf("the short drill took %.1f s", time.Since(start).Seconds()) }()
	var quick []scenario
	for _, s := range scenarios {
		if !s.slow {
			quick = append(quick, s)
		}
	}
	wrong, err := d.runScenarios(t.Context(), quick)
	r.Must("the drill", err)
	if err := d.uncoveredAlarms(scenarios); len(wrong) > 0 || err != nil || len(quick) < 6 {
		t.Fatalf("%d scenarios: %v, %v\n%s", len(quick), wrong, err, r.Output.String())
	}
	for _, s := range quick {
		if !strings.Contains(r.Output.String(), "of 6  "+s.alarm+"\n") {
			t.Errorf("the drill does not show %s in\n%s", s.alarm, r.Output.String())
		}
	}
	checkDashboard(t, d)
	// An alarm that does not ring, one that does not end, and one that nothing is about.
	nothing := func(*drill, context.Context) error { return nil }
	wrong, err = d.runScenarios(t.Context(), []scenario{
		{alarm: "Unaccounted", breakIt: nothing, period: nothing, fix: nothing},
		{alarm: "Throttles", breakIt: nothing, period: func(d *drill, _ context.Context) error { d.throttles++; return nil }, fix: func(d *drill, _ context.Context) error { d.throttles++; return nil }},
		{alarm: "Another", breakIt: nothing, period: nothing, fix: nothing},
	})
	r.Must("the drill", err)
	if got := fmt.Sprint(wrong); got != "[Unaccounted is OK, expected ALARM Throttles is ALARM after it was mended, expected OK no alarm Another is deployed]" {
		t.Errorf("the drill finds %s", got)
	}
	if err := d.uncoveredAlarms(scenarios[1:]); err == nil || !strings.Contains(err.Error(), "NothingHeard") {
		t.Errorf("an alarm without a scenario: %v", err)
	}
}

// checkDashboard reads the dashboard back as it was deployed: its references are names by then.
func checkDashboard(t *testing.T, d *drill) {
	t.Helper()
	form := url.Values{"DashboardName": {"TrailbusCentral-" + d.Config.Central.Region}}
	var answer struct {
		Body string `xml:"GetDashboardResult>DashboardBody"`
	}
	if err := d.cloudWatch.call(t.Context(), "GetDashboard", form, &answer); err != nil {
		t.Error(err)
		return
	}
	var body struct{ Widgets []struct{ Type string } }
	if err := json.Unmarshal([]byte(answer.Body), &body); err != nil || len(body.Widgets) != 10 {
		t.Errorf("the dashboard has %d widgets (%v): %.400s", len(body.Widgets), err, answer.Body)
	}
	for _, name := range []string{d.outputs["NotifierName"], d.outputs["NotifierLogGroup"], filepath.Base(d.outputs["QueueUrl"]), d.alarms[0].Name, d.Config.Central.Region} {
		if name == "" || !strings.Contains(answer.Body, name) {
			t.Errorf("the dashboard shows nothing of %q", name)
		}
	}
	if strings.Contains(answer.Body, "${") || strings.Contains(answer.Body, "Fn::") {
		t.Errorf("a reference is left in %.400s", answer.Body)
	}
}
