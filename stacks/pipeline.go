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

// pipelineStack holds the pipeline that deploys Trailbus from a repository: first itself, then the
// trail, the central stack, the forwarders wave by wave, and the stack set.
type pipelineStack struct {
	awscdk.Stack
	pipeline   pipelines.CodePipeline
	repository pipelines.CodePipelineSource
	command    pipelines.FileSet // with the command trailbus, nil where no stage is verified
}

// newPipelineStack makes the stack, and the stages of its pipeline beside it: `Central/Central`,
// `canary/**` and so on to the CDK command.
func newPipelineStack(scope constructs.Construct, id *string, c *config.Config) {
	s := &pipelineStack{Stack: awscdk.NewStack(scope, id, &awscdk.StackProps{
		StackName:   jsii.String(contract.PipelineStackName),
		Description: jsii.String("Trailbus: the pipeline that deploys it"),
		Env:         &awscdk.Environment{Account: jsii.String(c.Pipeline.Account), Region: jsii.String(c.Pipeline.Region)},
	})}
	bucket := newArtifactBucket(s.Stack)
	s.repository = s.source(c.Pipeline.Source)
	var commands []string
	if c.Verifies() {
		commands = []string{"go build -o " + commandDir + "/ ./cmd/trailbus"}
	}
	synth := newSynthStep(s.repository, bucket, c.Path, commands...)
	if c.Verifies() {
		s.command = synth.AddOutputDirectory(jsii.String(commandDir))
	}
	s.pipeline = pipelines.NewCodePipeline(s.Stack, jsii.String("Pipeline"), &pipelines.CodePipelineProps{
		PipelineType: awscodepipeline.PipelineType_V2,
		Synth:        synth,
		// Another account can read artifacts only where they are encrypted with a customer managed
		// key.
		ArtifactBucket:    bucket,
		CrossAccountKeys:  jsii.Bool(true),
		EnableKeyRotation: jsii.Bool(true),
		SelfMutation:      jsii.Bool(true),
		CodeBuildDefaults: buildDefaults(awslogs.NewLogGroup(s.Stack, jsii.String("Logs"), &awslogs.LogGroupProps{
			Retention:     awslogs.RetentionDays_THREE_MONTHS,
			RemovalPolicy: awscdk.RemovalPolicy_DESTROY,
		})),
		CliVersion:          jsii.String(cdkVersion),
		CdkAssetsCliVersion: jsii.String(cdkAssetsVersion),
		// One action publishes every asset, as config.PipelineSize assumes.
		PublishAssetsInParallel: jsii.Bool(false),
	})
	s.addStages(scope, c)
	s.pipeline.BuildPipeline()
	s.useConnection(c.Pipeline.Source)
	s.denyBuilds()
	expireReplicas(s.pipeline.Pipeline())
	// The CDK writes the ARNs of roles with Fn::Join, which cfn-lint reports as an error in a stage
	// only, and a dependency twice.
	s.pipeline.Pipeline().Node().DefaultChild().(awscodepipeline.CfnPipeline).AddMetadata(jsii.String("cfn-lint"),
		map[string]any{
			"config": map[string]any{"ignore_checks": []string{"E3703", "W3005"}},
		})
}

