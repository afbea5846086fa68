package stacks

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	trailbus "github.com/trailbus/trailbus/constructs"
	"github.com/trailbus/trailbus/internal/config"
	"github.com/trailbus/trailbus/internal/contract"
)

// instanceStackNames match the stacks of a stack set: StackSet-, its name and a UUID, which
// CloudFormation shortens in the names of resources.
const instanceStackNames = "StackSet-Trailbus*"

// newStackSetStack makes the stack in the account that makes the stack set: the central account
// where it is a delegated administrator, else the management account.
func newStackSetStack(scope constructs.Construct, id *string, c *config.Config) awscdk.Stack {
	account, region := c.StackSetHome()
	stack := awscdk.NewStack(scope, id, &awscdk.StackProps{
		StackName:   jsii.String(contract.ForwarderStackSetStackName),
		Description: jsii.String("Trailbus: the stack set that brings the forwarders to the accounts of the organization"),
		Env:         &awscdk.Environment{Account: jsii.String(account), Region: jsii.String(region)},
	})
	set := c.StackSet
	trailbus.NewForwarderStackSet(stack, jsii.String("ForwarderStackSet"), &trailbus.ForwarderStackSetProps{
		Forwarder:            func(stack awscdk.Stack) { newForwarder(stack, c, set.Regions, instanceStackNames) },
		OrganizationalUnits:  *jsii.Strings(set.Units...),
		Regions:              *jsii.Strings(set.Regions...),
		Accounts:             accountFilter(set.Accounts),
		AutomaticDeployment:  automaticDeployment(set),
		CallAs:               callAs[set.CallAs],
		OperationPreferences: operationPreferences(set.Operations),
	})
	return stack
}

// callAs are the values of the constructs for those of the configuration.
var callAs = map[config.CallAs]trailbus.CallAs{config.CallAsSelf: trailbus.CallAsSelf,
	config.CallAsDelegatedAdmin: trailbus.CallAsDelegatedAdmin}

func accountFilter(f config.AccountFilter) trailbus.AccountFilter {
	switch ids := *jsii.Strings(f.Accounts...); f.Kind {
	case config.OnlyAccounts:
		return trailbus.OnlyAccounts(ids...)
	case config.ExceptAccounts:
		return trailbus.ExceptAccounts(ids...)
	}
	return trailbus.AccountFilter{}
}

func automaticDeployment(set *config.StackSet) trailbus.AutomaticDeployment {
	switch {
	case !set.AutomaticDeployment:
		return trailbus.AutomaticDeploymentOff
	case set.RetainStacksOnAccountRemoval:
		return trailbus.AutomaticDeploymentRetain
	}
	return trailbus.AutomaticDeploymentOn
}

func operationPreferences(o config.OperationPreferences) *awscdk.CfnStackSet_OperationPreferencesProperty {
	return &awscdk.CfnStackSet_OperationPreferencesProperty{
		RegionConcurrencyType: jsii.String(map[config.RegionConcurrency]string{config.RegionsParallel: "PARALLEL",
			config.RegionsSequential: "SEQUENTIAL"}[o.Regions]),
		ConcurrencyMode: jsii.String(map[config.ConcurrencyMode]string{
			config.ConcurrencySoft: "SOFT_FAILURE_TOLERANCE", config.ConcurrencyStrict: "STRICT_FAILURE_TOLERANCE",
		}[o.Concurrency]),
		MaxConcurrentPercentage:    jsii.Number(o.MaxConcurrentPercentage),
		FailureTolerancePercentage: jsii.Number(o.FailureTolerancePercentage),
	}
}
