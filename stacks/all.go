package stacks

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	"github.com/trailbus/trailbus/eventpattern"
	"github.com/trailbus/trailbus/internal/config"
)

// ConfigFile is the default name of a configuration.
const ConfigFile = config.File

// AddAll adds the stacks of a trailbus.yaml to an app: the trail with trail: create, the central
// stack, the stack set of the deployment mode stacksets, and a forwarder stack for every other
// account and Region; or a pipeline that deploys all these in its stages. Each warning is a line
// about the file. An error of the file has a line for each problem, with its place, what was found
// and what is allowed; the app then has no stacks. It panics where the CDK refuses something, as
// constructors do.
func AddAll(app awscdk.App, path string) (warnings []string, err error) {
	c, err := config.Load(path)
	if err != nil {
		return nil, err
	}
	if c.Pipeline != nil {
		if c.Path, err = repositoryPath(c.Path); err != nil {
			return nil, err
		}
	}
	// In the background: packing a large set of rules takes nearly a second, and so do the first
	// calls to the CDK. The set keeps the result for the forwarders.
	go func() { _, _ = c.Rules.Forwarding(eventpattern.DefaultQuota) }()
	addAll(app, c)
	return c.Warnings, nil
}

// repositoryPath is the path of a configuration from the root of the repository, where the CDK
// command runs the app. The builds of a pipeline read the file there; otherwise the first run would
// change the pipeline.
func repositoryPath(path string) (string, error) {
	root, err := os.Getwd()
	if err != nil {
		return "", err
	}
	absolute, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	if local, err := filepath.Rel(root, absolute); err == nil && filepath.IsLocal(local) {
		return filepath.ToSlash(local), nil
	}
	return "", fmt.Errorf("TRAILBUS_CONFIG: found %s, which a pipeline cannot read, allowed: a file of the repository, here in %s", path, root)
}

func addAll(app awscdk.App, c *config.Config) {
	if c.Pipeline != nil {
		newPipelineStack(app, jsii.String("Pipeline"), c)
		return
	}
	if c.Trail == config.TrailCreate {
		newTrailStack(app, jsii.String("Trail"), c)
	}
	central := newCentralStack(app, jsii.String("Central"), c)
	if c.StackSet != nil {
		newStackSetStack(app, jsii.String("ForwarderStackSet"), c).AddStackDependency(central, nil)
	}
	forwarders := newForwarderStacks(app, c)
	for _, deployment := range c.Stacks() {
		// EventBridge checks the policy of the central bus when a forwarding rule is made, so bus
		// and policy come first.
		forwarders.add(app, deployment).AddStackDependency(central, nil)
	}
}
