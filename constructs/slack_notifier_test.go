package trailbus_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssecretsmanager"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	trailbus "github.com/trailbus/trailbus/constructs"
	"github.com/trailbus/trailbus/internal/contract"
	"github.com/trailbus/trailbus/routes"
	"github.com/trailbus/trailbus/rules"
)

func notifierProps(scope constructs.Construct, set *rules.Set) *trailbus.SlackNotifierProps {
	return &trailbus.SlackNotifierProps{
		Bus:    trailbus.CentralTrailBusFromAccount(scope, jsii.String("Bus"), jsii.String("111111111111"), jsii.String("eu-central-1")),
		Secret: awssecretsmanager.Secret_FromSecretNameV2(scope, jsii.String("Secret"), jsii.String("trailbus/slack")),
		Rules:  set,
	}
}

func newNotifier(stack awscdk.Stack, set *rules.Set) *trailbus.SlackNotifier {
	return trailbus.NewSlackNotifier(stack, jsii.String("SlackNotifier"), notifierProps(stack, set))
}

const (
	queueARN        = `{"Fn::GetAtt":["SlackNotifierQueue33F9A744","Arn"]}`
	deadLetterARN   = `{"Fn::GetAtt":["SlackNotifierDeadLetterQueueE95166B3","Arn"]}`
	tableARN        = `{"Fn::GetAtt":["SlackNotifierTable1D0B819F","Arn"]}`
	heartbeatsID    = "SlackNotifierHeartbeatsFCC7C353"
	checkScheduleID = "SlackNotifierLookA2F41F24"
	probesID        = "SlackNotifierProbes97B43829"
)

func TestTheNotifiersQueues(t *testing.T) {
	tt := notifierTemplate(t)
	if queues := tt.resources("AWS::SQS::Queue"); len(queues) != 2 {
		t.Errorf("%d queues, want two", len(queues))
	}
	equal(t, "the queue", tt.properties("SlackNotifierQueue33F9A744"), `{"SqsManagedSseEnabled": true, "VisibilityTimeout": 360, "MessageRetentionPeriod": 604800,
		"RedrivePolicy": {"deadLetterTargetArn": `+deadLetterARN+`, "maxReceiveCount": 600}}`)
	equal(t, "the dead-letter queue", tt.properties("SlackNotifierDeadLetterQueueE95166B3"), `{"SqsManagedSseEnabled": true, "MessageRetentionPeriod": 1209600}`)
}

func TestTheNotifiersFunction(t *testing.T) {
	tt := notifierTemplate(t)
	function := tt.only("AWS::Lambda::Function")
	delete(function, "Code")
	environment := function["Environment"].(map[string]any)["Variables"].(map[string]any)
	delete(function, "Environment")
	equal(t, "the function", function, `{"Description": "Trailbus: tells people in Slack about CloudTrail events", "Runtime": "provided.al2023",
		"Architectures": ["arm64"], "Handler": "bootstrap", "MemorySize": 1024, "Timeout": 60,
		"Role": {"Fn::GetAtt": ["SlackNotifierRoleA1BAC9E0", "Arn"]}, "LoggingConfig": {"LogGroup": {"Ref": "SlackNotifierLogsCD42A147"}}}`)
	equal(t, "the environment", environment, `{
		"`+contract.EnvSecretARN+`": "arn:aws:secretsmanager:eu-central-1:111111111111:secret:trailbus/slack",
		"`+contract.EnvQueueURL+`": {"Ref": "SlackNotifierQueue33F9A744"},
		"`+contract.EnvDeadLetterQueueURL+`": {"Ref": "SlackNotifierDeadLetterQueueE95166B3"},
		"`+contract.EnvTable+`": {"Ref": "SlackNotifierTable1D0B819F"}}`)
	equal(t, "the event source", tt.only("AWS::Lambda::EventSourceMapping"), `{"BatchSize": 1000, "MaximumBatchingWindowInSeconds": 1, "EventSourceArn": `+queueARN+`,
		"FunctionName": {"Ref": "SlackNotifierFunction6C8AFB57"}, "FunctionResponseTypes": ["ReportBatchItemFailures"], "ScalingConfig": {"MaximumConcurrency": 2}}`)
	equal(t, "the log group", tt.only("AWS::Logs::LogGroup"), `{"RetentionInDays": 90}`)
	equal(t, "the rule", tt.properties("SlackNotifierRule084C6C6E"), `{"Description": "Trailbus: CloudTrail events that the forwarders sent", "EventBusName": "trailbus", "State": "`+readToo+`",
		"EventPattern": `+onlyCloudTrail+`, "Targets": [{"Id": "Target0", "Arn": `+queueARN+`, "DeadLetterConfig": {"Arn": `+deadLetterARN+`}}]}`)
	visibility := tt.properties("SlackNotifierQueue33F9A744")["VisibilityTimeout"].(float64)
	if timeout := function["Timeout"].(float64); visibility < 6*timeout {
		t.Errorf("a message is hidden for %v s, want six times the function's %v s", visibility, timeout)
	}
}

