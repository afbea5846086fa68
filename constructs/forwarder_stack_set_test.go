package trailbus_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3assets"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/jsii-runtime-go"

	trailbus "github.com/trailbus/trailbus/constructs"
	"github.com/trailbus/trailbus/rules"
)

// forwarderOf makes the forwarder of a set of rules in a stack.
func forwarderOf(set *rules.Set) func(awscdk.Stack) {
	return func(stack awscdk.Stack) { newForwarder(stack, set) }
}

func stackSetProps(set *rules.Set) *trailbus.ForwarderStackSetProps {
	return &trailbus.ForwarderStackSetProps{
		Forwarder: forwarderOf(set), OrganizationalUnits: *jsii.Strings("r-a1b2"), Regions: *jsii.Strings("us-east-1", "eu-central-1"),
	}
}

func newStackSet(stack awscdk.Stack, set *rules.Set) *trailbus.ForwarderStackSet {
	return trailbus.NewForwarderStackSet(stack, jsii.String("ForwarderStackSet"), stackSetProps(set))
}

// templateBody takes the template out of the properties of a stack set.
func templateBody(t *testing.T, properties map[string]any) template {
	t.Helper()
	text := properties["TemplateBody"].(string)
	delete(properties, "TemplateBody")
	tt := template{t, nil}
	if err := json.Unmarshal([]byte(text), &tt.root); err != nil {
		t.Fatalf("the template is no JSON: %v\n%s", err, text)
	}
	return tt
}

func TestTheStackSetHasThePropertiesThatStackSetsTake(t *testing.T) {
	stack := newStack(t)
	newStackSet(stack, someRules(t))
	trailbus.NewForwarderStackSet(stack, jsii.String("Other"), &trailbus.ForwarderStackSetProps{
		Forwarder: forwarderOf(someRules(t)), OrganizationalUnits: *jsii.Strings("ou-a1b2-c3d4e5f6", "ou-a1b2-c3d4e5f7"), Regions: *jsii.Strings("us-east-1"),
		Accounts:            trailbus.OnlyAccounts(jsii.String("333333333333")),
		AutomaticDeployment: trailbus.AutomaticDeploymentOff, CallAs: trailbus.CallAsDelegatedAdmin, StackSetName: jsii.String("Other"),
		OperationPreferences: &awscdk.CfnStackSet_OperationPreferencesProperty{RegionConcurrencyType: jsii.String("SEQUENTIAL"), MaxConcurrentCount: jsii.Number(3)},
	})
	trailbus.NewForwarderStackSet(stack, jsii.String("Retained"), &trailbus.ForwarderStackSetProps{
		Forwarder: forwarderOf(someRules(t)), OrganizationalUnits: *jsii.Strings("r-a1b2"), Regions: *jsii.Strings("us-east-1"), StackSetName: jsii.String("Retained"),
		Accounts: trailbus.ExceptAccounts(jsii.String("333333333333")), AutomaticDeployment: trailbus.AutomaticDeploymentRetain,
	})
	tt := synth(t, stack)
	sets := map[string]map[string]any{}
	for _, resource := range tt.resources("AWS::CloudFormation::StackSet") {
		properties := propertiesOf(resource)
		sets[properties["StackSetName"].(string)] = properties
		templateBody(t, properties)
	}
	equal(t, "the stack sets", sets, `{
		"TrailbusForwarders": {
			"StackSetName": "TrailbusForwarders", "Description": "Trailbus: forwards CloudTrail events to the central event bus",
			"PermissionModel": "SERVICE_MANAGED", "CallAs": "SELF", "Capabilities": ["CAPABILITY_IAM"], "ManagedExecution": {"Active": true},
			"AutoDeployment": {"Enabled": true, "RetainStacksOnAccountRemoval": false},
			"OperationPreferences": {"RegionConcurrencyType": "PARALLEL", "ConcurrencyMode": "SOFT_FAILURE_TOLERANCE", "MaxConcurrentPercentage": 50, "FailureTolerancePercentage": 10},
			"StackInstancesGroup": [{"DeploymentTargets": {"OrganizationalUnitIds": ["r-a1b2"]}, "Regions": ["us-east-1", "eu-central-1"]}]
		},
		"Other": {
			"StackSetName": "Other", "Description": "Trailbus: forwards CloudTrail events to the central event bus",
			"PermissionModel": "SERVICE_MANAGED", "CallAs": "DELEGATED_ADMIN", "Capabilities": ["CAPABILITY_IAM"], "ManagedExecution": {"Active": true},
			"AutoDeployment": {"Enabled": false},
			"OperationPreferences": {"RegionConcurrencyType": "SEQUENTIAL", "MaxConcurrentCount": 3},
			"StackInstancesGroup": [{"DeploymentTargets": {"OrganizationalUnitIds": ["ou-a1b2-c3d4e5f6", "ou-a1b2-c3d4e5f7"],
				"AccountFilterType": "INTERSECTION", "Accounts": ["333333333333"]}, "Regions": ["us-east-1"]}]
		},
		"Retained": {
			"StackSetName": "Retained", "Description": "Trailbus: forwards CloudTrail events to the central event bus",
			"PermissionModel": "SERVICE_MANAGED", "CallAs": "SELF", "Capabilities": ["CAPABILITY_IAM"], "ManagedExecution": {"Active": true},
			"AutoDeployment": {"Enabled": true, "RetainStacksOnAccountRemoval": true},
			"OperationPreferences": {"RegionConcurrencyType": "PARALLEL", "ConcurrencyMode": "SOFT_FAILURE_TOLERANCE", "MaxConcurrentPercentage": 50, "FailureTolerancePercentage": 10},
			"StackInstancesGroup": [{"DeploymentTargets": {"OrganizationalUnitIds": ["r-a1b2"],
				"AccountFilterType": "DIFFERENCE", "Accounts": ["333333333333"]}, "Regions": ["us-east-1"]}]
		}
	}`)
}