// addStages adds the stages in the order in which they are deployed: the trail, which depends on
// nothing; the central bus, whose policy EventBridge checks when a forwarding rule is made; the
// waves; and the stack set, which reaches most accounts, last.
func (s *pipelineStack) addStages(scope constructs.Construct, c *config.Config) {
	if c.Trail == config.TrailCreate {
		trail := awscdk.NewStage(scope, jsii.String("Trail"), nil)
		newTrailStack(trail, jsii.String("Trail"), c)
		s.addStage("Trail", "", nil, trail)
	}
	central := awscdk.NewStage(scope, jsii.String("Central"), nil)
	newCentralStack(central, jsii.String("Central"), c)
	s.addStage("Central", "", nil, central)
	forwarders := newForwarderStacks(s.Stack, c)
	for _, wave := range c.Waves() {
		approval := ""
		if wave.Approval {
			approval = fmt.Sprintf("Forwarder stacks: %d. Accounts: %d.", len(wave.Deployments), len(wave.Accounts))
		}
		// Each forwarder is in a stage of the CDK, whose name its actions get: all stacks have the
		// same name. In a wave with a single stage, the CDK names the wave after the stage.
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
			approval = fmt.Sprintf("The stack set. Units: %s. Regions: %d.", strings.Join(c.StackSet.Units, ", "),
				len(c.StackSet.Regions))
		}
		stackSet := awscdk.NewStage(scope, jsii.String("StackSet"), nil)
		newStackSetStack(stackSet, jsii.String("ForwarderStackSet"), c)
		s.addStage("StackSet", approval, s.verifySteps(c, c.StackSetDeployments()), stackSet)
	}
}

// addStage adds a stage of the pipeline, which deploys its parts at the same time. If approval is
// not empty, a person must approve the stage first and sees this text. The steps of post must
// succeed after the deployment.
func (s *pipelineStack) addStage(name, approval string, post *[]pipelines.Step, parts ...awscdk.Stage) {
	options := &pipelines.WaveOptions{Post: post}
	if approval != "" {
		options.Pre = &[]pipelines.Step{pipelines.NewManualApprovalStep(jsii.String("Approve"),
			&pipelines.ManualApprovalStepProps{Comment: jsii.String(approval)})}
	}
	wave := s.pipeline.AddWave(jsii.String(name), options)
	for _, part := range parts {
		wave.AddStage(part, nil)
	}
}

// verifySteps are the steps that must succeed after the forwarders of a stage are deployed, before
// the next stage begins. Each is an action, which [config.Config.PipelineSize] must count.
func (s *pipelineStack) verifySteps(c *config.Config, deployments []config.Deployment) *[]pipelines.Step {
	if !c.Verifies() || len(deployments) == 0 {
		return nil
	}
	return &[]pipelines.Step{s.newVerifyStep(c, deployments)}
}

// sourceAction is the name of the action that reads the repository. It is in the path of the
// construct of its role.
const sourceAction = "Repository"

func (s *pipelineStack) source(source config.Source) pipelines.CodePipelineSource {
	switch source := source.(type) {
	case config.CodeCommitSource:
		repository := awscodecommit.Repository_FromRepositoryName(s.Stack, jsii.String("Repository"),
			jsii.String(source.Repository))
		return pipelines.CodePipelineSource_CodeCommit(repository, jsii.String(source.Branch),
			&pipelines.CodeCommitSourceOptions{
				ActionName: jsii.String(sourceAction),
			})
	case config.ConnectionSource:
		return pipelines.CodePipelineSource_Connection(jsii.String(source.Repository), jsii.String(source.Branch),
			&pipelines.ConnectionSourceOptions{
				ConnectionArn: jsii.String(source.ConnectionARN),
				ActionName:    jsii.String(sourceAction),
			})
	}
	panic(fmt.Sprintf("a pipeline has the source %T", source))
}

// useConnection lets the source action use a connection. The CDK grants the action with the
// service's old name only, and a connection that was made under the new name requires the action
// with the new name (https://docs.aws.amazon.com/dtconsole/latest/userguide/rename.html).
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

// denyBuilds denies the role that publishes assets to start and stop any build of the account. The
// CDK grants that, and Trailbus does not need it.
func (s *pipelineStack) denyBuilds() {
	role := s.pipeline.Node().FindChild(jsii.String("Assets")).Node().FindChild(jsii.String("FileRole"))
	role.(awsiam.Role).AddToPolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Effect:    awsiam.Effect_DENY,
		Actions:   jsii.Strings("codebuild:StartBuild", "codebuild:StopBuild"),
		Resources: jsii.Strings("*"),
	}))
}
