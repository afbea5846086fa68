package stacks_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/trailbus/trailbus/cmd/trailbus/internal/scp"
	"github.com/trailbus/trailbus/constructs"
)

// keptAs is how the service control policy names a resource of a stack, by its type. What is part of another resource has none.
var keptAs = map[string]string{
	"AWS::Events::Rule":               ":events:*:*:rule/STACK-*",
	"AWS::Events::EventBus":           ":events:*:*:event-bus/" + constructs.CentralTrailBusName,
	"AWS::Events::EventBusPolicy":     "events:PutPermission",
	"AWS::Events::Archive":            ":events:*:*:archive/STACK*",
	"AWS::SQS::Queue":                 ":sqs:*:*:STACK-*",
	"AWS::SQS::QueuePolicy":           "sqs:SetQueueAttributes",
	"AWS::IAM::Role":                  ":iam::*:role/STACK-*",
	"AWS::IAM::Policy":                "iam:PutRole*",
	"AWS::Lambda::Function":           ":lambda:*:*:function:STACK-*",
	"AWS::Lambda::EventSourceMapping": "lambda:FunctionArn",
	"AWS::Logs::LogGroup":             ":logs:*:*:log-group:STACK-*",
	"AWS::DynamoDB::Table":            ":dynamodb:*:*:table/STACK-*",
	"AWS::DynamoDB::GlobalTable":      ":dynamodb:*:*:table/STACK-*",
	"AWS::CloudWatch::Dashboard":      ":cloudwatch::*:dashboard/STACK-*",
	"AWS::CloudWatch::Alarm":          ":cloudwatch:*:*:alarm:STACK-*",
	"AWS::SNS::Topic":                 ":sns:*:*:STACK-*",
	"AWS::SNS::TopicPolicy":           "sns:SetT*",
	"AWS::CloudFormation::StackSet":   ":cloudformation:*:*:stackset/Trailbus*",
}

// harmless are types whose loss silences nothing.
var harmless = map[string]bool{"AWS::CDK::Metadata": true, "AWS::SNS::Subscription": true}

// A resource that a stack gets is kept by `trailbus scp`, or this test asks about it.
func TestTheServiceControlPolicyKeepsWhatTheStacksHave(t *testing.T) {
	policy, err := scp.New(scp.Options{Partition: "aws", CentralAccount: "111111111111"})
	if err != nil {
		t.Fatal(err)
	}
	text := string(policy.JSON())
	found, templates := synth(t, byStackSet(t, "dashboard: true\n"))
	seen := map[string]bool{}
	for id, template := range templates {
		var decoded struct {
			Resources map[string]struct{ Type string }
		}
		if err := json.Unmarshal([]byte(template), &decoded); err != nil {
			t.Fatal(err)
		}
		stack := *found[id].StackName()
		for logical, resource := range decoded.Resources {
			if harmless[resource.Type] {
				continue
			}
			name := strings.ReplaceAll(keptAs[resource.Type], "STACK", stack)
			if name == "" || !strings.Contains(text, name) {
				t.Errorf("%s has %s, a %s, which trailbus scp does not keep as %q", stack, logical, resource.Type, name)
			}
			seen[resource.Type] = true
		}
		if kept := ":cloudformation:*:*:stack/Trailbus*"; !strings.Contains(text, kept) || !strings.HasPrefix(stack, "Trailbus") {
			t.Errorf("the stack %s is not kept", stack)
		}
	}
	if len(seen) < 10 {
		t.Errorf("%d types of resources were seen: %v", len(seen), seen)
	}
	if !strings.HasPrefix("StackSet-"+constructs.ForwarderStackSetName, "StackSet-Trailbus") || !strings.Contains(text, ":events:*:*:rule/StackSet-Trailbus*") {
		t.Error("the forwarders of a stack set are not kept")
	}
}