// One account has an instance in each of its Regions, and nothing in them may meet.
func TestTheTemplateOfTheStackSetHasOnlyWhatEveryAccountAndRegionCanHave(t *testing.T) {
	stack := newStack(t)
	newStackSet(stack, catalog(t))
	tt := templateBody(t, synth(t, stack).only("AWS::CloudFormation::StackSet"))
	if sections := slices.Sorted(maps.Keys(tt.root)); !slices.Equal(sections, []string{"Description", "Resources"}) {
		t.Errorf("it has the sections %q, want no parameters, rules, transforms or outputs", sections)
	}
	types := map[string]int{}
	for id, resource := range tt.root["Resources"].(map[string]any) {
		resource := resource.(map[string]any)
		types[resource["Type"].(string)]++
		for property := range propertiesOf(resource) {
			if strings.HasSuffix(property, "Name") && property != "EventBusName" {
				t.Errorf("%s has the %s %v", id, property, propertiesOf(resource)[property])
			}
		}
		if resource["Metadata"] != nil {
			t.Errorf("%s has metadata, which costs bytes", id)
		}
	}
	if types["AWS::IAM::Role"] != 1 || types["AWS::SQS::Queue"] != 1 || types["AWS::Events::Rule"] < 2 || types["AWS::CDK::Metadata"] != 0 {
		t.Errorf("it has %v", types)
	}
	// The app's own account and Region are nowhere in it.
	for _, forbidden := range []string{"111111111111", "cdk-hnb659fds", "AWS::Region"} {
		if strings.Contains(tt.text(), forbidden) {
			t.Errorf("it has %q:\n%s", forbidden, tt.text())
		}
	}
	if !strings.Contains(tt.text(), `{"Ref":"AWS::Partition"}`) || !strings.Contains(tt.text(), `":events:eu-west-1:222222222222:event-bus/trailbus"`) {
		t.Errorf("it does not send to the central bus in whatever partition:\n%s", tt.text())
	}
}

