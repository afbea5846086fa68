package constructs_test

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awseventstargets"
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
}

// A stack set that brings the forwarder to every account of an organization, and to those that join it. The management account, to
// which no stack set with service-managed permissions comes, gets a stack of its own.
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
}
