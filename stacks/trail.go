package stacks

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	trailbus "github.com/trailbus/trailbus/constructs"
	"github.com/trailbus/trailbus/internal/config"
	"github.com/trailbus/trailbus/internal/contract"
)

// newTrailStack makes the stack with the trail, in the account of the trail: for an organization,
// in the management account.
func newTrailStack(scope constructs.Construct, id *string, c *config.Config) awscdk.Stack {
	account, region := c.TrailHome()
	stack := awscdk.NewStack(scope, id, &awscdk.StackProps{
		StackName:   jsii.String(contract.TrailStackName),
		Description: jsii.String("Trailbus: the trail, without which EventBridge gets no events of CloudTrail"),
		Env:         &awscdk.Environment{Account: jsii.String(account), Region: jsii.String(region)},
	})
	trail := trailbus.NewTrail(stack, jsii.String("Trail"),
		&trailbus.TrailProps{Organization: optionalString(c.Organization)})
	awscdk.NewCfnOutput(stack, jsii.String("LogBucket"), &awscdk.CfnOutputProps{
		Description: jsii.String("The log files, which stay when the stack goes"), Value: trail.Bucket().BucketName(),
	})
	return stack
}
