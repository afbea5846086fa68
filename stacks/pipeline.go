package stacks

import (
	"fmt"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscodecommit"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscodepipeline"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/aws-cdk-go/awscdk/v2/pipelines"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/trailbus/trailbus/internal/config"
	"github.com/trailbus/trailbus/internal/contract"
)

// pipelineStack holds the pipeline that deploys Trailbus from a repository: first itself, then the trail where one is to be made, then
// the central stack, then the forwarders wave by wave, then the stack set.
type pipelineStack struct {
	awscdk.Stack
	pipeline pipelines.CodePipeline
	// repository is what is deployed. tool is the command that checks it, where something does.
	repository pipelines.CodePipelineSource
	command    pipelines.FileSet
}

// newPipelineStack makes the stack, and the stages of its pipeline beside it: `Central/Central`, `canary/**` and so on to the CDK command.
func newPipelineStack(scope constructs.Construct, id *string, c *config.Config) *pipelineStack {
	s := &pipelineStack{}
	awscdk.NewStack_Override(s, scope, id, &awscdk.StackProps{
		StackName:   jsii.String(contract.PipelineStackName),
		Description: jsii.String("Trailbus: the pipeline that deploys it"),
		Env:         &awscdk.Environment{Account: jsii.String(c.Pipeline.Account), Region: jsii.String(c.Pipeline.Region)},
	})
	bucket := newArtifactBucket(s)
	s.repository = s.source(c.Pipeline.Source)
	var commands []string
	if c.Verifies() {
		commands = []string{"go build -o " + commandDir + "/ ./cmd/trailbus"}
	}
	synth := newSynthStep(s.repository, bucket, c.Path, commands...)
	if c.Verifies() {
		s.command = synth.AddOutputDirectory(jsii.String(commandDir))
	}
	s.pipeline = pipelines.NewCodePipeline(s, jsii.String("Pipeline"), &pipelines.CodePipelineProps{
		PipelineType: awscodepipeline.PipelineType_V2,
		Synth:        synth,
		// Another account reads artifacts only where they are encrypted with a key of ours.
		ArtifactBucket:    bucket,
		CrossAccountKeys:  jsii.Bool(true),
		EnableKeyRotation: jsii.Bool(true),
		SelfMutation:      jsii.Bool(true),
		CodeBuildDefaults: buildDefaults(awslogs.NewLogGroup(s, jsii.String("Logs"), &awslogs.LogGroupProps{
			Retention:     awslogs.RetentionDays_THREE_MONTHS,
			RemovalPolicy: awscdk.RemovalPolicy_DESTROY,
		})),
		CliVersion:          jsii.String(cdkVersion),
		CdkAssetsCliVersion: jsii.String(cdkAssetsVersion),
		// One action publishes every asset: config counts on it.
		PublishAssetsInParallel: jsii.Bool(false),
	})
	s.addStages(scope, c)
	s.pipeline.BuildPipeline()
	s.useConnection(c.Pipeline.Source)
	s.denyBuilds()
	expireReplicas(s.pipeline.Pipeline())
	// The CDK joins the ARNs of roles, which cfn-lint calls an error within a stage and advice elsewhere, and names a dependency twice.
	s.Pipeline().Node().DefaultChild().(awscodepipeline.CfnPipeline).AddMetadata(jsii.String("cfn-lint"), map[string]any{
		"config": map[string]any{"ignore_checks": []string{"E3703", "W3005"}},
	})
	return s
}

// addStages adds what is deployed, in this order: the trail waits for nothing, EventBridge asks the policy of the central bus when a
// forwarding rule is made, and the stack set, which reaches the most, comes when all others have worked.
func (s *pipelineStack) addStages(scope constructs.Construct, c *config.Config) {
	if c.Trail == config.TrailCreate {
		trail := awscdk.NewStage(scope, jsii.String("Trail"), nil)
		newTrailStack(trail, jsii.String("Trail"), c)
		s.addStage("Trail", "", nil, trail)
	}
	central := awscdk.NewStage(scope, jsii.String("Central"), nil)
	newCentralStack(central, jsii.String("Central"), c)
	s.addStage("Central", "", nil, central)
	forwarders := newForwarderStacks(s, c)
	for _, wave := range c.Waves() {
		approval := ""
		if wave.Approval {
			approval = fmt.Sprintf("Forwarder stacks: %d. Accounts: %d.", len(wave.Deployments), len(wave.Accounts))
		}
		// Each forwarder is a stage of the CDK's, whose name its actions then bear: their stacks all have the same. Of a wave with
		// one, the CDK takes its name for the wave.
		group := constructs.NewConstruct(scope, jsii.String(wave.Name))
		var stages []awscdk.Stage
		for _, deployment := range wave.Deployments {
			name := deployment.StackID
			if len(wave.Deployments) == 1 {
				name = wave.Name
			}
			stage := awscdk.NewStage(group, jsii.String(name), nil)
			forwarders.add(stage, deployment)
			stages = append(stages, stage)
		}
		s.addStage(wave.Name, approval, s.verifySteps(c, wave.Deployments), stages...)
	}
	if c.StackSet != nil {
		approval := ""
		if c.Pipeline.ApproveStackSet {
			approval = fmt.Sprintf("The stack set. Units: %s. Regions: %d.", strings.Join(c.StackSet.Units, ", "), len(c.StackSet.Regions))
		}
		stackSet := awscdk.NewStage(scope, jsii.String("StackSet"), nil)
		newStackSetStack(stackSet, jsii.String("ForwarderStackSet"), c)
		s.addStage("StackSet", approval, s.verifySteps(c, c.StackSetDeployments()), stackSet)
	}
}

