package trailbus_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awseventstargets"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/jsii-runtime-go"

	trailbus "github.com/trailbus/trailbus/constructs"
)

// onlyCloudTrail is the pattern that lets nothing through that an account could have put itself.
const onlyCloudTrail = `{
  "source": [{"prefix": "aws."}],
  "detail-type": ["AWS API Call via CloudTrail", "AWS Console Sign In via CloudTrail", "AWS Console Signin via CloudTrail",
    "AWS Console Action via CloudTrail", "AWS Service Event via CloudTrail", "AWS Insight via CloudTrail", "AWS Network Activity Event via CloudTrail"]
}`

const centralAccountMaySend = `{
  "EventBusName": {"Ref": "CentralTrailBusAC4EB075"}, "StatementId": "cdk-AdmitCentralAccount",
  "Statement": {"Sid": "cdk-AdmitCentralAccount", "Effect": "Allow", "Action": "events:PutEvents",
    "Principal": {"AWS": "arn:aws:iam::111111111111:root"},
    "Resource": {"Fn::GetAtt": ["CentralTrailBusAC4EB075", "Arn"]}}
}`

func newBus(stack awscdk.Stack, props *trailbus.CentralTrailBusProps) *trailbus.CentralTrailBus {
	return trailbus.NewCentralTrailBus(stack, jsii.String("CentralTrailBus"), props)
}

func TestTheCentralBusAdmitsItsOrganizationAndItself(t *testing.T) {
	stack := newStack(t)
	props := &trailbus.CentralTrailBusProps{Senders: trailbus.SendersFromOrganization(jsii.String("o-a1b2c3d4e5"))}
	newBus(stack, props)
	if props.ArchiveRetention != nil {
		t.Errorf("the caller's props became %+v", props)
	}
	tt := synth(t, stack)
	equal(t, "the bus", tt.only("AWS::Events::EventBus"), `{"Name": "trailbus"}`)
	if policies := tt.resources("AWS::Events::EventBusPolicy"); len(policies) != 2 {
		t.Errorf("%d policies, want two", len(policies))
	}
	equal(t, "the central account's policy", tt.properties("CentralTrailBuscdkAdmitCentralAccount652C9A67"), centralAccountMaySend)
	equal(t, "the organization's policy", tt.properties("CentralTrailBuscdkAdmitOrganization3934BB98"), `{
		"EventBusName": {"Ref": "CentralTrailBusAC4EB075"}, "StatementId": "cdk-AdmitOrganization",
		"Statement": {"Sid": "cdk-AdmitOrganization", "Effect": "Allow", "Action": "events:PutEvents", "Principal": {"AWS": "*"},
			"Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}},
			"Resource": {"Fn::GetAtt": ["CentralTrailBusAC4EB075", "Arn"]}}}`)
	equal(t, "the archive", tt.only("AWS::Events::Archive"), `{
		"Description": "Trailbus: CloudTrail events, to be replayed", "KmsKeyIdentifier": "", "RetentionDays": 30,
		"SourceArn": {"Fn::GetAtt": ["CentralTrailBusAC4EB075", "Arn"]}, "EventPattern": `+onlyCloudTrail+`}`)
	if rules := tt.resources("AWS::Events::Rule"); len(rules) != 0 {
		t.Errorf("%d rules of its own, want none beside the archive's", len(rules))
	}
}

func TestTheCentralBusAdmitsListedAccountsOnly(t *testing.T) {
	stack := newStack(t)
	newBus(stack, &trailbus.CentralTrailBusProps{
		Senders:          trailbus.SendersFromAccounts(jsii.String("222222222222"), jsii.String("333333333333")),
		ArchiveRetention: awscdk.Duration_Days(jsii.Number(7)),
	})
	tt := synth(t, stack)
	var senders []any
	found := 0
	for id, policy := range tt.resources("AWS::Events::EventBusPolicy") {
		if strings.Contains(id, "AdmitCentralAccount") {
			equal(t, "the central account's policy", policy["Properties"], centralAccountMaySend)
			continue
		}
		found++
		statement := policy["Properties"].(map[string]any)["Statement"].(map[string]any)
		senders = append(senders, statement["Principal"])
		if statement["Condition"] != nil || statement["Action"] != "events:PutEvents" {
			t.Errorf("the statement is %v", statement)
		}
	}
	equal(t, "the senders", senders, `[{"AWS": [
		"arn:aws:iam::222222222222:root",
		"arn:aws:iam::333333333333:root"]}]`)
	if text := tt.text(); strings.Contains(text, `"AWS":"*"`) || strings.Contains(text, "PrincipalOrgID") {
		t.Errorf("others may send as well: %s", text)
	}
	if days := tt.only("AWS::Events::Archive")["RetentionDays"]; days != 7.0 {
		t.Errorf("the archive keeps events for %v days, want 7", days)
	}
}