func TestTheFeatureFlagsOfTheAppHoldInTheTemplateOfTheStackSet(t *testing.T) {
	var got []string
	for _, minimize := range []bool{true, false} {
		app := awscdk.NewApp(&awscdk.AppProps{Context: &map[string]any{"@aws-cdk/aws-iam:minimizePolicies": minimize}, Outdir: jsii.String(t.TempDir())})
		stack := awscdk.NewStack(app, jsii.String("Stack"), nil)
		props := stackSetProps(someRules(t))
		props.Forwarder = func(stack awscdk.Stack) {
			role := awsiam.NewRole(stack, jsii.String("Role"), &awsiam.RoleProps{AssumedBy: awsiam.NewServicePrincipal(jsii.String("events.amazonaws.com"), nil)})
			for _, action := range []string{"sqs:SendMessage", "sqs:ReceiveMessage"} {
				role.AddToPolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{Actions: jsii.Strings(action), Resources: jsii.Strings("arn:aws:sqs:eu-west-1:222222222222:x")}))
			}
		}
		trailbus.NewForwarderStackSet(stack, jsii.String("ForwarderStackSet"), props)
		tt := templateBody(t, synth(t, stack).only("AWS::CloudFormation::StackSet"))
		got = append(got, fmt.Sprint(len(tt.only("AWS::IAM::Policy")["PolicyDocument"].(map[string]any)["Statement"].([]any))))
	}
	if !slices.Equal(got, []string{"1", "2"}) {
		t.Errorf("the policies have %v statements with the flag and without it, want 1 and 2", got)
	}
}

