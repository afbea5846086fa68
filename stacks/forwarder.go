package stacks

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	awsconstructs "github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/trailbus/trailbus/config"
	"github.com/trailbus/trailbus/constructs"
)

// ForwarderStack is the forwarder of one account and Region.
type ForwarderStack struct {
	awscdk.Stack
	forwarder *constructs.RegionalForwarder
}

// NewForwarderStack makes the stack for one deployment of a configuration. Its template has no assets and no parameters, and is
// the same for every account and Region.
func NewForwarderStack(scope awsconstructs.Construct, id *string, c *config.Config, d config.Deployment) *ForwarderStack {
	s := &ForwarderStack{}
	awscdk.NewStack_Override(s, scope, id, &awscdk.StackProps{
		StackName:   jsii.String(ForwarderStackName),
		Description: jsii.String("Trailbus: forwards CloudTrail events to the central event bus"),
		Env:         &awscdk.Environment{Account: jsii.String(d.Account), Region: jsii.String(d.Region)},
		Synthesizer: awscdk.NewDefaultStackSynthesizer(&awscdk.DefaultStackSynthesizerProps{
			// The rule is a parameter of the template. The CDK command asks for the bootstrap version without it too.
			GenerateBootstrapVersionRule: jsii.Bool(false),
		}),
	})
	s.forwarder = newForwarder(s, c, c.RegionsOf(d.Account), ForwarderStackName)
	return s
}

// newForwarder makes the forwarder of a configuration in a stack, which on some roads is that of a stack set. regions are those of the account
// that have one, in stacks of that name, in which * stands for any text.
func newForwarder(stack awscdk.Stack, c *config.Config, regions []string, stackName string) *constructs.RegionalForwarder {
	props := &constructs.RegionalForwarderProps{
		CentralBus: constructs.CentralTrailBusFromAccount(stack, jsii.String("CentralBus"), jsii.String(c.Central.Account), jsii.String(c.Central.Region)),
		Rules:      c.Rules,
		Heartbeat:  heartbeat(c),
	}
	if c.InspectionRole {
		props.InspectionRole = &constructs.InspectionRoleProps{
			Region: jsii.String(config.InspectionRegion(regions)), StackNames: *jsii.Strings(stackName),
		}
	}
	return constructs.NewRegionalForwarder(stack, jsii.String("RegionalForwarder"), props)
}

// heartbeat is how often forwarders are heard; nil where nothing says, for the default.
func heartbeat(c *config.Config) awscdk.Duration {
	if c.Heartbeat == 0 {
		return nil
	}
	return awscdk.Duration_Minutes(jsii.Number(c.Heartbeat.Minutes()))
}

// Forwarder is what sends to the central bus.
func (s *ForwarderStack) Forwarder() *constructs.RegionalForwarder { return s.forwarder }
