package config

import "github.com/trailbus/trailbus/internal/yamldoc"

// DeployMode is how Trailbus is deployed to the accounts of an organization. The central stack, the
// rules and the forwarders are the same in each mode.
type DeployMode string

// The deployment modes.
const (
	// DeployStacks deploys everything by `cdk deploy --all`. It is the default.
	DeployStacks DeployMode = "stacks"
	// DeployStackSets deploys the forwarders by a stack set, and everything else by `cdk deploy
	// --all`.
	DeployStackSets DeployMode = "stacksets"
	// DeployPipeline deploys everything by a pipeline that updates itself, the forwarders as stacks
	// or by a stack set.
	DeployPipeline DeployMode = "pipeline"
)

// manyStacksWarning is the number of forwarder stacks above which `cdk deploy --all` gets a
// warning. The synthesis alone took 19 s for 102 forwarders, 28 s for 204 and 63 s for 510, on two
// busy cores with the validation of the CDK.
const manyStacksWarning = 200

// deployMode reads the deployment mode, and whether a stack set deploys the forwarders. A mode that
// is not valid is "".
func (r *reader) deployMode(root yamldoc.Value) (mode DeployMode, stackSet bool) {
	mode = DeployStacks
	deploy, forwarders := root.Get("deploy"), root.Get("forwarders")
	if deploy.Invalid() {
		mode = ""
	} else if deploy.Present() {
		mode = DeployMode(deploy.Text())
	}
	stackSet = mode == DeployStackSets
	switch {
	case !forwarders.Present():
	case mode == DeployPipeline:
		stackSet = DeployMode(forwarders.Text()) == DeployStackSets
	case mode != "":
		forwarders.Problemf("forwarders is for deploy: pipeline, found deploy: %s, allowed: leave it out", mode)
	}
	// https://docs.amazonaws.cn/en_us/AWSCloudFormation/latest/UserGuide/stacksets-prereqs.html
	if stackSet && r.partition != nil && r.partition.name == "aws-cn" {
		deploy.Problemf("found a stack set in the partition aws-cn, where StackSets do not reach the accounts of an organization, allowed: deploy: stacks or deploy: pipeline")
	}
	refuseUnless(root.Get("stackSet"), "stackSet", "deploy: stacksets, or deploy: pipeline with forwarders: stacksets",
		stackSet, mode)
	refuseUnless(root.Get("pipeline"), "pipeline", "deploy: pipeline", mode == DeployPipeline, mode)
	return mode, stackSet
}

// refuseUnless reports a block in a deployment mode that does not use it, unless the mode is not
// valid.
func refuseUnless(v yamldoc.Value, name, wanted string, needed bool, mode DeployMode) {
	if mode != "" && !needed && v.Present() {
		v.Problemf("%s is for %s, found deploy: %s, allowed: leave it out", name, wanted, mode)
	}
}

// warnOfManyStacks warns if `cdk deploy --all` would deploy more than manyStacksWarning stacks one
// by one.
func warnOfManyStacks(at yamldoc.Value, c *Config) {
	if n := len(c.Stacks()); c.Deploy == DeployStacks && n > manyStacksWarning {
		at.Warningf("these accounts and Regions come to %d forwarder stacks, which cdk deploy --all deploys one by one; with deploy: stacksets one stack set brings them all, and new accounts get theirs by themselves", n)
	}
}
