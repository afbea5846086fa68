package trailbus_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	trailbus "github.com/trailbus/trailbus/constructs"
	"github.com/trailbus/trailbus/eventpattern"
	"github.com/trailbus/trailbus/rules"
)

const (
	readToo    = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"
	centralARN = `"arn:aws:events:eu-west-1:222222222222:event-bus/trailbus"`
)

// heartbeatID is the logical id of the heartbeat.
const heartbeatID = "RegionalForwarderHeartbeat3EE27DAD"

func newForwarder(stack awscdk.Stack, set *rules.Set) *trailbus.RegionalForwarder {
	return trailbus.NewRegionalForwarder(stack, jsii.String("RegionalForwarder"), &trailbus.RegionalForwarderProps{
		CentralBus: trailbus.CentralTrailBusFromAccount(stack, jsii.String("Central"), jsii.String("222222222222"), jsii.String("eu-west-1")),
		Rules:      set,
	})
}

func TestTheForwarderHasTheRulesThatTheSetIsPackedInto(t *testing.T) {
	for name, set := range map[string]*rules.Set{"the catalogue": catalog(t), "two rules": someRules(t)} {
		stack := newStack(t)
		forwarder := newForwarder(stack, set)
		tt := synth(t, stack)
		want, err := set.Forwarding(eventpattern.DefaultQuota)
		if err != nil {
			t.Fatal(err)
		}
		got := tt.resources("AWS::Events::Rule")
		delete(got, heartbeatID)
		if len(got) != len(want) || len(forwarder.Rules()) != len(want) || len(want) < 2 {
			t.Fatalf("%s: %d rules in the template and %d from Rules, want %d", name, len(got), len(forwarder.Rules()), len(want))
		}
		readOnly := 0
		for _, pattern := range want {
			var found map[string]any
			for id, rule := range got {
				if strings.HasPrefix(id, "RegionalForwarderForward"+pattern.ID) {
					found = rule["Properties"].(map[string]any)
					delete(got, id)
				}
			}
			if found == nil {
				t.Fatalf("%s: no rule for the pattern %s", name, pattern.ID)
			}
			var wanted any
			if err := json.Unmarshal(pattern.Pattern, &wanted); err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(found["EventPattern"], wanted) {
				t.Errorf("%s: the pattern of %s is %v, want %s", name, pattern.ID, found["EventPattern"], pattern.Pattern)
			}
			// EventBridge counts what it is given; CloudFormation gives it compact JSON.
			if text, err := json.Marshal(found["EventPattern"]); err != nil || utf8.RuneCount(text) > 2048 {
				t.Errorf("%s: the pattern of %s has %d characters, allowed: 2048", name, pattern.ID, utf8.RuneCount(text))
			}
			if (found["State"] == readToo) != pattern.ReadOnly || (found["State"] == "ENABLED") == pattern.ReadOnly {
				t.Errorf("%s: the state of %s is %v, and read-only is %v", name, pattern.ID, found["State"], pattern.ReadOnly)
			}
			if pattern.ReadOnly {
				readOnly++
			}
			equal(t, "the targets of "+pattern.ID, found["Targets"], `[{"Id": "CentralBus", "Arn": `+centralARN+`,
				"RoleArn": {"Fn::GetAtt": ["RegionalForwarderRole41AC1AD1", "Arn"]},
				"DeadLetterConfig": {"Arn": {"Fn::GetAtt": ["RegionalForwarderDeadLetterQueue46316447", "Arn"]}}}]`)
			if description := found["Description"].(string); len(description) > 512 || !strings.HasPrefix(description, "Trailbus: forwards ") {
				t.Errorf("%s: the description of %s is %q", name, pattern.ID, description)
			}
			for _, property := range []string{"EventBusName", "Name", "ScheduleExpression", "RoleArn"} {
				if found[property] != nil {
					t.Errorf("%s: %s has the %s %v", name, pattern.ID, property, found[property])
				}
			}
		}
		if readOnly == 0 || readOnly == len(want) {
			t.Errorf("%s: %d of %d patterns are for read-only events, want some of both", name, readOnly, len(want))
		}
	}
}

func TestMaxPatternLengthDividesThePatterns(t *testing.T) {
	stack := newStack(t)
	props := &trailbus.RegionalForwarderProps{
		CentralBus:       trailbus.CentralTrailBusFromAccount(stack, jsii.String("Central"), jsii.String("222222222222"), jsii.String("eu-west-1")),
		Rules:            catalog(t),
		MaxPatternLength: jsii.Number(1200),
	}
	short := trailbus.NewRegionalForwarder(stack, jsii.String("Short"), props)
	props.MaxPatternLength = nil
	long := trailbus.NewRegionalForwarder(stack, jsii.String("Long"), props)
	if len(short.Rules()) <= len(long.Rules()) {
		t.Errorf("%d rules with 1,200 characters and %d with the default, want more with fewer", len(short.Rules()), len(long.Rules()))
	}
	if props.MaxPatternLength != nil {
		t.Error("the default was written into the caller's props")
	}
}

