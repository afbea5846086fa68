package trailbus_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3assets"
	"github.com/aws/jsii-runtime-go"

	trailbus "github.com/trailbus/trailbus/constructs"
)

// bareStack is a stack that has nothing but what is put into it, as a forwarder stack.
func bareStack(app awscdk.App, id, region string) awscdk.Stack {
	return awscdk.NewStack(app, jsii.String(id), &awscdk.StackProps{
		Description: jsii.String("Trailbus: forwards CloudTrail events to the central event bus"),
		Env:         &awscdk.Environment{Account: jsii.String("222222222222"), Region: jsii.String(region)},
		Synthesizer: awscdk.NewDefaultStackSynthesizer(&awscdk.DefaultStackSynthesizerProps{GenerateBootstrapVersionRule: jsii.Bool(false)}),
	})
}

func TestAForwarderTemplateAddsTheResourcesOfAForwarder(t *testing.T) {
	app, set := newApp(t, false), someRules(t)
	anew := bareStack(app, "Anew", "eu-central-1")
	inspected := func(stack awscdk.Stack) {
		trailbus.NewRegionalForwarder(stack, jsii.String("Forwarder"), &trailbus.RegionalForwarderProps{
			CentralBus: trailbus.CentralTrailBusFromAccount(stack, jsii.String("CentralBus"), jsii.String("111111111111"), jsii.String("eu-central-1")),
			Rules:      set, InspectionRole: &trailbus.InspectionRoleProps{Region: jsii.String("us-west-2"), StackNames: *jsii.Strings("Forwarder")},
		})
	}
	inspected(anew)
	forwarders := trailbus.NewForwarderTemplate(app, jsii.String("eu-central-1"), inspected)
	one, other := bareStack(app, "One", "eu-central-1"), bareStack(app, "Other", "us-west-2")
	forwarders.AddTo(one)
	forwarders.AddTo(other)
	want := synth(t, anew)
	if len(want.resources("AWS::Events::Rule")) < 2 || want.resources("AWS::SQS::Queue") == nil || want.root["Conditions"] == nil {
		t.Fatalf("the forwarder is %s", want.text())
	}
	for _, stack := range []awscdk.Stack{one, other} {
		if got := synth(t, stack); !reflect.DeepEqual(got.root, want.root) {
			t.Errorf("%s has\n%s\nwant\n%s", *stack.StackName(), got.text(), want.text())
		}
	}
}

func TestABoundaryReachesTheResourcesOfATemplate(t *testing.T) {
	app := newApp(t, false)
	stack := bareStack(app, "Forwarder", "eu-central-1")
	trailbus.NewForwarderTemplate(app, jsii.String("eu-central-1"), forwarderOf(someRules(t))).AddTo(stack)
	awsiam.PermissionsBoundary_Of(stack).Apply(awsiam.ManagedPolicy_FromManagedPolicyArn(stack, jsii.String("Boundary"), jsii.String("arn:aws:iam::222222222222:policy/b")))
	if got := synth(t, stack).only("AWS::IAM::Role")["PermissionsBoundary"]; got != "arn:aws:iam::222222222222:policy/b" {
		t.Errorf("the boundary is %v", got)
	}
}

func TestATemplateTakesNothingButResources(t *testing.T) {
	for want, forwarder := range map[string]func(awscdk.Stack){
		"Stack: ForwarderTemplate: found no resources, or conditions other than Fn::Equals, allowed: those of a RegionalForwarder": func(awscdk.Stack) {},
		"Stack: ForwarderTemplate: found the section Outputs, allowed: Resources and Conditions, as of a RegionalForwarder": func(stack awscdk.Stack) {
			newForwarder(stack, someRules(t))
			awscdk.NewCfnOutput(stack, jsii.String("Output"), &awscdk.CfnOutputProps{Value: jsii.String("x")})
		},
		"Stack: ForwarderTemplate: found assets, allowed: none, because the stacks have no bucket for them": func(stack awscdk.Stack) {
			asset := awss3assets.NewAsset(stack, jsii.String("Asset"), &awss3assets.AssetProps{Path: jsii.String("doc.go")})
			awscdk.NewCfnResource(stack, jsii.String("R"), &awscdk.CfnResourceProps{Type: jsii.String("X::Y::Z"), Properties: &map[string]any{"URL": asset.HttpUrl()}})
		},
	} {
		got := panicMessage(t, func() { trailbus.NewForwarderTemplate(newStack(t), jsii.String("eu-central-1"), forwarder) })
		if !strings.Contains(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
