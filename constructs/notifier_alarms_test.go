package trailbus_test

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/aws/jsii-runtime-go"

	trailbus "github.com/trailbus/trailbus/constructs"
)

func TestTheNotifiersAlarms(t *testing.T) {
	stack := newStack(t)
	made := trailbus.NewNotifierAlarms(stack, jsii.String("NotifierAlarms"), &trailbus.NotifierAlarmsProps{
		Notifier: newNotifier(stack, someRules(t)), Emails: []string{"a@example.com", "b@example.com"},
	})
	tt := synth(t, stack)
	// The threshold of each, and the meaning of no data: metrics of failures have data only after a
	// failure, those of forwarders after each check.
	want := map[string]string{
		"NothingHeard":  `Trailbus ForwardersHeard Maximum of 900 s LessThanThreshold 1, 3 times, no data: breaching`,
		"OldestMessage": `AWS/SQS ApproximateAgeOfOldestMessage Maximum of 300 s GreaterThanOrEqualToThreshold 7200, 3 times, no data: notBreaching`,
		"Refused":       `Trailbus Refused Sum of 900 s GreaterThanOrEqualToThreshold 1, 4 times, no data: notBreaching`,
		"DeadLetters":   `AWS/SQS ApproximateNumberOfMessagesVisible Maximum of 300 s GreaterThanOrEqualToThreshold 1, 1 times, no data: notBreaching`,
		"Errors":        `AWS/Lambda Errors Sum of 300 s GreaterThanOrEqualToThreshold 1, 3 times, no data: notBreaching`,
		"Throttles":     `AWS/Lambda Throttles Sum of 300 s GreaterThanOrEqualToThreshold 1, 3 times, no data: notBreaching`,
		"Unaccounted":   `Trailbus Unaccounted Sum of 300 s GreaterThanOrEqualToThreshold 1, 1 times, no data: notBreaching`,
	}
	alarms := tt.resources("AWS::CloudWatch::Alarm")
	if len(alarms) != len(want) || len(made.Alarms()) != len(want) {
		t.Errorf("%d alarms, want %d", len(alarms), len(want))
	}
	for id, text := range want {
		found := false
		for logicalID, alarm := range alarms {
			if !strings.HasPrefix(logicalID, "NotifierAlarms"+id) {
				continue
			}
			found = true
			p := alarm["Properties"].(map[string]any)
			if got := joinValues(p["Namespace"], p["MetricName"], p["Statistic"], "of", p["Period"], "s", p["ComparisonOperator"]) + " " +
				joinValues(p["Threshold"]) + ", " + joinValues(p["EvaluationPeriods"]) + " times, no data: " + joinValues(p["TreatMissingData"]); got != text {
				t.Errorf("%s is in alarm at\n%s, want\n%s", id, got, text)
			}
			for _, action := range []string{"AlarmActions", "OKActions"} {
				equal(t, action+" of "+id, p[action], `[{"Ref": "NotifierAlarmsTopic`+topicHash+`"}]`)
			}
			if about := p["AlarmDescription"].(string); !strings.HasPrefix(about, "Trailbus: ") {
				t.Errorf("%s says %q", id, about)
			}
			if p["DatapointsToAlarm"] != nil || p["ActionsEnabled"] != nil {
				t.Errorf("%s: %v", id, p)
			}
		}
		if !found {
			t.Errorf("there is no alarm %s", id)
		}
	}
	// docs/operate.md explains these alarms and no others.
	page, err := os.ReadFile("../docs/operate.md")
	if err != nil {
		t.Fatal(err)
	}
	explained := map[string]bool{}
	for _, row := range regexp.MustCompile("(?m)^\\| `(\\w+)` \\| (.+) \\| (.+) \\|$").FindAllStringSubmatch(string(page), -1) {
		explained[row[1]] = true
		if _, known := want[row[1]]; !known {
			t.Errorf("docs/operate.md explains the alarm %s, which there is not", row[1])
		}
	}
	for id := range want {
		if !explained[id] {
			t.Errorf("docs/operate.md does not explain the alarm %s", id)
		}
	}
	var addresses []string
	for _, s := range tt.resources("AWS::SNS::Subscription") {
		p := s["Properties"].(map[string]any)
		if p["Protocol"] != "email" {
			t.Errorf("a subscription by %v", p["Protocol"])
		}
		addresses = append(addresses, p["Endpoint"].(string))
	}
	if slices.Sort(addresses); !slices.Equal(addresses, []string{"a@example.com", "b@example.com"}) {
		t.Errorf("the addresses are %q", addresses)
	}
	topic := `{"Ref": "NotifierAlarmsTopic` + topicHash + `"}`
	equal(t, "who may publish", tt.only("AWS::SNS::TopicPolicy")["PolicyDocument"].(map[string]any)["Statement"], `[
		{"Sid": "AllowPublishThroughSSLOnly", "Effect": "Deny", "Principal": "*", "Action": "sns:Publish", "Resource": `+topic+`, "Condition": {"Bool": {"aws:SecureTransport": "false"}}},
		{"Sid": "AlarmsOfThisAccount", "Effect": "Allow", "Principal": {"Service": "cloudwatch.amazonaws.com"}, "Action": "sns:Publish", "Resource": `+topic+`,
			"Condition": {"StringEquals": {"aws:SourceAccount": "111111111111"}}}]`)
	if made.Topic() == nil {
		t.Error("there is no topic")
	}
}

// topicHash ends the topic's logical id.
const topicHash = "543AB5A0"

func joinValues(values ...any) string {
	var all []string
	for _, v := range values {
		if text, ok := v.(string); ok {
			all = append(all, text)
			continue
		}
		text, _ := json.Marshal(v)
		all = append(all, string(text))
	}
	return strings.Join(all, " ")
}

func TestAlarmsNeedANotifier(t *testing.T) {
	stack := newStack(t)
	if got := panicMessage(t, func() { trailbus.NewNotifierAlarms(stack, jsii.String("Alarms"), nil) }); got != "Stack/Alarms: Notifier is missing" {
		t.Errorf("got %q", got)
	}
	notifier := newNotifier(stack, someRules(t))
	for want, emails := range map[string][]string{
		`Stack/1: Emails: found "security", allowed: an address such as security@example.com`: {"a@example.com", "security"},
		"Stack/2: Emails: a@example.com is given twice":                                       {"a@example.com", "a@example.com"},
	} {
		id := want[len("Stack/"):][:1]
		if got := panicMessage(t, func() {
			trailbus.NewNotifierAlarms(stack, jsii.String(id), &trailbus.NotifierAlarmsProps{Notifier: notifier, Emails: emails})
		}); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
