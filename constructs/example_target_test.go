package trailbus_test

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/assertions"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsevents"
	"github.com/aws/aws-cdk-go/awscdk/v2/awseventstargets"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/jsii-runtime-go"

	trailbus "github.com/trailbus/trailbus/constructs"
)

// Only the bus: events arrive and can be replayed, and nothing is posted yet.
func ExampleNewCentralTrailBus() {
	stack := awscdk.NewStack(awscdk.NewApp(nil), jsii.String("Security"), nil)

	trailbus.NewCentralTrailBus(stack, jsii.String("Bus"), &trailbus.CentralTrailBusProps{
		Senders:          trailbus.SendersFromAccounts(jsii.String("222222222222"), jsii.String("333333333333")),
		ArchiveRetention: awscdk.Duration_Days(jsii.Number(7)),
	})

	assertions.Template_FromStack(stack, nil).ResourceCountIs(jsii.String("AWS::Events::Rule"), jsii.Number(0))
	// Output:
}

// Other targets, with Slack or without it: each gets every event that a forwarder sent.
func ExampleCentralTrailBus_OnAlert() {
	stack := awscdk.NewStack(awscdk.NewApp(nil), jsii.String("Security"), nil)
	bus := trailbus.NewCentralTrailBus(stack, jsii.String("Bus"), &trailbus.CentralTrailBusProps{
		Senders: trailbus.SendersFromOrganization(jsii.String("o-a1b2c3d4e5")),
	})

	topic := awssns.NewTopic(stack, jsii.String("Topic"), &awssns.TopicProps{EnforceSSL: jsii.Bool(true)})
	bus.OnAlert(jsii.String("ToTopic"), awseventstargets.NewSnsTopic(topic, nil))

	queue := awssqs.NewQueue(stack, jsii.String("Queue"), &awssqs.QueueProps{EnforceSSL: jsii.Bool(true)})
	bus.OnAlert(jsii.String("ToQueue"), awseventstargets.NewSqsQueue(queue, nil))

	function := awslambda.NewFunction(stack, jsii.String("Function"), &awslambda.FunctionProps{
		Runtime: awslambda.Runtime_PYTHON_3_13(),
		Handler: jsii.String("index.handler"),
		Code:    awslambda.Code_FromInline(jsii.String("def handler(event, context):\n  print(event['detail']['eventName'])\n")),
	})
	bus.OnAlert(jsii.String("ToFunction"), awseventstargets.NewLambdaFunction(function, &awseventstargets.LambdaFunctionProps{
		DeadLetterQueue: queue, // EventBridge tries for a day, then drops
	}))

	assertions.Template_FromStack(stack, nil).ResourceCountIs(jsii.String("AWS::Events::Rule"), jsii.Number(3))
	// Output:
}

// Jira, PagerDuty, Zendesk, Microsoft Teams: any API that takes JSON by HTTPS. Here each event
// becomes an issue of Jira. Each value from an event is a JSON value of its own: an attacker chose
// some of them, and must not be able to change the request.
func ExampleCentralTrailBus_OnAlert_apiDestination() {
	stack := awscdk.NewStack(awscdk.NewApp(nil), jsii.String("Security"), nil)
	bus := trailbus.NewCentralTrailBus(stack, jsii.String("Bus"), &trailbus.CentralTrailBusProps{
		Senders: trailbus.SendersFromOrganization(jsii.String("o-a1b2c3d4e5")),
	})

	connection := awsevents.NewConnection(stack, jsii.String("Connection"), &awsevents.ConnectionProps{
		Authorization: awsevents.Authorization_Basic(jsii.String("trailbus@example.com"),
			awscdk.SecretValue_SecretsManager(jsii.String("jira-token"), nil)),
	})
	destination := awsevents.NewApiDestination(stack, jsii.String("Jira"), &awsevents.ApiDestinationProps{
		Connection:         connection,
		Endpoint:           jsii.String("https://example.atlassian.net/rest/api/2/issue"),
		RateLimitPerSecond: jsii.Number(2),
	})
	lost := awssqs.NewQueue(stack, jsii.String("Lost"), &awssqs.QueueProps{EnforceSSL: jsii.Bool(true)})
	bus.OnAlert(jsii.String("ToJira"), awseventstargets.NewApiDestination(destination, &awseventstargets.ApiDestinationProps{
		DeadLetterQueue: lost, // EventBridge tries for a day, then drops
		Event: awsevents.RuleTargetInput_FromObject(map[string]any{"fields": map[string]any{
			"project":     map[string]any{"key": "SEC"},
			"issuetype":   map[string]any{"name": "Task"},
			"summary":     awsevents.EventField_FromPath(jsii.String("$.detail.eventName")),
			"description": awsevents.EventField_FromPath(jsii.String("$.detail.eventID")),
		}}),
	}))

	assertions.Template_FromStack(stack, nil).ResourceCountIs(jsii.String("AWS::Events::ApiDestination"), jsii.Number(1))
	// Output:
}
