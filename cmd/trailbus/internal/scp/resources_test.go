package scp

import (
	"os"
	"strings"
	"testing"
)

// keptAs is how the policy names a resource of a stack, by its type. What is part of another
// resource has none. NAME is a fixed name.
var keptAs = map[string]string{
	"AWS::Events::Rule":               ":events:*:*:rule/STACK-*",
	"AWS::Events::EventBus":           ":events:*:*:event-bus/NAME",
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

// A resource that a stack gets is protected by the policy, or this test asks about it. The list is
// that of the test of the stacks.
func TestPolicyCoversTheResourcesOfTheStacks(t *testing.T) {
	p, err := New(Options{Partition: "aws", CentralAccount: "111111111111"})
	if err != nil {
		t.Fatal(err)
	}
	text := string(p.JSON())
	list, err := os.ReadFile("../../../../stacks/testdata/resources.golden.txt")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for line := range strings.Lines(string(list)) {
		fields := append(strings.Fields(line), "")
		stack, kind, fixed := fields[0], fields[1], fields[2]
		if kept := ":cloudformation:*:*:stack/Trailbus*"; !strings.Contains(text, kept) || !strings.HasPrefix(stack, "Trailbus") {
			t.Errorf("the stack %s is not kept", stack)
		}
		if harmless[kind] {
			continue
		}
		name := strings.NewReplacer("STACK", stack, "NAME", fixed).Replace(keptAs[kind])
		if name == "" || !strings.Contains(text, name) {
			t.Errorf("%s has a %s, which trailbus scp does not keep as %q", stack, kind, name)
		}
		if kind == "AWS::CloudFormation::StackSet" && (!strings.HasPrefix(fixed, "Trailbus") || !strings.Contains(text, ":events:*:*:rule/StackSet-Trailbus*")) {
			t.Errorf("the forwarders of the stack set %s are not kept", fixed)
		}
		seen[kind] = true
	}
	if len(seen) < 10 {
		t.Errorf("%d types of resources were seen: %v", len(seen), seen)
	}
}
