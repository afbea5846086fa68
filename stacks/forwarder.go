package stacks

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	trailbus "github.com/trailbus/trailbus/constructs"
	"github.com/trailbus/trailbus/internal/config"
	"github.com/trailbus/trailbus/internal/contract"
)

// forwarderStacks makes the forwarder stacks of a configuration from shared templates: with a
// thousand stacks each call to the CDK, which is another process, counts.
type forwarderStacks struct {
	scope     constructs.Construct
	config    *config.Config
	templates map[string]*trailbus.ForwarderTemplate // by the Region of the inspection role
}

func newForwarderStacks(scope constructs.Construct, c *config.Config) *forwarderStacks {
	return &forwarderStacks{scope: scope, config: c, templates: map[string]*trailbus.ForwarderTemplate{}}
}

// template is the template of an account. It is for the partition of the central Region: no event
// crosses to another.
func (f *forwarderStacks) template(account string) *trailbus.ForwarderTemplate {
	var regions []string
	var key string
	if f.config.InspectionRole {
		regions = f.config.RegionsOf(account)
		key = config.InspectionRegion(regions)
	}
	if f.templates[key] == nil {
		f.templates[key] = trailbus.NewForwarderTemplate(f.scope, jsii.String(f.config.Central.Region),
			func(stack awscdk.Stack) {
				newForwarder(stack, f.config, regions, contract.ForwarderStackName)
			})
	}
	return f.templates[key]
}

// add makes the stack of a deployment. It has no assets and no parameters.
func (f *forwarderStacks) add(scope constructs.Construct, d config.Deployment) awscdk.Stack {
	stack := awscdk.NewStack(scope, jsii.String(d.StackID), &awscdk.StackProps{
		StackName:   jsii.String(contract.ForwarderStackName),
		Description: jsii.String("Trailbus: forwards CloudTrail events to the central event bus"),
		Env:         &awscdk.Environment{Account: jsii.String(d.Account), Region: jsii.String(d.Region)},
		// A synthesizer for each stack: a shared one would list the templates of all earlier stacks
		// among the assets of each.
		Synthesizer: awscdk.NewDefaultStackSynthesizer(&awscdk.DefaultStackSynthesizerProps{
			// The rule would be a parameter of the template. The CDK command checks the bootstrap
			// version anyway.
			GenerateBootstrapVersionRule: jsii.Bool(false),
		}),
	})
	f.template(d.Account).AddTo(stack)
	return stack
}

// newForwarder makes the forwarder of a configuration in a stack or in the template of a stack set.
// regions are the account's Regions with a forwarder, in stacks named stackName, in which * stands
// for any text.
func newForwarder(stack awscdk.Stack, c *config.Config, regions []string,
	stackName string) *trailbus.RegionalForwarder {
	props := &trailbus.RegionalForwarderProps{
		CentralBus: trailbus.CentralTrailBusFromAccount(stack, jsii.String("CentralBus"), jsii.String(c.Central.Account),
			jsii.String(c.Central.Region)),
		Rules:     c.Rules,
		Heartbeat: heartbeatPeriod(c),
	}
	if c.InspectionRole {
		props.InspectionRole = &trailbus.InspectionRoleProps{
			Region: jsii.String(config.InspectionRegion(regions)), StackNames: *jsii.Strings(stackName),
		}
	}
	return trailbus.NewRegionalForwarder(stack, jsii.String("RegionalForwarder"), props)
}

// heartbeatPeriod is the period of heartbeats, or nil for the default.
func heartbeatPeriod(c *config.Config) awscdk.Duration {
	if c.Heartbeat == 0 {
		return nil
	}
	return awscdk.Duration_Minutes(jsii.Number(c.Heartbeat.Minutes()))
}
