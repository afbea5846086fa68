package trailbus_test

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/assertions"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssecretsmanager"
	"github.com/aws/jsii-runtime-go"

	trailbus "github.com/trailbus/trailbus/constructs"
	"github.com/trailbus/trailbus/rules"
)

// Alarms by e-mail, and a dashboard. The stacks of this app have other names than those of
// Trailbus' own app, so the rules of the pack tamper, which are in recommended too, get their
// names.
func ExampleNewNotifierAlarms() {
	stack := awscdk.NewStack(awscdk.NewApp(nil), jsii.String("Audit"), nil)
	recommended, err := rules.NewCatalogSet("recommended")
	if err != nil {
		panic(err)
	}
	watched, err := rules.Names{CentralStack: *stack.StackName(), ForwarderStack: "AuditForwarder"}.Apply(recommended.Rules())
	if err != nil {
		panic(err)
	}
	set, err := rules.NewSet(watched...)
	if err != nil {
		panic(err)
	}
	notifier := trailbus.NewSlackNotifier(stack, jsii.String("Notifier"), &trailbus.SlackNotifierProps{
		Bus:    trailbus.CentralTrailBusFromAccount(stack, jsii.String("Bus"), stack.Account(), stack.Region()),
		Secret: awssecretsmanager.Secret_FromSecretNameV2(stack, jsii.String("Slack"), jsii.String("trailbus/slack")),
		Rules:  set,
	})

	alarms := trailbus.NewNotifierAlarms(stack, jsii.String("Alarms"), &trailbus.NotifierAlarmsProps{
		Notifier: notifier,
		Emails:   []string{"security@example.com"},
	})
	trailbus.NewNotifierDashboard(stack, jsii.String("Dashboard"), &trailbus.NotifierDashboardProps{Notifier: notifier, Alarms: alarms})

	template := assertions.Template_FromStack(stack, nil)
	template.ResourceCountIs(jsii.String("AWS::CloudWatch::Alarm"), jsii.Number(7))
	template.ResourceCountIs(jsii.String("AWS::CloudWatch::Dashboard"), jsii.Number(1))
	// Output:
}