// addStage adds a stage of the pipeline. What is in it is deployed at once. Where approval says something, a person is asked with these
// words before. What checks says must succeed after it.
func (s *pipelineStack) addStage(name, approval string, checks *[]pipelines.Step, parts ...awscdk.Stage) {
	options := &pipelines.WaveOptions{Post: checks}
	if approval != "" {
		options.Pre = &[]pipelines.Step{pipelines.NewManualApprovalStep(jsii.String("Approve"), &pipelines.ManualApprovalStepProps{Comment: jsii.String(approval)})}
	}
	wave := s.pipeline.AddWave(jsii.String(name), options)
	for _, part := range parts {
		wave.AddStage(part, nil)
	}
}

// verifySteps are the steps that must succeed after the forwarders of a stage were deployed, before the next one begins. Each is an action,
// which [config.Config.PipelineSize] must count.
func (s *pipelineStack) verifySteps(c *config.Config, deployments []config.Deployment) *[]pipelines.Step {
	if !c.Verifies() || len(deployments) == 0 {
		return nil
	}
	return &[]pipelines.Step{s.newVerifyStep(c, deployments)}
}

// sourceAction names the action that reads the repository. The construct of its role has it in its path.
const sourceAction = "Repository"

func (s *pipelineStack) source(source config.Source) pipelines.CodePipelineSource {
	switch source := source.(type) {
	case config.CodeCommitSource:
		repository := awscodecommit.Repository_FromRepositoryName(s, jsii.String("Repository"), jsii.String(source.Repository))
		return pipelines.CodePipelineSource_CodeCommit(repository, jsii.String(source.Branch), &pipelines.CodeCommitSourceOptions{
			ActionName: jsii.String(sourceAction),
		})
	case config.ConnectionSource:
		return pipelines.CodePipelineSource_Connection(jsii.String(source.Repository), jsii.String(source.Branch), &pipelines.ConnectionSourceOptions{
			ConnectionArn: jsii.String(source.ConnectionARN),
			ActionName:    jsii.String(sourceAction),
		})
	}
	panic(fmt.Sprintf("a pipeline has the source %T", source))
}

// useConnection lets the source action use a connection. The CDK grants the action of the service's old name only, and of a
// connection that was made under the new name the new one is asked for
// (https://docs.aws.amazon.com/dtconsole/latest/userguide/rename.html).
func (s *pipelineStack) useConnection(source config.Source) {
	connection, ok := source.(config.ConnectionSource)
	if !ok || !strings.Contains(connection.ConnectionARN, ":codeconnections:") {
		return
	}
	action := s.pipeline.Pipeline().Node().FindChild(jsii.String("Source")).Node().FindChild(jsii.String(sourceAction))
	action.Node().FindChild(jsii.String("CodePipelineActionRole")).(awsiam.Role).AddToPolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Actions:   jsii.Strings("codeconnections:UseConnection"),
		Resources: jsii.Strings(connection.ConnectionARN),
	}))
}

// denyBuilds takes from the role that publishes assets what the CDK gives it for no use of ours: to start and stop any build of the
// account.
func (s *pipelineStack) denyBuilds() {
	role := s.pipeline.Node().FindChild(jsii.String("Assets")).Node().FindChild(jsii.String("FileRole"))
	role.(awsiam.Role).AddToPolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Effect:    awsiam.Effect_DENY,
		Actions:   jsii.Strings("codebuild:StartBuild", "codebuild:StopBuild"),
		Resources: jsii.Strings("*"),
	}))
}

// Pipeline is the pipeline.
func (s *pipelineStack) Pipeline() awscodepipeline.Pipeline { return s.pipeline.Pipeline() }