func TestOnAlertDeliversWhatForwardersSentAndNothingElse(t *testing.T) {
	stack := newStack(t)
	bus := newBus(stack, &trailbus.CentralTrailBusProps{Senders: trailbus.SendersFromAccounts(jsii.String("222222222222"))})
	bus.OnAlert(jsii.String("Mine"), awseventstargets.NewSnsTopic(awssns.NewTopic(stack, jsii.String("Topic"), nil), nil))
	rule := synth(t, stack).only("AWS::Events::Rule")
	delete(rule, "Targets")
	equal(t, "the rule", rule, `{"Description": "Trailbus: CloudTrail events that the forwarders sent", "EventBusName": {"Ref": "CentralTrailBusAC4EB075"},
		"State": "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS", "EventPattern": `+onlyCloudTrail+`}`)
}

func TestGrantPutEventsToGrantsThatAlone(t *testing.T) {
	stack := newStack(t)
	bus := newBus(stack, &trailbus.CentralTrailBusProps{Senders: trailbus.SendersFromAccounts(jsii.String("222222222222"))})
	role := awsiam.NewRole(stack, jsii.String("Role"), &awsiam.RoleProps{AssumedBy: awsiam.NewAccountRootPrincipal()})
	bus.GrantPutEventsTo(role)
	got := statements(t, synth(t, stack).only("AWS::IAM::Policy")["PolicyDocument"])
	if len(got) != 1 || got[0] != `events:PutEvents on {"Fn::GetAtt":["CentralTrailBusAC4EB075","Arn"]}` {
		t.Errorf("it grants %q", got)
	}
}

func TestInvalidSendersAreRefused(t *testing.T) {
	stack := newStack(t)
	for id, test := range map[string]struct {
		props *trailbus.CentralTrailBusProps
		want  string
	}{
		"None":     {nil, "Senders is missing, allowed: SendersFromOrganization or SendersFromAccounts"},
		"Empty":    {&trailbus.CentralTrailBusProps{Senders: trailbus.SendersFromAccounts()}, "Senders is missing, allowed: SendersFromOrganization or SendersFromAccounts"},
		"Unset":    {&trailbus.CentralTrailBusProps{Senders: trailbus.SendersFromOrganization(jsii.String(""))}, `found organization "", allowed: an id such as o-a1b2c3d4e5`},
		"Wildcard": {&trailbus.CentralTrailBusProps{Senders: trailbus.SendersFromOrganization(jsii.String("o-*"))}, `found organization "o-*"`},
		"Any":      {&trailbus.CentralTrailBusProps{Senders: trailbus.SendersFromAccounts(jsii.String("222222222222"), jsii.String("*"))}, `found account id "*", allowed: 12 digits`},
		"Nil":      {&trailbus.CentralTrailBusProps{Senders: trailbus.SendersFromAccounts(nil)}, "found no account id"},
		"Hour": {&trailbus.CentralTrailBusProps{
			Senders: trailbus.SendersFromAccounts(jsii.String("222222222222")), ArchiveRetention: awscdk.Duration_Hours(jsii.Number(36)),
		}, "ArchiveRetention: found 1 day 12 hours, allowed: whole days, 1 at least"},
	} {
		got := panicMessage(t, func() { trailbus.NewCentralTrailBus(stack, jsii.String(id), test.props) })
		if !strings.HasPrefix(got, "Stack/"+id+": ") || !strings.Contains(got, test.want) {
			t.Errorf("%s: the message is %q, want one with %q", id, got, test.want)
		}
	}
	// What CloudFormation fills in cannot be checked.
	trailbus.NewCentralTrailBus(stack, jsii.String("Token"), &trailbus.CentralTrailBusProps{Senders: trailbus.SendersFromAccounts(awscdk.Aws_ACCOUNT_ID())})
}
