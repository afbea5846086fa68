package stacks

import (
	"slices"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/pipelines"
	"github.com/aws/jsii-runtime-go"

	"github.com/trailbus/trailbus/internal/config"
	"github.com/trailbus/trailbus/internal/contract"
)

const (
	// commandDir is the folder in which the synth step passes the command to the verify steps.
	// Compiling it takes longer than verifying.
	commandDir = ".verify"
	// verifyTimeout is longer than the default of the command: the rules were made a moment ago.
	verifyTimeout = "5m"
)

// newVerifyStep makes the step that runs trailbus verify for the accounts of forwarders that were
// deployed.
func (s *pipelineStack) newVerifyStep(c *config.Config, deployments []config.Deployment) pipelines.Step {
	command, roles := `"$PWD/`+commandDir+`/trailbus" --config "$TRAILBUS_CONFIG" verify --timeout `+verifyTimeout,
		[]*string{}
	var accounts []string
	for _, d := range deployments {
		if !slices.Contains(accounts, d.Account) {
			accounts = append(accounts, d.Account)
			command += " --account " + d.Account
			roles = append(roles, s.arn("iam", "", d.Account, "role/"+contract.InspectionRole))
		}
	}
	return pipelines.NewCodeBuildStep(jsii.String("Verify"), &pipelines.CodeBuildStepProps{
		Input:            s.repository,
		AdditionalInputs: &map[string]pipelines.IFileSetProducer{commandDir: s.command},
		Env:              &map[string]*string{"TRAILBUS_CONFIG": jsii.String(c.Path)},
		Commands:         jsii.Strings(`chmod +x "$PWD/`+commandDir+`/trailbus"`, command),
		RolePolicyStatements: &[]awsiam.PolicyStatement{
			allow(nil, roles, "sts:AssumeRole"),
			// The command finds the table by the stack, and reads the items of probes only.
			allow(nil, []*string{s.arn("cloudformation", c.Central.Region, c.Central.Account, "stack/"+contract.CentralStackName+
				"/*")}, "cloudformation:DescribeStacks"),
			// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
			allow(&map[string]any{"ForAllValues:StringLike": map[string]any{"dynamodb:LeadingKeys": contract.ProbeItemKeys}},
				[]*string{s.arn("dynamodb", c.Central.Region, c.Central.Account, "table/"+contract.CentralStackName+"-*")},
				"dynamodb:BatchGetItem"),
		},
	})
}

func allow(conditions *map[string]any, resources []*string, actions ...string) awsiam.PolicyStatement {
	return awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{Actions: jsii.Strings(actions...), Resources: &resources,
		Conditions: conditions})
}

func (s *pipelineStack) arn(service, region, account, resource string) *string {
	return s.FormatArn(&awscdk.ArnComponents{
		Service: jsii.String(service), Region: jsii.String(region), Account: jsii.String(account),
		Resource:  jsii.String(resource),
		ArnFormat: awscdk.ArnFormat_NO_RESOURCE_NAME,
	})
}
