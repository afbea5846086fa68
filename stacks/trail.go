package stacks

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	trailbus "github.com/trailbus/trailbus/constructs"
	"github.com/trailbus/trailbus/internal/config"
)

// OutputLogBucket is an output of the stack with the trail.
const OutputLogBucket = "LogBucket"

// TrailStack is the trail where Trailbus makes it.
type TrailStack struct {
	awscdk.Stack
	trail *trailbus.Trail
}

// NewTrailStack makes the stack in the account that the trail belongs to: that of an organization to the management account.
func NewTrailStack(scope constructs.Construct, id *string, c *config.Config) *TrailStack {
	s := &TrailStack{}
	account, region := c.TrailHome()
	awscdk.NewStack_Override(s, scope, id, &awscdk.StackProps{
		StackName:   jsii.String(TrailStackName),
		Description: jsii.String("Trailbus: the trail, without which EventBridge gets no events of CloudTrail"),
		Env:         &awscdk.Environment{Account: jsii.String(account), Region: jsii.String(region)},
	})
	s.trail = trailbus.NewTrail(s, jsii.String("Trail"), &trailbus.TrailProps{Organization: optional(c.Organization)})
	awscdk.NewCfnOutput(s, jsii.String(OutputLogBucket), &awscdk.CfnOutputProps{
		Description: jsii.String("The log files, which stay when the stack goes"), Value: s.trail.Bucket().BucketName(),
	})
	return s
}

// Trail is the trail.
func (s *TrailStack) Trail() *trailbus.Trail { return s.trail }