func TestAForwarderNeedsABusAndRules(t *testing.T) {
	stack := newStack(t)
	bus := trailbus.CentralTrailBusFromAccount(stack, jsii.String("Central"), jsii.String("222222222222"), jsii.String("eu-west-1"))
	tests := map[string]struct {
		props *trailbus.RegionalForwarderProps
		want  string
	}{
		"None":  {nil, "Stack/None: CentralBus and Rules are missing"},
		"Bus":   {&trailbus.RegionalForwarderProps{Rules: someRules(t)}, "Stack/Bus: CentralBus is missing"},
		"Rules": {&trailbus.RegionalForwarderProps{CentralBus: bus}, "Stack/Rules: Rules is missing"},
		"Empty": {&trailbus.RegionalForwarderProps{CentralBus: bus, Rules: &rules.Set{}}, "Stack/Empty: Rules is missing"},
		"Long": {&trailbus.RegionalForwarderProps{CentralBus: bus, Rules: someRules(t), MaxPatternLength: jsii.Number(4097)},
			"Stack/Long: MaxPatternLength: found 4097, allowed: a whole number of characters, 4096 at most"},
		"Half": {&trailbus.RegionalForwarderProps{CentralBus: bus, Rules: someRules(t), MaxPatternLength: jsii.Number(2048.5)},
			"Stack/Half: MaxPatternLength: found 2048.5, allowed: a whole number of characters, 4096 at most"},
	}
	for id, test := range tests {
		if got := panicMessage(t, func() { trailbus.NewRegionalForwarder(stack, jsii.String(id), test.props) }); got != test.want {
			t.Errorf("got %q, want %q", got, test.want)
		}
	}
	got := panicMessage(t, func() {
		trailbus.NewRegionalForwarder(stack, jsii.String("Short"), &trailbus.RegionalForwarderProps{CentralBus: bus, Rules: someRules(t), MaxPatternLength: jsii.Number(20)})
	})
	if !strings.HasPrefix(got, "Stack/Short: Rules: a forwarding pattern has ") {
		t.Errorf("got %q", got)
	}
}

func TestTheCentralBusIsThatOfAnAccountAndARegion(t *testing.T) {
	stack := newStack(t)
	for _, place := range [][2]string{{"1111", "eu-central-1"}, {"111111111111", "Frankfurt"}, {"", ""}} {
		want := fmt.Sprintf("Stack: CentralTrailBusFromAccount: found account %q in Region %q, allowed: 12 digits and a Region of AWS such as eu-central-1", place[0], place[1])
		if got := panicMessage(t, func() { trailbus.CentralTrailBusFromAccount(stack, jsii.String("Bus"), &place[0], &place[1]) }); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	for i, region := range []string{"us-gov-west-1", "cn-northwest-1", "ap-southeast-7", "us-isob-east-1", "eusc-de-east-1", *awscdk.Aws_REGION()} {
		trailbus.CentralTrailBusFromAccount(stack, jsii.String(fmt.Sprint("Bus", i)), awscdk.Aws_ACCOUNT_ID(), &region)
	}
}

func TestMetricsOfTheForwarder(t *testing.T) {
	stack := newStack(t)
	metric := newForwarder(stack, someRules(t)).MetricDeadLetters(nil)
	if *metric.Namespace() != "AWS/SQS" || *metric.MetricName() != "ApproximateNumberOfMessagesVisible" || *metric.Statistic() != "Maximum" {
		t.Errorf("the metric is %s %s %s", *metric.Namespace(), *metric.MetricName(), *metric.Statistic())
	}
}

func TestHeartbeatPeriods(t *testing.T) {
	stack := newStack(t)
	props := &trailbus.RegionalForwarderProps{
		CentralBus: trailbus.CentralTrailBusFromAccount(stack, jsii.String("Central"), jsii.String("222222222222"), jsii.String("eu-west-1")),
		Rules:      someRules(t),
	}
	forwarder := trailbus.NewRegionalForwarder(stack, jsii.String("RegionalForwarder"), props)
	if forwarder.InspectionRole() != nil {
		t.Error("there is an inspection role without InspectionRoleProps")
	}
	if props.Heartbeat != nil {
		t.Error("the default was written into the caller's props")
	}
	props.Heartbeat = awscdk.Duration_Minutes(jsii.Number(5))
	trailbus.NewRegionalForwarder(stack, jsii.String("Often"), props)
	tt := synth(t, stack)
	rates := map[any]int{}
	for _, rule := range tt.resources("AWS::Events::Rule") {
		rates[rule["Properties"].(map[string]any)["ScheduleExpression"]]++
	}
	if rates["rate(1 hour)"] != 1 || rates["rate(5 minutes)"] != 1 || forwarder.Heartbeat() == nil {
		t.Errorf("the schedules are %v, want one of an hour and one of 5 minutes", rates)
	}
	for name, wrong := range map[string]awscdk.Duration{
		"30 seconds": awscdk.Duration_Seconds(jsii.Number(30)), "1 minute 30 seconds": awscdk.Duration_Seconds(jsii.Number(90)), "2 days": awscdk.Duration_Days(jsii.Number(2)),
	} {
		props.Heartbeat = wrong
		want := "Stack/Wrong" + strings.ReplaceAll(name, " ", "") + ": Heartbeat: found " + name + ", allowed: whole minutes, from 1 minute to 1 day"
		if got := panicMessage(t, func() {
			trailbus.NewRegionalForwarder(stack, jsii.String("Wrong"+strings.ReplaceAll(name, " ", "")), props)
		}); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