// A message that Slack refuses for days must reach the dead-letter queue before SQS drops it, and
// not long before.
func TestAMessageReachesTheDeadLetterQueueBeforeItExpires(t *testing.T) {
	// The notifier hides a message for MaxBackOff but for the first ten times, and each receive may
	// take a run of the function.
	longest := contract.MaxReceiveCount * (contract.MaxBackOff + contract.FunctionTimeout)
	if longest >= contract.QueueRetention {
		t.Errorf("%d receives may take %v, and the queue keeps a message for %v", contract.MaxReceiveCount, longest, contract.QueueRetention)
	}
	if shortest := (contract.MaxReceiveCount - 10) * contract.MaxBackOff; shortest < contract.QueueRetention*6/7 {
		t.Errorf("%d receives may take %v only, and Slack may be away for nearly %v", contract.MaxReceiveCount, shortest, contract.QueueRetention)
	}
	if left := contract.DeadLetterRetention - contract.QueueRetention; left < 7*24*time.Hour {
		t.Errorf("people have %v to look at the dead-letter queue, want a week", left)
	}
}

// AccountNamesFrom grants to describe accounts of one organization.
func TestTheNotifiersRoleMayDescribeAccounts(t *testing.T) {
	stack := newStack(t)
	props := notifierProps(stack, someRules(t))
	trailbus.NewSlackNotifier(stack, jsii.String("Without"), props)
	props.AccountNamesFrom = &trailbus.Organization{ID: jsii.String("o-a1b2c3d4e5"), ManagementAccount: jsii.String("999999999999")}
	trailbus.NewSlackNotifier(stack, jsii.String("With"), props)
	var got []string
	for id, policy := range synth(t, stack).resources("AWS::IAM::Policy") {
		for _, statement := range statements(t, policy["Properties"].(map[string]any)["PolicyDocument"]) {
			if strings.HasPrefix(statement, "organizations:") || strings.Contains(statement, "*:") {
				got = append(got, id[:4]+": "+statement)
			}
		}
	}
	want := `With: organizations:DescribeAccount on "arn:aws:organizations::999999999999:account/o-a1b2c3d4e5/*"`
	if len(got) != 1 || got[0] != want {
		t.Errorf("they may %q, want %q", got, want)
	}
}

func TestTheTemplateHoldsNoSecret(t *testing.T) {
	text := notifierTemplate(t).text()
	for _, forbidden := range []string{"hooks.slack", "https://", "resolve:", "SecretString"} {
		if strings.Contains(text, forbidden) {
			t.Errorf("it has %q: %s", forbidden, text)
		}
	}
	if secrets := regexp.MustCompile(`:secret:[^"]*`).FindAllString(text, -1); len(secrets) != 2 || !strings.HasPrefix(secrets[0], ":secret:trailbus/slack") || !strings.HasPrefix(secrets[1], ":secret:trailbus/slack") {
		t.Errorf("it speaks of the secrets %q, want one in the environment and in the policy", secrets)
	}
}

func TestNotifierPropsAreHeededAndCanBeUsedAgain(t *testing.T) {
	stack := newStack(t)
	props := notifierProps(stack, someRules(t))
	trailbus.NewSlackNotifier(stack, jsii.String("Defaults"), props)
	if props.LogRetention != "" || props.MaxConcurrency != nil || props.Mutes != nil || props.AccountNames != nil || props.AccountNamesFrom != nil || props.AccessPortalURL != nil || props.Routes != nil {
		t.Errorf("defaults were written into the caller's props: %+v", props)
	}
	props.LogRetention, props.MaxConcurrency = awslogs.RetentionDays_ONE_WEEK, jsii.Number(5)
	trailbus.NewSlackNotifier(stack, jsii.String("Own"), props)
	tt := synth(t, stack)
	retention, concurrency := map[any]int{}, map[any]int{}
	for _, group := range tt.resources("AWS::Logs::LogGroup") {
		retention[group["Properties"].(map[string]any)["RetentionInDays"]]++
	}
	for _, source := range tt.resources("AWS::Lambda::EventSourceMapping") {
		concurrency[source["Properties"].(map[string]any)["ScalingConfig"].(map[string]any)["MaximumConcurrency"]]++
	}
	if retention[90.0] != 1 || retention[7.0] != 1 || concurrency[2.0] != 1 || concurrency[5.0] != 1 {
		t.Errorf("retention %v and concurrency %v, want 90 and 7, 2 and 5", retention, concurrency)
	}
}

