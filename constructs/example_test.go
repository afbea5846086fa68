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