func TestInvalidStackSetPropsAreRefused(t *testing.T) {
	stack := newStack(t)
	queue := func(stack awscdk.Stack) { awssqs.NewQueue(stack, jsii.String("Queue"), nil) }
	with := func(change func(*trailbus.ForwarderStackSetProps)) *trailbus.ForwarderStackSetProps {
		props := stackSetProps(someRules(t))
		change(props)
		return props
	}
	made := func(build func(awscdk.Stack)) *trailbus.ForwarderStackSetProps {
		return with(func(p *trailbus.ForwarderStackSetProps) { p.Forwarder = build })
	}
	tests := map[string]struct {
		props *trailbus.ForwarderStackSetProps
		want  string
	}{
		"Nothing": {nil, "Forwarder, OrganizationalUnits and Regions are missing"},
		"Units":   {with(func(p *trailbus.ForwarderStackSetProps) { p.OrganizationalUnits = nil }), "OrganizationalUnits is missing"},
		"Unit": {with(func(p *trailbus.ForwarderStackSetProps) {
			p.OrganizationalUnits = []*string{jsii.String("o-a1b2c3d4e5"), nil}
		}),
			`OrganizationalUnits: found "o-a1b2c3d4e5", allowed: the id of a unit such as ou-a1b2-c3d4e5f6, or of the root such as r-a1b2; OrganizationalUnits: found nothing, allowed: the id of a unit such as ou-a1b2-c3d4e5f6, or of the root such as r-a1b2`},
		"Region":   {with(func(p *trailbus.ForwarderStackSetProps) { p.Regions = []*string{nil} }), "Regions: found nothing, allowed: a Region of AWS such as eu-central-1"},
		"Accounts": {with(func(p *trailbus.ForwarderStackSetProps) { p.Accounts = trailbus.ExceptAccounts() }), "Accounts: found no account id, allowed: one at least, or no filter"},
		"Account":  {with(func(p *trailbus.ForwarderStackSetProps) { p.Accounts = trailbus.ExceptAccounts(jsii.String("1")) }), `Accounts: found account id "1", allowed: 12 digits`},
		"Only": {with(func(p *trailbus.ForwarderStackSetProps) {
			p.Accounts = trailbus.OnlyAccounts(jsii.String("333333333333"))
		}),
			"Accounts: found OnlyAccounts with automatic deployment, which heeds no filter, allowed: with AutomaticDeploymentOff"},
		"Name":  {with(func(p *trailbus.ForwarderStackSetProps) { p.StackSetName = jsii.String("a b") }), `StackSetName: found "a b", allowed: up to 128 letters, digits and hyphens, a letter first`},
		"Empty": {made(func(awscdk.Stack) {}), "Forwarder: the template has no resources, allowed: a RegionalForwarder"},
		"Parameter": {made(func(stack awscdk.Stack) {
			queue(stack)
			awscdk.NewCfnParameter(stack, jsii.String("Name"), nil)
		}), "Forwarder: the template has the parameters Name, allowed: none"},
		"Transform": {made(func(stack awscdk.Stack) {
			queue(stack)
			stack.AddTransform(jsii.String("AWS::LanguageExtensions"))
		}), "Forwarder: the template has the transform AWS::LanguageExtensions, allowed: none, because a stack set with service-managed permissions takes none"},
		"Asset": {made(func(stack awscdk.Stack) {
			asset := awss3assets.NewAsset(stack, jsii.String("Asset"), &awss3assets.AssetProps{Path: jsii.String("doc.go")})
			awssqs.NewQueue(stack, jsii.String("Queue"), &awssqs.QueueProps{QueueName: asset.S3BucketName()})
		}), "Forwarder: the template has assets, allowed: none, because the accounts have no bucket for them"},
		"Nested": {made(func(stack awscdk.Stack) {
			awscdk.NewCfnStack(stack, jsii.String("Nested"), &awscdk.CfnStackProps{TemplateUrl: jsii.String("https://example.com/x")})
		}), "Forwarder: Nested is a nested stack, allowed: none, because a stack set with service-managed permissions takes none"},
		"Role": {made(func(stack awscdk.Stack) {
			awsiam.NewRole(stack, jsii.String("Role"), &awsiam.RoleProps{RoleName: jsii.String("forwarder"), AssumedBy: awsiam.NewServicePrincipal(jsii.String("events.amazonaws.com"), nil)})
		}), "Forwarder: Role1ABCC5F0 has the RoleName forwarder and no condition, allowed: no name, because the names of IAM are those of all Regions of an account and would meet"},
	}
	for id, test := range tests {
		if got := panicMessage(t, func() { trailbus.NewForwarderStackSet(stack, jsii.String(id), test.props) }); got != "Stack/"+id+": "+test.want {
			t.Errorf("got  %q\nwant %q", got, "Stack/"+id+": "+test.want)
		}
	}
}

func TestATemplateThatIsTooLongSaysByHowMuch(t *testing.T) {
	stack := newStack(t)
	long := func(n int) *trailbus.ForwarderStackSetProps {
		props := stackSetProps(someRules(t))
		props.Forwarder = func(stack awscdk.Stack) {
			awscdk.NewCfnResource(stack, jsii.String("X"), &awscdk.CfnResourceProps{
				Type: jsii.String("AWS::SQS::Queue"), Properties: &map[string]any{"QueueName": strings.Repeat("x", n)},
			})
		}
		return props
	}
	got := panicMessage(t, func() { trailbus.NewForwarderStackSet(stack, jsii.String("Long"), long(60_000)) })
	var bytes, over int
	if _, err := fmt.Sscanf(got, "Stack/Long: Forwarder: the template has %d bytes, %d too many, allowed: 51200; with fewer rules it is shorter", &bytes, &over); err != nil || bytes-over != 51_200 {
		t.Fatalf("got %q", got)
	}
	rest := bytes - 60_000
	trailbus.NewForwarderStackSet(stack, jsii.String("Full"), long(51_200-rest))
	if got := panicMessage(t, func() { trailbus.NewForwarderStackSet(stack, jsii.String("One"), long(51_201-rest)) }); !strings.Contains(got, "51201 bytes, 1 too many") {
		t.Errorf("got %q", got)
	}
}
