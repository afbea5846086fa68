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

// ConfigFile is the name that a configuration usually has.
const ConfigFile = config.File

// AddAll adds to an app what a trailbus.yaml asks for: the trail where one is to be made, the central stack, the stack set where one brings
// forwarders, and a forwarder stack for every other account and Region; or a pipeline that has all these as its stages. Warnings are
// about what the file says, a line each. An error of the file has a line for each problem, with its place, what was found and what is
// allowed; the app then has no stacks. What the CDK refuses makes it panic, as constructors do.
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
	// Meanwhile: packing a large set of rules takes nearly a second, and so does what the CDK does first. The forwarders ask for it again.
	go func() { _, _ = c.Rules.Forwarding(eventpattern.DefaultQuota) }()
	addAll(app, c)
	return c.Warnings, nil
}

// repositoryPath gives the path from the root of the repository, where the CDK command runs the app, of the file that a pipeline is
// made from. The pipeline reads it there itself, or its first run would make another pipeline of it.
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
		// EventBridge asks the central bus' policy when a forwarding rule is made, so bus and policy come first.
		forwarders.add(app, deployment).AddStackDependency(central, nil)
	}
}
