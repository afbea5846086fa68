// Package stacks composes the constructs into the stacks that are deployed.
package stacks

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssecretsmanager"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	trailbus "github.com/trailbus/trailbus/constructs"
	"github.com/trailbus/trailbus/internal/config"
	"github.com/trailbus/trailbus/internal/contract"
)

// newCentralStack makes the stack of the central account and Region: the central event bus and the
// notifier.
func newCentralStack(scope constructs.Construct, id *string, c *config.Config) awscdk.Stack {
	stack := awscdk.NewStack(scope, id, &awscdk.StackProps{
		StackName:   jsii.String(contract.CentralStackName),
		Description: jsii.String("Trailbus: the central event bus and the Slack notifier"),
		Env:         &awscdk.Environment{Account: jsii.String(c.Central.Account), Region: jsii.String(c.Central.Region)},
	})
	bus := trailbus.NewCentralTrailBus(stack, jsii.String("CentralTrailBus"), &trailbus.CentralTrailBusProps{
		Senders: senders(c),
	})
	notifier := trailbus.NewSlackNotifier(stack, jsii.String("SlackNotifier"), &trailbus.SlackNotifierProps{
		Bus: bus.Bus(),
		Secret: awssecretsmanager.Secret_FromSecretNameV2(stack, jsii.String("SlackSecret"),
			jsii.String(c.Slack.Secret)),
		Rules:            c.Rules,
		Mutes:            c.Mutes,
		AccountNames:     c.AccountNames(),
		AccountNamesFrom: accountNamesSource(c),
		Routes:           c.Slack.Routes,
		AccessPortalURL:  optionalString(c.AccessPortal.URL),
		AccessPortalRole: optionalString(c.AccessPortal.Role),
		Forwarders:       forwarders(c),
		Heartbeat:        heartbeatPeriod(c),
		OtherForwarders:  jsii.Bool(c.StackSet != nil), // trailbus.yaml does not list the accounts of the units
		StackSet:         stackSetInstances(c),
	})
	var alarms *trailbus.NotifierAlarms
	if len(c.Alarms.Emails) > 0 {
		alarms = trailbus.NewNotifierAlarms(stack, jsii.String("NotifierAlarms"), &trailbus.NotifierAlarmsProps{
			Notifier: notifier, Emails: c.Alarms.Emails,
		})
	}
	if c.Dashboard {
		trailbus.NewNotifierDashboard(stack, jsii.String("NotifierDashboard"),
			&trailbus.NotifierDashboardProps{Notifier: notifier, Alarms: alarms})
	}
	output := func(id, description string, value *string) {
		awscdk.NewCfnOutput(stack, jsii.String(id), &awscdk.CfnOutputProps{Description: jsii.String(description),
			Value: value})
	}
	output(contract.OutputBusARN, "The central event bus", bus.Bus().EventBusArn())
	output(contract.OutputQueueURL, "The queue in front of Slack", notifier.Queue().QueueUrl())
	output(contract.OutputDeadLetterQueueURL, "What could not be told", notifier.DeadLetterQueue().QueueUrl())
	output(contract.OutputNotifierName, "The function that posts to Slack", notifier.Function().FunctionName())
	output(contract.OutputNotifierLogGroup, "What became of each event", notifier.LogGroup().LogGroupName())
	output(contract.OutputArchiveARN, "What trailbus replay replays", bus.Archive().ArchiveArn())
	output(contract.OutputNotifierRuleARN, "The rule that feeds the queue", notifier.Rule().RuleArn())
	output(contract.OutputTableName, "What the notifier remembers", notifier.Table().TableName())
	return stack
}

// optionalString is nil for the empty string.
func optionalString(s string) *string {
	if s == "" {
		return nil
	}
	return jsii.String(s)
}

// accountNamesSource is the organization from which the notifier gets names of accounts, or nil.
func accountNamesSource(c *config.Config) *trailbus.Organization {
	if c.Names != config.NamesFromOrganizations {
		return nil
	}
	return &trailbus.Organization{ID: jsii.String(c.Organization), ManagementAccount: jsii.String(c.Management)}
}

// stackSetInstances are the instances of the stack set, or nil where the central account may not
// list them.
func stackSetInstances(c *config.Config) *trailbus.StackSetInstances {
	if c.StackSet == nil {
		return nil
	}
	if account, region := c.StackSetHome(); account != c.Central.Account || region != c.Central.Region {
		return nil
	}
	return &trailbus.StackSetInstances{CallAs: callAs[c.StackSet.CallAs]}
}

// senders are the organization or, without one, the accounts with forwarders.
func senders(c *config.Config) trailbus.Senders {
	if c.Organization != "" {
		return trailbus.SendersFromOrganization(jsii.String(c.Organization))
	}
	var ids []*string
	for _, account := range c.Accounts {
		ids = append(ids, jsii.String(account.ID))
	}
	return trailbus.SendersFromAccounts(ids...)
}

// forwarders are the forwarders that the notifier expects: Regions by account id.
func forwarders(c *config.Config) map[string][]string {
	regions := map[string][]string{}
	for _, d := range c.Deployments() {
		regions[d.Account] = append(regions[d.Account], d.Region)
	}
	return regions
}
