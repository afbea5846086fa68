package trailbus_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/assertions"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/jsii-runtime-go"

	trailbus "github.com/trailbus/trailbus/constructs"
)

// encryptedConstructs makes one of each construct with a key.
func encryptedConstructs(t *testing.T, stack awscdk.Stack, key awskms.IKey) {
	t.Helper()
	newBus(stack, &trailbus.CentralTrailBusProps{Senders: trailbus.SendersFromAccounts(jsii.String("222222222222")), ArchiveKey: key})
	notifier := notifierProps(stack, someRules(t))
	notifier.EncryptionKey = key
	trailbus.NewSlackNotifier(stack, jsii.String("SlackNotifier"), notifier)
	trailbus.NewRegionalForwarder(stack, jsii.String("RegionalForwarder"), &trailbus.RegionalForwarderProps{
		CentralBus: notifier.Bus, Rules: someRules(t), EncryptionKey: key,
	})
}

func TestAKeyEncryptsWhatIsKeptAndLetsTheServicesUseIt(t *testing.T) {
	stack := newStack(t)
	encryptedConstructs(t, stack, awskms.NewKey(stack, jsii.String("Key"), nil))
	tt := synth(t, stack)
	key := `{"Fn::GetAtt": ["Key961B73FD", "Arn"]}`
	for id, queue := range tt.resources("AWS::SQS::Queue") {
		equal(t, "the key of "+id, propertiesOf(queue)["KmsMasterKeyId"], key)
		if propertiesOf(queue)["SqsManagedSseEnabled"] != nil {
			t.Errorf("%s is encrypted by SQS", id)
		}
	}
	if len(tt.resources("AWS::SQS::Queue")) != 3 {
		t.Fatal("there are not three queues")
	}
	equal(t, "the key of the logs", tt.only("AWS::Logs::LogGroup")["KmsKeyId"], key)
	equal(t, "the key of the archive", tt.only("AWS::Events::Archive")["KmsKeyIdentifier"], key)

	var got []string
	for _, s := range tt.only("AWS::KMS::Key")["KeyPolicy"].(map[string]any)["Statement"].([]any) {
		s := s.(map[string]any)
		service, ok := s["Principal"].(map[string]any)["Service"]
		if !ok {
			continue // the account, and the function's role by it
		}
		condition, err := json.Marshal(s["Condition"])
		if err != nil {
			t.Fatal(err)
		}
		name, isText := service.(string)
		if !isText {
			text, _ := json.Marshal(service)
			name = string(text)
		}
		for _, action := range list(s["Action"]) {
			got = append(got, fmt.Sprintf("%s %v %s", name, action, condition))
		}
	}
	const (
		events  = "events.amazonaws.com kms:"
		logs    = `{"Fn::Join":["",["logs.eu-central-1.",{"Ref":"AWS::URLSuffix"}]]} kms:`
		account = ` {"StringEquals":{"aws:SourceAccount":{"Ref":"AWS::AccountId"}}}`
		own     = ` {"StringEquals":{"aws:SourceAccount":"111111111111"}}` // by the CDK, for the target of the rule
		bus     = ` {"StringEquals":{"kms:EncryptionContext:aws:events:event-bus:arn":{"Fn::GetAtt":["CentralTrailBusAC4EB075","Arn"]}}}`
		groups  = ` {"ArnLike":{"kms:EncryptionContext:aws:logs:arn":"arn:aws:logs:eu-central-1:111111111111:log-group:*"}}`
	)
	want := []string{
		events + "Decrypt" + account, events + "GenerateDataKey" + account,
		events + "Decrypt" + own, events + "Encrypt" + own, events + "ReEncrypt*" + own, events + "GenerateDataKey*" + own,
		events + "Decrypt" + bus, events + "GenerateDataKey" + bus, events + "ReEncrypt*" + bus, events + "DescribeKey null",
		logs + "Encrypt" + groups, logs + "Decrypt" + groups, logs + "ReEncrypt*" + groups, logs + "GenerateDataKey*" + groups, logs + "Describe*" + groups,
	}
	slices.Sort(got)
	got = slices.Compact(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("services may\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	may := statements(t, tt.only("AWS::IAM::Policy")["PolicyDocument"])
	for _, action := range []string{"kms:Decrypt", "kms:GenerateDataKey*"} {
		if !slices.ContainsFunc(may, func(s string) bool { return strings.HasPrefix(s, action+" on ") && strings.Contains(s, "Key961B73FD") }) {
			t.Errorf("the function may not %s, but %q", action, may)
		}
	}
}

// The app cannot change the policy of a key from elsewhere, so synthesis must say what it needs,
// before the first event fails.
func TestAKeyOfAnotherStackIsReportedToNeedAPolicy(t *testing.T) {
	stack := newStack(t)
	key := awskms.Key_FromKeyArn(stack, jsii.String("Key"), jsii.String("arn:aws:kms:eu-central-1:111111111111:key/11111111-2222-3333-4444-555555555555"))
	encryptedConstructs(t, stack, key)
	for _, path := range []string{"/Stack/SlackNotifier", "/Stack/RegionalForwarder"} {
		said := assertions.Annotations_FromStack(stack).FindInfo(jsii.String(path), assertions.Match_StringLikeRegexp(jsii.String("must allow: https://.*#keys-of-your-own")))
		if len(*said) == 0 {
			t.Errorf("%s says nothing", path)
		}
	}
	tt := synth(t, stack)
	for id, queue := range tt.resources("AWS::SQS::Queue") {
		equal(t, "the key of "+id, propertiesOf(queue)["KmsMasterKeyId"], `"arn:aws:kms:eu-central-1:111111111111:key/11111111-2222-3333-4444-555555555555"`)
	}
}

// Organizations with service control policies often require both for every role.
func TestEveryRoleTakesAPathAndAPermissionsBoundary(t *testing.T) {
	stack := newStack(t)
	newBus(stack, &trailbus.CentralTrailBusProps{Senders: trailbus.SendersFromAccounts(jsii.String("222222222222"))})
	notifier := notifierProps(stack, someRules(t))
	notifier.RolePath = jsii.String("/platform/trailbus/")
	trailbus.NewSlackNotifier(stack, jsii.String("SlackNotifier"), notifier)
	trailbus.NewRegionalForwarder(stack, jsii.String("RegionalForwarder"), &trailbus.RegionalForwarderProps{
		CentralBus: notifier.Bus, Rules: someRules(t), RolePath: jsii.String("/platform/trailbus/"),
	})
	awsiam.PermissionsBoundary_Of(stack).Apply(awsiam.ManagedPolicy_FromManagedPolicyName(stack, jsii.String("Boundary"), jsii.String("boundary")))
	roles := synth(t, stack).resources("AWS::IAM::Role")
	if len(roles) != 2 {
		t.Fatalf("%d roles, want two", len(roles))
	}
	for id, role := range roles {
		equal(t, "the path of "+id, propertiesOf(role)["Path"], `"/platform/trailbus/"`)
		equal(t, "the boundary of "+id, propertiesOf(role)["PermissionsBoundary"], `"arn:aws:iam::111111111111:policy/boundary"`)
	}
}

func TestARolePathThatIAMWouldRefuseIsRefused(t *testing.T) {
	stack := newStack(t)
	notifier := notifierProps(stack, someRules(t))
	for id, path := range map[string]string{"Open": "/platform", "Bare": "platform/", "Empty": "", "Double": "//", "Space": "/a b/", "Long": "/" + strings.Repeat("a", 511) + "/"} {
		notifier.RolePath = &path
		want := fmt.Sprintf("RolePath: found %q, allowed: a path that begins and ends with a slash, such as /platform/", path)
		if id == "Long" {
			want = "RolePath: found 513 characters, allowed: 512"
		}
		if got := panicMessage(t, func() { trailbus.NewSlackNotifier(stack, jsii.String("N"+id), notifier) }); got != "Stack/N"+id+": "+want {
			t.Errorf("the notifier says %q", got)
		}
		got := panicMessage(t, func() {
			trailbus.NewRegionalForwarder(stack, jsii.String("F"+id), &trailbus.RegionalForwarderProps{CentralBus: notifier.Bus, Rules: someRules(t), RolePath: &path})
		})
		if got != "Stack/F"+id+": "+want {
			t.Errorf("the forwarder says %q", got)
		}
	}
}

// A stack without an account and a Region is one template for every partition.
func TestAStackWithoutAnEnvironmentNamesNoPartition(t *testing.T) {
	stack := awscdk.NewStack(newApp(t, false), jsii.String("Stack"), nil)
	encryptedConstructs(t, stack, awskms.NewKey(stack, jsii.String("Key"), nil))
	elsewhere := trailbus.CentralTrailBusFromAccount(stack, jsii.String("Anywhere"), jsii.String("222222222222"), jsii.String("eu-west-1"))
	trailbus.NewRegionalForwarder(stack, jsii.String("Another"), &trailbus.RegionalForwarderProps{CentralBus: elsewhere, Rules: someRules(t)})
	text := synth(t, stack).text()
	if strings.Contains(text, "arn:aws:") || strings.Contains(text, "amazonaws.com.cn") {
		t.Errorf("it names a partition: %s", text)
	}
	if strings.Count(text, `{"Ref":"AWS::Partition"}`) < 3 {
		t.Errorf("it asks for the partition too rarely for this test to see anything: %s", text)
	}
}
