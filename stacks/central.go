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

// centralStack is the central event bus and the notifier behind it.
type centralStack struct {
	awscdk.Stack
	bus      *trailbus.CentralTrailBus
	notifier *trailbus.SlackNotifier
}

// newCentralStack makes the stack for the central account and Region of a configuration.
func newCentralStack(scope constructs.Construct, id *string, c *config.Config) *centralStack {
	s := &centralStack{}
	awscdk.NewStack_Override(s, scope, id, &awscdk.StackProps{
		StackName:   jsii.String(contract.CentralStackName),
		Description: jsii.String("Trailbus: the central event bus and the Slack notifier"),
		Env:         &awscdk.Environment{Account: jsii.String(c.Central.Account), Region: jsii.String(c.Central.Region)},
	})
	s.bus = trailbus.NewCentralTrailBus(s, jsii.String("CentralTrailBus"), &trailbus.CentralTrailBusProps{
		Senders: senders(c),
	})
	s.notifier = trailbus.NewSlackNotifier(s, jsii.String("SlackNotifier"), &trailbus.SlackNotifierProps{
		Bus:              s.bus.Bus(),
		Secret:           awssecretsmanager.Secret_FromSecretNameV2(s, jsii.String("SlackSecret"), jsii.String(c.Slack.Secret)),
		Rules:            c.Rules,
		Mutes:            c.Mutes,
		AccountNames:     c.AccountNames(),
		AccountNamesFrom: accountNamesSource(c),
		Routes:           c.Slack.Routes,
		AccessPortalURL:  optionalString(c.AccessPortal.URL),
		AccessPortalRole: optionalString(c.AccessPortal.Role),
		Forwarders:       forwarders(c),
		Heartbeat:        heartbeatPeriod(c),
		OtherForwarders:  jsii.Bool(c.StackSet != nil), // no file knows the accounts of its units
		StackSet:         stackSetInstances(c),
	})
	var alarms *trailbus.NotifierAlarms
	if len(c.Alarms.Emails) > 0 {
		alarms = trailbus.NewNotifierAlarms(s, jsii.String("NotifierAlarms"), &trailbus.NotifierAlarmsProps{
			Notifier: s.notifier, Emails: c.Alarms.Emails,
		})
	}
	if c.Dashboard {
		trailbus.NewNotifierDashboard(s, jsii.String("NotifierDashboard"), &trailbus.NotifierDashboardProps{Notifier: s.notifier, Alarms: alarms})
	}
	s.output(contract.OutputBusARN, "The central event bus", s.bus.Bus().EventBusArn())
	s.output(contract.OutputQueueURL, "The queue in front of Slack", s.notifier.Queue().QueueUrl())
	s.output(contract.OutputDeadLetterQueueURL, "What could not be told", s.notifier.DeadLetterQueue().QueueUrl())
	s.output(contract.OutputNotifierName, "The function that posts to Slack", s.notifier.Function().FunctionName())
	s.output(contract.OutputNotifierLogGroup, "What became of each event", s.notifier.LogGroup().LogGroupName())
	s.output(contract.OutputArchiveARN, "What trailbus replay replays", s.bus.Archive().ArchiveArn())
	s.output(contract.OutputNotifierRuleARN, "The rule that feeds the queue", s.notifier.Rule().RuleArn())
	s.output(contract.OutputTableName, "What the notifier remembers", s.notifier.Table().TableName())
	return s
}

func (s *centralStack) output(id, description string, value *string) {
	awscdk.NewCfnOutput(s, jsii.String(id), &awscdk.CfnOutputProps{Description: jsii.String(description), Value: value})
}

// optionalString leaves out what is not given.
func optionalString(s string) *string {
	if s == "" {
		return nil
	}
	return jsii.String(s)
}

// Bus is the central bus.
func (s *centralStack) Bus() *trailbus.CentralTrailBus { return s.bus }

// Notifier is what tells people.
func (s *centralStack) Notifier() *trailbus.SlackNotifier { return s.notifier }

// accountNamesSource is the organization that is asked for names, nil where none is.
func accountNamesSource(c *config.Config) *trailbus.Organization {
	if c.Names != config.NamesFromOrganizations {
		return nil
	}
	return &trailbus.Organization{ID: jsii.String(c.Organization), ManagementAccount: jsii.String(c.Management)}
}

// stackSetInstances are those of the stack set, where the central account may ask for them.
func stackSetInstances(c *config.Config) *trailbus.StackSetInstances {
	if c.StackSet == nil {
		return nil
	}
	if account, region := c.StackSetHome(); account != c.Central.Account || region != c.Central.Region {
		return nil
	}
	return &trailbus.StackSetInstances{CallAs: callAs[c.StackSet.CallAs]}
}

// senders are the organization where one is given, and else the accounts that have forwarders.
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

// forwarders are those that the notifier waits for.
func forwarders(c *config.Config) map[string][]string {
	regions := map[string][]string{}
	for _, d := range c.Deployments() {
		regions[d.Account] = append(regions[d.Account], d.Region)
	}
	return regions
}
