package trailbus_test

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/assertions"
	"github.com/aws/aws-cdk-go/awscdk/v2/awseventstargets"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssecretsmanager"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/jsii-runtime-go"

	trailbus "github.com/trailbus/trailbus/constructs"
	"github.com/trailbus/trailbus/rules"
)

// A central bus with a queue of one's own beside Slack.
func Example() {
	app := awscdk.NewApp(nil)
	stack := awscdk.NewStack(app, jsii.String("Security"), nil)
	queue := awssqs.NewQueue(stack, jsii.String("Queue"), nil)

	bus := trailbus.NewCentralTrailBus(stack, jsii.String("Bus"), &trailbus.CentralTrailBusProps{
		Senders: trailbus.SendersFromOrganization(jsii.String("o-a1b2c3d4e5")),
	})
	bus.OnAlert(jsii.String("ToMyQueue"), awseventstargets.NewSqsQueue(queue, nil))

	set, err := rules.NewCatalogSet("recommended")
	if err != nil {
		panic(err)
	}
	trailbus.NewSlackNotifier(stack, jsii.String("Notifier"), &trailbus.SlackNotifierProps{
		Bus:    bus.Bus(),
		Secret: awssecretsmanager.Secret_FromSecretNameV2(stack, jsii.String("Slack"), jsii.String("trailbus/slack")),
		Rules:  set,
	})
	app.Synth(nil)
	// Output:
}

// A forwarder in a stack that an account has already. The central bus must be deployed before it.
func ExampleNewRegionalForwarder() {
	stack := awscdk.NewStack(awscdk.NewApp(nil), jsii.String("Baseline"), nil)
	set, err := rules.NewCatalogSet("cis")
	if err != nil {
		panic(err)
	}

	forwarder := trailbus.NewRegionalForwarder(stack, jsii.String("Forwarder"), &trailbus.RegionalForwarderProps{
		CentralBus: trailbus.CentralTrailBusFromAccount(stack, jsii.String("CentralBus"),
			jsii.String("111111111111"), jsii.String("eu-central-1")),
		Rules: set,
	})

	assertions.Template_FromStack(stack, nil).ResourceCountIs(jsii.String("AWS::Events::Rule"), jsii.Number(len(forwarder.Rules())+1)) // and the heartbeat
	// Output:
}

// A stack set that deploys the forwarder to every account of an organization, and to those that
// join it. The management account gets a stack of its own, because a stack set with service-managed
// permissions never deploys to it.
func ExampleForwarderStackSet() {
	app := awscdk.NewApp(nil)
	set, err := rules.NewCatalogSet("recommended")
	if err != nil {
		panic(err)
	}
	forwarder := func(stack awscdk.Stack) {
		trailbus.NewRegionalForwarder(stack, jsii.String("Forwarder"), &trailbus.RegionalForwarderProps{
			CentralBus: trailbus.CentralTrailBusFromAccount(stack, jsii.String("Bus"), jsii.String("111111111111"), jsii.String("eu-central-1")),
			Rules:      set,
		})
	}
	stack := awscdk.NewStack(app, jsii.String("Organization"), nil)
	trailbus.NewForwarderStackSet(stack, jsii.String("Forwarders"), &trailbus.ForwarderStackSetProps{
		Forwarder:           forwarder,
		OrganizationalUnits: []*string{jsii.String("r-a1b2")},
		Regions:             []*string{jsii.String("us-east-1"), jsii.String("eu-central-1")},
		CallAs:              trailbus.CallAsDelegatedAdmin,
	})
	forwarder(awscdk.NewStack(app, jsii.String("Management"), nil))
	app.Synth(nil)
	// Output:
}

