package stacks

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	"github.com/trailbus/trailbus/internal/config"
)

// AddAll adds to an app what its road deploys: the trail where one is to be made, the central stack, the stack set where one brings
// forwarders, and a forwarder stack for every other account and Region; or a pipeline that has all these as its stages.
func AddAll(app awscdk.App, c *config.Config) {
	if c.Pipeline != nil {
		NewPipelineStack(app, jsii.String("Pipeline"), c)
		return
	}
	if c.Trail == config.TrailCreate {
		NewTrailStack(app, jsii.String("Trail"), c)
	}
	central := NewCentralStack(app, jsii.String("Central"), c)
	if c.StackSet != nil {
		NewForwarderStackSetStack(app, jsii.String("ForwarderStackSet"), c).AddStackDependency(central, nil)
	}
	forwarders := newForwarderStacks(app, c)
	for _, deployment := range c.Stacks() {
		// EventBridge asks the central bus' policy when a forwarding rule is made, so bus and policy come first.
		forwarders.add(app, deployment).AddStackDependency(central, nil)
	}
}