func TestANotifierNeedsABusASecretAndRules(t *testing.T) {
	stack := newStack(t)
	complete := notifierProps(stack, someRules(t))
	tests := map[string]struct {
		change func(*trailbus.SlackNotifierProps)
		want   string
	}{
		"All":    {func(p *trailbus.SlackNotifierProps) { *p = trailbus.SlackNotifierProps{} }, "Stack/All: Bus, Secret and Rules are missing"},
		"NoBus":  {func(p *trailbus.SlackNotifierProps) { p.Bus = nil }, "Stack/NoBus: Bus is missing"},
		"NoWays": {func(p *trailbus.SlackNotifierProps) { p.Secret, p.Rules = nil, nil }, "Stack/NoWays: Secret and Rules are missing"},
		"Empty":  {func(p *trailbus.SlackNotifierProps) { p.Rules = &rules.Set{} }, "Stack/Empty: Rules is missing"},
		"AccessPortalURL": {func(p *trailbus.SlackNotifierProps) { p.AccessPortalURL = jsii.String("example.awsapps.com") },
			`Stack/AccessPortalURL: AccessPortalURL: found "example.awsapps.com", allowed: an address such as https://example.awsapps.com/start`},
		"AccountNamesFrom": {func(p *trailbus.SlackNotifierProps) {
			p.AccountNamesFrom = &trailbus.Organization{ID: jsii.String("example")}
		}, `Stack/AccountNamesFrom: AccountNamesFrom: found organization "example", allowed: an id such as o-a1b2c3d4e5; found management account nothing, allowed: 12 digits`},
		"Routes": {func(p *trailbus.SlackNotifierProps) { p.Routes = routes.Table{{Webhook: "a"}, {Channel: "alerts"}} },
			`Stack/Routes: Routes: route 2: found channel "alerts", allowed: the name of a public channel such as "#alerts", or the id of any such as C0123456789`},
		"Forwarders": {func(p *trailbus.SlackNotifierProps) {
			p.Forwarders = map[string][]string{"production": {"us-east-1"}}
		},
			`Stack/Forwarders: Forwarders: found account id "production", allowed: 12 digits`},
		"NoRegion": {func(p *trailbus.SlackNotifierProps) { p.Forwarders = map[string][]string{"111111111111": nil} },
			"Stack/NoRegion: Forwarders: found no Region of account 111111111111, allowed: one at least"},
		"StackSet": {func(p *trailbus.SlackNotifierProps) {
			p.StackSet = &trailbus.StackSetInstances{StackSetName: jsii.String("a b")}
		}, `Stack/StackSet: StackSetName: found "a b", allowed: up to 128 letters, digits and hyphens, a letter first`},
		"Mutes": {func(p *trailbus.SlackNotifierProps) { p.Mutes = []rules.Mute{{Reason: "x"}} },
			"Stack/Mutes: Mutes: mute 1 has neither a rule nor a pattern, so it would mute everything"},
		"NoRule": {func(p *trailbus.SlackNotifierProps) { p.Mutes = []rules.Mute{{Rule: "nothing-such"}} },
			`Stack/NoRule: Mutes: found a mute of "nothing-such", which is none of the rules, allowed: the id of one of Rules or of the catalogue, or none for all`},
	}
	for id, test := range tests {
		props := *complete
		test.change(&props)
		if got := panicMessage(t, func() { trailbus.NewSlackNotifier(stack, jsii.String(id), &props) }); got != test.want {
			t.Errorf("got %q, want %q", got, test.want)
		}
	}
	if got := panicMessage(t, func() { trailbus.NewSlackNotifier(stack, jsii.String("Nil"), nil) }); got != "Stack/Nil: Bus, Secret and Rules are missing" {
		t.Errorf("got %q", got)
	}
}

func TestMetricsOfTheNotifier(t *testing.T) {
	stack := newStack(t)
	notifier := newNotifier(stack, someRules(t))
	for name, metric := range map[string]interface{ MetricName() *string }{
		"ApproximateAgeOfOldestMessage":      notifier.MetricOldestMessage(nil),
		"ApproximateNumberOfMessagesVisible": notifier.MetricDeadLetters(nil),
	} {
		if got := *metric.MetricName(); got != name {
			t.Errorf("the metric is %s, want %s", got, name)
		}
	}
}

// StackSet grants to list the instances of one stack set.
func TestStackSetInstances(t *testing.T) {
	stack := newStack(t)
	props := notifierProps(stack, someRules(t))
	props.StackSet = &trailbus.StackSetInstances{CallAs: trailbus.CallAsDelegatedAdmin}
	trailbus.NewSlackNotifier(stack, jsii.String("SlackNotifier"), props)
	var found []string
	for _, statement := range statements(t, synth(t, stack).only("AWS::IAM::Policy")["PolicyDocument"]) {
		if strings.HasPrefix(statement, "cloudformation:") {
			found = append(found, statement)
		}
	}
	if len(found) != 1 || !strings.HasPrefix(found[0], "cloudformation:ListStackInstances on ") || !strings.Contains(found[0], "*:stackset/TrailbusForwarders:*") {
		t.Errorf("it may %q", found)
	}
}
