package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/trailbus/trailbus/internal/lambdaruntime"
	"github.com/trailbus/trailbus/internal/settings"
)

// withAlarms is what the demo's trailbus.yaml needs more to deploy the alarms.
const withAlarms = `
alarms: {emails: [security@example.com]}
dashboard: true
`

// shortPeriod takes the place of the hour between two heartbeats. A round through all accounts and Regions of the local AWS takes seconds.
const shortPeriod = 15 * time.Second

// TestTheSilenceOfAForwarderIsTold stops the heartbeat of one forwarder, as somebody might who wants to act unseen, and starts it again.
func TestTheSilenceOfAForwarderIsTold(t *testing.T) {
	if testing.Short() {
		t.Skip("takes two minutes")
	}
	r := newWalk(t, repository(t))
	must := r.must
	ctx := t.Context()
	must("the configuration", r.configure(append(bytes.Clone(configuration), withAlarms...)))
	must("the local AWS", r.startAWS(ctx))
	must("go build", r.compile(ctx))
	for _, account := range r.environments() {
		must("cdk bootstrap", r.bootstrap(ctx, account))
	}
	must("cdk deploy", r.deploy(ctx))
	r.hurry(t)

	outputs, err := r.outputs()
	must("outputs", err)
	central, err := r.aws.Config(ctx, r.config.Central.Account, r.config.Central.Region)
	must("credentials", err)
	var said lambdaruntime.Output
	function, err := r.startNotifier(ctx, central, outputs["NotifierName"], &said)
	must("the notifier", err)
	defer function.Stop()
	polling, stop := context.WithCancel(ctx)
	polled := make(chan error, 1)
	defer func() {
		stop()
		if err := <-polled; err != nil {
			t.Error(err)
		}
	}()
	go func() {
		polled <- lambdaruntime.Poll(polling, sqs.NewFromConfig(central), lambdaruntime.PollOptions{
			QueueURL: outputs["QueueUrl"], QueueARN: queueARN(outputs["QueueUrl"], r.config.Central.Region),
			BatchSize: settings.BatchSize, BatchWindow: settings.BatchWindow,
		}, function.Invoke)
	}()

	// until lets all schedules fire, again and again, until Slack has a number of messages, or for a time.
	until := func(messages int, patience time.Duration) []string {
		t.Helper()
		for end := time.Now().Add(patience); time.Now().Before(end) && len(r.slack.Messages()) < messages; {
			for _, d := range r.config.Deployments() {
				fired, err := r.aws.FireSchedules(ctx, d.Account, d.Region)
				must("schedules", err)
				if isCentral := d.Account == r.config.Central.Account && d.Region == r.config.Central.Region; isCentral && len(fired) != 2 {
					t.Fatalf("in the central account and Region, %q fired, expected the forwarder's schedule and the notifier's", fired)
				}
			}
		}
		var texts []string
		for _, m := range r.slack.Messages() {
			var payload struct{ Text string }
			must("a message", json.Unmarshal(m.Payload, &payload))
			texts = append(texts, payload.Text)
		}
		return texts
	}
	if texts := until(1, 3*shortPeriod); len(texts) != 0 {
		t.Fatalf("all forwarders are heard, and Slack has %q\n%s", texts, said.String())
	}

	const production, region = "222222222222", "eu-west-1"
	member, err := r.aws.Config(ctx, production, region)
	must("credentials", err)
	rules := eventbridge.NewFromConfig(member)
	fired, err := r.aws.FireSchedules(ctx, production, region)
	must("schedules", err)
	if len(fired) != 1 {
		t.Fatalf("%q fired, expected one heartbeat", fired)
	}
	name := aws.String(fired[0][strings.LastIndex(fired[0], "/")+1:])
	r.verifies(central, outputs["TableName"], name, production, region)
	_, err = rules.DisableRule(ctx, &eventbridge.DisableRuleInput{Name: name})
	must("stopping the heartbeat", err)
	texts := until(1, patience+3*shortPeriod)
	if len(texts) != 1 || !strings.Contains(texts[0], "Silent: the forwarder of production in eu-west-1") {
		t.Fatalf("Slack has %q, expected one silence\n%s", texts, said.String())
	}
	if texts := until(2, shortPeriod); len(texts) != 1 {
		t.Fatalf("the silence was told again: %q", texts)
	}

	_, err = rules.EnableRule(ctx, &eventbridge.EnableRuleInput{Name: name})
	must("starting the heartbeat", err)
	texts = until(2, patience)
	if len(texts) != 2 || !strings.Contains(texts[1], "Heard again: the forwarder of production in eu-west-1") {
		t.Fatalf("Slack has %q, expected that it is heard again\n%s", texts, said.String())
	}
	if undelivered, err := r.aws.Undelivered(); err != nil || len(undelivered) > 0 {
		t.Errorf("undelivered: %v, %v", undelivered, err)
	}
}

// hurry makes the notifier wait for seconds where it would wait for hours.
func (r *run) hurry(t *testing.T) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(r.cdkOut(), "asset.*", settings.File))
	if err != nil || len(files) != 1 {
		t.Fatalf("%d settings, expected 1 (%v)", len(files), err)
	}
	s, err := settings.Read(files[0])
	if err != nil {
		t.Fatal(err)
	}
	if n := len(s.Heartbeat.Expected); n != 2 || s.Heartbeat.Period != time.Hour || s.Heartbeat.Others {
		t.Errorf("the notifier waits for %+v, expected the forwarders of two accounts each hour", s.Heartbeat)
	}
	s.Heartbeat.Period = shortPeriod
	data, err := s.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(files[0], data, 0o600); err != nil {
		t.Fatal(err)
	}
}
