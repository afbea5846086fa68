package config

import "github.com/trailbus/trailbus/internal/yamldoc"

// Quotas of a pipeline: https://docs.aws.amazon.com/codepipeline/latest/userguide/limits.html. AWS
// raises them on request; a file is refused if a new account could not deploy it.
const (
	maxPipelineStages  = 50
	maxStageActions    = 50
	maxPipelineActions = 500
	// stackActions is the number of actions of a stack: one prepares the change set, one executes
	// it.
	stackActions = 2
	// maxRegionAccounts is how many accounts may read artifacts in one Region: the bucket's policy
	// lists a role of each, in up to 95 bytes, and has 20 KB at most
	// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-policies.html).
	maxRegionAccounts = 200
)

// PipelineSize is the size of a pipeline.
type PipelineSize struct {
	Stages, Actions int
}

// add adds a wave of stacks and other actions. Like the CDK it divides more actions than a stage
// may have among several stages
// (https://github.com/aws/aws-cdk/blob/main/packages/aws-cdk-lib/pipelines/lib/codepipeline/codepipeline.ts).
func (s *PipelineSize) add(stacks int, others ...bool) {
	actions := stacks * stackActions
	for _, there := range others {
		if there {
			actions++
		}
	}
	s.Actions += actions
	s.Stages += (actions + maxStageActions - 1) / maxStageActions
}

// Verifies reports whether the pipeline sends a probe through the forwarders that it has deployed
// before it goes on. It does so by the inspection role, which trusts the central account only.
func (c *Config) Verifies() bool {
	return c.Pipeline != nil && c.InspectionRole && c.Pipeline.Account == c.Central.Account
}

// PipelineSize counts the stages and actions of the pipeline: the source, the synthesis, its own
// update, the assets, the trail, the central stack, the waves and the stack set. It is zero without
// a pipeline.
func (c *Config) PipelineSize() PipelineSize {
	if c.Pipeline == nil {
		return PipelineSize{}
	}
	size := PipelineSize{Stages: 4, Actions: 4}
	if c.Trail == TrailCreate {
		size.add(1)
	}
	size.add(1)
	for _, wave := range c.Waves() {
		size.add(len(wave.Deployments), wave.Approval, c.Verifies())
	}
	if c.StackSet != nil {
		size.add(1, c.Pipeline.ApproveStackSet, c.Verifies() && len(c.StackSetDeployments()) > 0)
	}
	return size
}

// checkPipelineSize reports a pipeline that exceeds the quotas.
func (c *Config) checkPipelineSize(at yamldoc.Value) {
	if c.Pipeline == nil {
		return
	}
	wayOut := "with forwarders: stacksets one stack set brings them all, in one stage of two actions"
	if c.StackSet != nil {
		wayOut = "take accounts out of stackSet.accounts.except, so that the stack set brings more of them"
	}
	accounts := map[string]int{} // by Region
	for _, d := range c.Stacks() {
		if accounts[d.Region]++; accounts[d.Region] == maxRegionAccounts+1 {
			at.Problemf("found more than %d accounts with forwarder stacks in %s, whose roles make the policy of the pipeline's bucket there too long, allowed: %[1]d; %[3]s",
				maxRegionAccounts, d.Region, wayOut)
		}
	}
	if size := c.PipelineSize(); size.Stages > maxPipelineStages || size.Actions > maxPipelineActions {
		at.Problemf("found %d forwarder stacks, which make a pipeline of %d stages and %d actions (%d a stack), allowed: %d stages and %d actions; %s",
			len(c.Stacks()), size.Stages, size.Actions, stackActions, maxPipelineStages, maxPipelineActions, wayOut)
	}
}
