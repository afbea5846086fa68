package trailbus_test

import (
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	trailbus "github.com/trailbus/trailbus/constructs"
)

func TestRulesAndScheduleOfHeartbeats(t *testing.T) {
	tt := notifierTemplate(t)
	equal(t, "the rule for heartbeats", tt.properties(heartbeatsID), `{"Description": "Trailbus: heartbeats of the forwarders", "EventBusName": "trailbus", "State": "ENABLED",
		"EventPattern": {"source": ["aws.events"], "detail-type": ["Scheduled Event"]}, "Targets": [{"Id": "Target0", "Arn": `+queueARN+`}]}`)
	equal(t, "the rule for probes", tt.properties(probesID), `{"Description": "Trailbus: what trailbus verify sends through the forwarders",
		"EventBusName": "trailbus", "State": "ENABLED", "EventPattern": {"source": ["trailbus.verify"], "detail-type": ["Trailbus Verify"]},
		"Targets": [{"Id": "Target0", "Arn": `+queueARN+`}]}`)
	equal(t, "the schedule", tt.properties(checkScheduleID), `{"Description": "Trailbus: asks the notifier which forwarders fell silent", "State": "ENABLED",
		"ScheduleExpression": "rate(15 minutes)", "Targets": [{"Id": "Target0", "Arn": `+queueARN+`, "InputTransformer": {
			"InputPathsMap": {"time": "$.time"}, "InputTemplate": "{\"detail-type\":\"Trailbus Look\",\"source\":\"trailbus\",\"time\":<time>}"}}]}`)
	if n := len(tt.resources("AWS::Events::Rule")); n != 4 {
		t.Errorf("%d rules, want four", n)
	}
}

func TestTheNotifierRefusesAHeartbeatThatEventBridgeCannotKeep(t *testing.T) {
	stack := newStack(t)
	props := notifierProps(stack, someRules(t))
	props.Heartbeat = awscdk.Duration_Seconds(jsii.Number(90))
	want := "Stack/SlackNotifier: Heartbeat: found 1 minute 30 seconds, allowed: whole minutes, from 1 minute to 1 day"
	if got := panicMessage(t, func() { trailbus.NewSlackNotifier(stack, jsii.String("SlackNotifier"), props) }); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
