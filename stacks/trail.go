package stacks

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	trailbus "github.com/trailbus/trailbus/constructs"
	"github.com/trailbus/trailbus/internal/config"
	"github.com/trailbus/trailbus/internal/contract"
)

// logBucketOutput is an output of the stack with the trail.
const logBucketOutput = "LogBucket"

// trailStack is the trail where Trailbus makes it.
type trailStack struct {
	awscdk.Stack
	trail *trailbus.Trail
}

// newTrailStack makes the stack in the account that the trail belongs to: that of an organization to the management account.
func newTrailStack(scope constructs.Construct, id *string, c *config.Config) *trailStack {
	s := &trailStack{}
	account, region := c.TrailHome()
	awscdk.NewStack_Override(s, scope, id, &awscdk.StackProps{
		StackName:   jsii.String(contract.TrailStackName),
		Description: jsii.String("Trailbus: the trail, without which EventBridge gets no events of CloudTrail"),
		Env:         &awscdk.Environment{Account: jsii.String(account), Region: jsii.String(region)},
	})
	s.trail = trailbus.NewTrail(s, jsii.String("Trail"), &trailbus.TrailProps{Organization: optionalString(c.Organization)})
	awscdk.NewCfnOutput(s, jsii.String(logBucketOutput), &awscdk.CfnOutputProps{
		Description: jsii.String("The log files, which stay when the stack goes"), Value: s.trail.Bucket().BucketName(),
	})
	return s
}

// Trail is the trail.
func (s *trailStack) Trail() *trailbus.Trail { return s.trail }
