package trailbus_test

import (
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	trailbus "github.com/trailbus/trailbus/constructs"
)

// allConstructs makes one of each construct.
func allConstructs(t *testing.T, stack awscdk.Stack) map[string]constructs.Construct {
	notifier := newNotifier(stack, someRules(t))
	alarms := trailbus.NewNotifierAlarms(stack, jsii.String("NotifierAlarms"), &trailbus.NotifierAlarmsProps{Notifier: notifier})
	dashboard := trailbus.NewNotifierDashboard(stack, jsii.String("NotifierDashboard"), &trailbus.NotifierDashboardProps{Notifier: notifier})
	return map[string]constructs.Construct{
		"CentralTrailBus":   newBus(stack, &trailbus.CentralTrailBusProps{Senders: trailbus.SendersFromAccounts(jsii.String("222222222222"))}),
		"RegionalForwarder": newForwarder(stack, someRules(t)),
		"ForwarderStackSet": newStackSet(stack, someRules(t)),
		"SlackNotifier":     notifier,
		"NotifierAlarms":    alarms,
		"NotifierDashboard": dashboard,
		"Trail":             newTrail(stack, nil),
	}
}

// A construct in Go that is made in the obvious way panics as soon as it is used as one.
func TestConstructsAreConstructs(t *testing.T) {
	stack := newStack(t)
	made := allConstructs(t, stack)
	after := awssns.NewTopic(stack, jsii.String("After"), nil)
	for name, construct := range made {
		awssns.NewTopic(construct, jsii.String("Inside"), nil)
		awscdk.Tags_Of(construct).Add(jsii.String("owner"), jsii.String(name), nil)
		after.Node().AddDependency(construct)
		construct.Node().AddDependency(awssns.NewTopic(stack, jsii.String("Before"+name), nil))
		if path := *construct.Node().Path(); path != "Stack/"+name {
			t.Errorf("%s has the path %s", name, path)
		}
		if awscdk.Stack_Of(construct) != stack {
			t.Errorf("%s is in another stack", name)
		}
	}
	tt := synth(t, stack)
	tags := map[any]int{}
	for _, kind := range []string{"AWS::SQS::Queue", "AWS::SNS::Topic", "AWS::Events::EventBus", "AWS::CloudFormation::StackSet", "AWS::S3::Bucket"} {
		for _, resource := range tt.resources(kind) {
			for _, tag := range list(propertiesOf(resource)["Tags"]) {
				if tag, ok := tag.(map[string]any); ok && tag["Key"] == "owner" {
					tags[tag["Value"]]++
				}
			}
		}
	}
	for name := range made {
		want := 2
		if name == "NotifierDashboard" {
			want = 1 // it makes nothing that has tags
		}
		if tags[name] < want {
			t.Errorf("the tag of %s is on %d resources, want %d or more", name, tags[name], want)
		}
	}
	for id, resource := range tt.resources("AWS::SNS::Topic") {
		if len(id) > 5 && id[:5] == "After" && len(list(resource["DependsOn"])) < 10 {
			t.Errorf("%s depends on %v, want on all of the constructs", id, resource["DependsOn"])
		}
	}
}
