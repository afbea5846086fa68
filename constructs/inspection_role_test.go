package trailbus_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	trailbus "github.com/trailbus/trailbus/constructs"
)

func withInspectionRole(t *testing.T, stack awscdk.Stack, path *string, role *trailbus.InspectionRoleProps) *trailbus.RegionalForwarder {
	return trailbus.NewRegionalForwarder(stack, jsii.String("RegionalForwarder"), &trailbus.RegionalForwarderProps{
		CentralBus: trailbus.CentralTrailBusFromAccount(stack, jsii.String("Central"), jsii.String("222222222222"), jsii.String("eu-west-1")),
		Rules:      someRules(t), RolePath: path, InspectionRole: role,
	})
}

func TestTheInspectionRoleIsForTheCentralAccountAndReads(t *testing.T) {
	stack := newStack(t)
	forwarder := withInspectionRole(t, stack, nil, &trailbus.InspectionRoleProps{Region: jsii.String("us-east-1")})
	if forwarder.InspectionRole() == nil {
		t.Error("it is not handed out")
	}
	tt := synth(t, stack)
	const stacks, account, arn = `{"Ref": "AWS::StackName"}`, `{"Ref": "AWS::AccountId"}`, `"arn:aws:`
	named := func(service, resource string) string {
		return `{"Fn::Join": ["", [` + arn + service + `:*:` + resource + `", ` + stacks + `, "-*"]]}`
	}
	roles := tt.resources("AWS::IAM::Role")
	var role map[string]any
	for id, r := range roles {
		if strings.Contains(id, "InspectionRole") {
			role = r
		}
	}
	if len(roles) != 2 || role == nil || role["Condition"] != "RegionalForwarderInspectionRegion4E040D52" {
		t.Fatalf("the roles are %v", roles)
	}
	equal(t, "the condition", tt.root["Conditions"], `{"RegionalForwarderInspectionRegion4E040D52": {"Fn::Equals": [{"Ref": "AWS::Region"}, "us-east-1"]}}`)
	equal(t, "the role", propertiesOf(role), `{
		"RoleName": "TrailbusForwarder-Inspection",
		"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
			"Principal": {"AWS": "arn:aws:iam::222222222222:root"}}]},
		"Policies": [{"PolicyName": "Inspect", "PolicyDocument": {"Version": "2012-10-17", "Statement": [
			{"Effect": "Allow", "Action": ["account:ListRegions", "cloudtrail:DescribeTrails", "cloudtrail:GetEventSelectors", "cloudtrail:GetTrailStatus",
				"events:ListRuleNamesByTarget"], "Resource": "*"},
			{"Effect": "Allow", "Action": ["events:DescribeRule", "events:ListTargetsByRule", "iam:GetRole", "iam:GetRolePolicy", "sqs:GetQueueAttributes", "sqs:GetQueueUrl"],
				"Resource": [`+named("events:*", "rule/")+`, `+named("iam:", "role/")+`, `+named("sqs:*", "")+`]},
			{"Effect": "Allow", "Action": "events:PutEvents", "Resource": {"Fn::Join": ["", ["arn:aws:events:*:", `+account+`, ":event-bus/default"]]},
				"Condition": {"StringEquals": {"events:source": "trailbus.verify", "events:detail-type": "Trailbus Verify"}}}]}}]}`)
}

func TestTheInspectionRoleHasThePathAndTheStacksThatItIsGiven(t *testing.T) {
	stack := newStack(t)
	withInspectionRole(t, stack, jsii.String("/platform/"), &trailbus.InspectionRoleProps{
		Region: jsii.String("us-east-1"), StackNames: *jsii.Strings("Watch", "StackSet-Watch*"),
	})
	tt := synth(t, stack)
	for _, want := range []string{`"Path":"/platform/"`, `:*:role/platform/Watch-*"`, `:*:role/platform/StackSet-Watch*-*"`, `:*:rule/StackSet-Watch*-*"`, `:sqs:*:*:Watch-*"`} {
		if !strings.Contains(tt.text(), want) {
			t.Errorf("no %s in\n%s", want, tt.text())
		}
	}
	if strings.Contains(tt.text(), "AWS::StackName") {
		t.Errorf("it names its own stack, too:\n%s", tt.text())
	}
}

func TestAnInspectionRoleNeedsItsRegion(t *testing.T) {
	for want, props := range map[string]*trailbus.InspectionRoleProps{
		"InspectionRole: Region is missing, allowed: a Region of AWS such as us-east-1":        {},
		`InspectionRole: found Region "Frankfurt", allowed: a Region of AWS such as us-east-1`: {Region: jsii.String("Frankfurt")},
		`InspectionRole: found stack name "", allowed: the name of a stack`:                    {Region: jsii.String("us-east-1"), StackNames: *jsii.Strings("x", "")},
		"InspectionRole: found stack name nothing, allowed: the name of a stack":               {Region: jsii.String("us-east-1"), StackNames: []*string{nil}},
	} {
		stack := newStack(t)
		if got := panicMessage(t, func() { withInspectionRole(t, stack, nil, props) }); got != "Stack/RegionalForwarder: "+want {
			t.Errorf("it says %q, want %q", got, want)
		}
	}
}

// The template of a stack set is deployed to every Region of an account: its condition is what
// makes the name harmless there.
func TestAStackSetTakesTheInspectionRole(t *testing.T) {
	stack := newStack(t)
	props := stackSetProps(someRules(t))
	props.Forwarder = func(stack awscdk.Stack) {
		withInspectionRole(t, stack, nil, &trailbus.InspectionRoleProps{Region: jsii.String("us-east-1")})
	}
	trailbus.NewForwarderStackSet(stack, jsii.String("ForwarderStackSet"), props)
	set := synth(t, stack).only("AWS::CloudFormation::StackSet")
	equal(t, "the capabilities", set["Capabilities"], `["CAPABILITY_NAMED_IAM"]`)
	named := 0
	for _, role := range templateBody(t, set).resources("AWS::IAM::Role") {
		if name := propertiesOf(role)["RoleName"]; name != nil {
			named++
			if name != trailbus.InspectionRoleName || role["Condition"] == nil {
				t.Errorf("a role is named %v, with the condition %v", name, role["Condition"])
			}
		}
	}
	if named != 1 {
		t.Errorf("%d roles have a name, want 1", named)
	}
}