// A notifier on a bus that another stack, or another tool, has made, with a key of one's own. The
// function is compiled while the app is synthesized.
func ExampleNewSlackNotifier() {
	stack := awscdk.NewStack(awscdk.NewApp(nil), jsii.String("Notifications"), &awscdk.StackProps{
		Env: &awscdk.Environment{Account: jsii.String("111111111111"), Region: jsii.String("eu-central-1")},
	})
	set, err := rules.NewCatalogSet("recommended")
	if err != nil {
		panic(err)
	}
	key := awskms.NewKey(stack, jsii.String("Key"), &awskms.KeyProps{EnableKeyRotation: jsii.Bool(true)})

	notifier := trailbus.NewSlackNotifier(stack, jsii.String("Notifier"), &trailbus.SlackNotifierProps{
		Bus:           trailbus.CentralTrailBusFromAccount(stack, jsii.String("Bus"), stack.Account(), stack.Region()),
		Secret:        awssecretsmanager.Secret_FromSecretNameV2(stack, jsii.String("Slack"), jsii.String("trailbus/slack")),
		Rules:         set,
		EncryptionKey: key,
	})

	// The escape hatch: the L1 of anything that a construct has made.
	function := notifier.Function().Node().DefaultChild().(awslambda.CfnFunction)
	function.SetMemorySize(jsii.Number(512))

	template := assertions.Template_FromStack(stack, nil)
	template.HasResourceProperties(jsii.String("AWS::Lambda::Function"), map[string]any{"MemorySize": 512})
	template.AllResourcesProperties(jsii.String("AWS::SQS::Queue"), map[string]any{"KmsMasterKeyId": assertions.Match_AnyValue()})
	// Output:
}

// What organizations with service control policies ask of a role: a path, and a permissions
// boundary. The line with the boundary can be context in cdk.json as well,
// "@aws-cdk/core:permissionsBoundary".
func ExampleNewRegionalForwarder_permissionsBoundary() {
	stack := awscdk.NewStack(awscdk.NewApp(nil), jsii.String("Baseline"), nil)
	set, err := rules.NewCatalogSet("cis")
	if err != nil {
		panic(err)
	}

	trailbus.NewRegionalForwarder(stack, jsii.String("Forwarder"), &trailbus.RegionalForwarderProps{
		CentralBus: trailbus.CentralTrailBusFromAccount(stack, jsii.String("CentralBus"),
			jsii.String("111111111111"), jsii.String("eu-central-1")),
		Rules:    set,
		RolePath: jsii.String("/platform/"),
	})
	boundary := awsiam.ManagedPolicy_FromManagedPolicyName(stack, jsii.String("Boundary"), jsii.String("platform-boundary"))
	awsiam.PermissionsBoundary_Of(stack).Apply(boundary)

	assertions.Template_FromStack(stack, nil).AllResourcesProperties(jsii.String("AWS::IAM::Role"), map[string]any{
		"Path":                "/platform/",
		"PermissionsBoundary": assertions.Match_AnyValue(),
	})
	// Output:
}

// A trail for every account of an organization that has none, in the management account.
func ExampleNewTrail() {
	stack := awscdk.NewStack(awscdk.NewApp(nil), jsii.String("Management"), nil)

	trailbus.NewTrail(stack, jsii.String("Trail"), &trailbus.TrailProps{
		Organization: jsii.String("o-a1b2c3d4e5"),
		LogRetention: awscdk.Duration_Days(jsii.Number(400)),
	})

	assertions.Template_FromStack(stack, nil).HasResource(jsii.String("AWS::S3::Bucket"), map[string]any{"DeletionPolicy": "Retain"})
	// Output:
}

// The events in an archive go with its stack, unless one says otherwise.
func ExampleCentralTrailBus_Archive() {
	stack := awscdk.NewStack(awscdk.NewApp(nil), jsii.String("Security"), nil)
	bus := trailbus.NewCentralTrailBus(stack, jsii.String("Bus"), &trailbus.CentralTrailBusProps{
		Senders:    trailbus.SendersFromOrganization(jsii.String("o-a1b2c3d4e5")),
		ArchiveKey: awskms.NewKey(stack, jsii.String("Key"), nil),
	})

	bus.Archive().ApplyRemovalPolicy(awscdk.RemovalPolicy_RETAIN)

	assertions.Template_FromStack(stack, nil).HasResource(jsii.String("AWS::Events::Archive"), map[string]any{"DeletionPolicy": "Retain"})
	// Output:
}
