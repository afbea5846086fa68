package config

import (
	"github.com/trailbus/trailbus/internal/yamldoc"
)

// DeployMode is how Trailbus gets into the accounts of an organization. The central stack, the rules and the forwarders are the same on
// each.
type DeployMode string

// The roads.
const (
	// DeployStacks deploys everything by `cdk deploy --all`. It is the default.
	DeployStacks DeployMode = "stacks"
	// DeployStackSets deploys the forwarders by a stack set, and the rest by `cdk deploy --all`.
	DeployStackSets DeployMode = "stacksets"
	// DeployPipeline deploys everything by a pipeline that updates itself; the forwarders too, or a stack set for them.
	DeployPipeline DeployMode = "pipeline"
)

// Roads lists the roads that trailbus.yaml may choose.
func Roads() []DeployMode { return []DeployMode{DeployStacks, DeployStackSets, DeployPipeline} }

// manyStacksWarning is the number of forwarder stacks above which `cdk deploy --all` gets a warning. There its synthesis alone took half a
// minute, on two busy cores with the CDK's own validation: 19 s for 102 forwarders, 28 s for 204, 63 s for 510.
const manyStacksWarning = 200

// deployMode reads which road is taken, and says whether a stack set brings the forwarders.
func (r *reader) deployMode(root yamldoc.Value) (road DeployMode, stackSet bool) {
	road = DeployStacks
	deploy, forwarders := root.Get("deploy"), root.Get("forwarders")
	if deploy.Invalid() {
		road = ""
	} else if deploy.Present() {
		road = DeployMode(deploy.Text())
	}
	stackSet = road == DeployStackSets
	switch {
	case !forwarders.Present():
	case road == DeployPipeline:
		stackSet = DeployMode(forwarders.Text()) == DeployStackSets
	case road != "":
		forwarders.Problemf("forwarders is for deploy: pipeline, found deploy: %s, allowed: leave it out", road)
	}
	// https://docs.amazonaws.cn/en_us/AWSCloudFormation/latest/UserGuide/stacksets-prereqs.html
	if stackSet && r.partition != nil && r.partition.name == "aws-cn" {
		deploy.Problemf("found a stack set in the partition aws-cn, where StackSets do not reach the accounts of an organization, allowed: deploy: stacks or deploy: pipeline")
	}
	refuseUnless(root.Get("stackSet"), "stackSet", "deploy: stacksets, or deploy: pipeline with forwarders: stacksets", stackSet, road)
	refuseUnless(root.Get("pipeline"), "pipeline", "deploy: pipeline", road == DeployPipeline, road)
	return road, stackSet
}

// refuseUnless reports a block that stands there on another road than the one that needs it. A road that could not be read may be any.
func refuseUnless(v yamldoc.Value, name, wanted string, needed bool, road DeployMode) {
	if road != "" && !needed && v.Present() {
		v.Problemf("%s is for %s, found deploy: %s, allowed: leave it out", name, wanted, road)
	}
}

// warnOfManyStacks warns where `cdk deploy --all` would deploy very many stacks one by one.
func warnOfManyStacks(at yamldoc.Value, c *Config) {
	if n := len(c.Stacks()); c.Deploy == DeployStacks && n > manyStacksWarning {
		at.Warningf("these accounts and Regions come to %d forwarder stacks, which cdk deploy --all deploys one by one; with deploy: stacksets one stack set brings them all, and new accounts get theirs by themselves", n)
	}
}
