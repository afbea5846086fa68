package trailbus

import (
	"cmp"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsevents"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/jsii-runtime-go"

	"github.com/trailbus/trailbus/internal/contract"
)

// InspectionRoleName is the name of the role that [InspectionRoleProps] ask for:
// TrailbusForwarder-Inspection.
const InspectionRoleName = contract.InspectionRole

// InspectionRoleProps are the properties of a role with which the account of the central bus checks
// the forwarders of an account: `trailbus doctor` and `trailbus verify` assume it. It may read the
// resources of a forwarder and the trails, and put events with the source trailbus.verify and the
// detail-type "Trailbus Verify" on the default event buses.
type InspectionRoleProps struct {
	// Region is the only Region of the account in which the role is made, one of those with a
	// forwarder. Names of roles are unique in an account, whatever the Region.
	Region *string `field:"required"`
	// StackNames are the names of the stacks with the forwarders of the account, in which * stands
	// for any text: the role may read the resources that CloudFormation named after them.
	// Default: the name of this stack, which then is the name of the forwarder's stack in every
	// Region.
	StackNames []*string `field:"optional"`
}

// newInspectionRole makes the role, with a condition: it exists only where the template is deployed
// to its Region. Its size counts against the limit of the template of a stack set.
func newInspectionRole(f *RegionalForwarder, props *InspectionRoleProps, bus awsevents.IEventBus,
	path *string) awsiam.Role {
	role := awsiam.NewRole(f, jsii.String("InspectionRole"), &awsiam.RoleProps{
		RoleName:  jsii.String(InspectionRoleName),
		Path:      path,
		AssumedBy: awsiam.NewAccountPrincipal(bus.Env().Account),
		InlinePolicies: &map[string]awsiam.PolicyDocument{"Inspect": awsiam.NewPolicyDocument(&awsiam.PolicyDocumentProps{
			Statements: &[]awsiam.PolicyStatement{
				// The actions on a trail are on any, because the trail of an organization is in the
				// management account:
				// https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
				awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
					Actions: jsii.Strings("account:ListRegions", "cloudtrail:DescribeTrails", "cloudtrail:GetEventSelectors",
						"cloudtrail:GetTrailStatus",
						"events:ListRuleNamesByTarget"),
					Resources: jsii.Strings("*"),
				}),
				// IAM ignores an action on the resource of another service, so one statement has
				// all of them.
				awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
					Actions: jsii.Strings("events:DescribeRule", "events:ListTargetsByRule", "iam:GetRole", "iam:GetRolePolicy",
						"sqs:GetQueueAttributes", "sqs:GetQueueUrl"),
					Resources: f.inspectableResources(props.StackNames, path),
				}),
				// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-conditions.html
				awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
					Actions:   jsii.Strings("events:PutEvents"),
					Resources: &[]*string{f.arn("events", "*", *awscdk.Aws_ACCOUNT_ID(), "event-bus/default")},
					Conditions: &map[string]any{"StringEquals": map[string]any{
						"events:source": contract.VerifySource, "events:detail-type": contract.VerifyDetailType,
					}},
				}),
			},
		})},
	})
	here := awscdk.NewCfnCondition(f, jsii.String("InspectionRegion"), &awscdk.CfnConditionProps{
		Expression: awscdk.Fn_ConditionEquals(awscdk.Aws_REGION(), props.Region),
	})
	role.Node().DefaultChild().(awsiam.CfnRole).CfnOptions().SetCondition(here)
	return role
}

// inspectableResources are the ARNs of what CloudFormation named after the stacks.
func (f *RegionalForwarder) inspectableResources(stackNames []*string, path *string) *[]*string {
	path = cmp.Or(path, jsii.String("/"))
	if len(stackNames) == 0 {
		stackNames = []*string{awscdk.Aws_STACK_NAME()}
	}
	all := []*string{}
	for _, name := range stackNames {
		all = append(all, f.arn("events", "*", "*", "rule/"+*name+"-*"), f.arn("iam", "", "*", "role"+*path+*name+"-*"),
			f.arn("sqs", "*", "*", *name+"-*"))
	}
	return &all
}

// arn is the ARN of a resource in the partition of the stack.
func (f *RegionalForwarder) arn(service, region, account, resource string) *string {
	return awscdk.Stack_Of(f).FormatArn(&awscdk.ArnComponents{
		Service: jsii.String(service), Region: jsii.String(region), Account: jsii.String(account),
		Resource:  jsii.String(resource),
		ArnFormat: awscdk.ArnFormat_NO_RESOURCE_NAME,
	})
}
