package trailbus

import (
	"errors"
	"fmt"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsevents"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/jsii-runtime-go"

	"github.com/trailbus/trailbus/internal/contract"
)

// InspectionRoleName is the name of the role that [InspectionRoleProps] ask for: TrailbusForwarder-Inspection.
const InspectionRoleName = contract.InspectionRole

// InspectionRoleProps are the properties of a role by which the account of the central bus looks at the forwarders of an account:
// `trailbus doctor` and `trailbus verify` take it. It may read what a forwarder is made of and the trails, and put events with the
// source trailbus.verify and the detail-type "Trailbus Verify" on the default event buses.
type InspectionRoleProps struct {
	// Region is the one Region of the account in which the role is made, among those that have a forwarder. IAM knows no Regions, so that
	// a second role of its name would meet it.
	Region *string `field:"required"`
	// StackNames are those of the stacks with the forwarders of the account, in which * stands for any text: the role may look at
	// what CloudFormation has named after them.
	// Default: the name of this stack, which then is that of the forwarder's stack in every Region.
	StackNames []*string `field:"optional"`
}

func (p *InspectionRoleProps) check() error {
	if p == nil {
		return nil
	}
	if p.Region == nil || *p.Region == "" {
		return errors.New("InspectionRole: Region is missing, allowed: a Region of AWS such as us-east-1")
	}
	if !matches(p.Region, regionName) {
		return fmt.Errorf("InspectionRole: found Region %s, allowed: a Region of AWS such as us-east-1", quoted(p.Region))
	}
	for _, name := range p.StackNames {
		if name == nil || *name == "" {
			return fmt.Errorf("InspectionRole: found stack name %s, allowed: the name of a stack", quoted(name))
		}
	}
	return nil
}

// newInspectionRole makes the role where the template is deployed to its Region, and nothing elsewhere: one template serves every Region.
// Every byte of it stands in the template of a stack set.
func newInspectionRole(f *RegionalForwarder, props *InspectionRoleProps, bus awsevents.IEventBus, path *string) awsiam.Role {
	role := awsiam.NewRole(f, jsii.String("InspectionRole"), &awsiam.RoleProps{
		RoleName:  jsii.String(InspectionRoleName),
		Path:      path,
		AssumedBy: awsiam.NewAccountPrincipal(bus.Env().Account),
		InlinePolicies: &map[string]awsiam.PolicyDocument{"Inspect": awsiam.NewPolicyDocument(&awsiam.PolicyDocumentProps{
			Statements: &[]awsiam.PolicyStatement{
				// Those that go by a resource go by the trail, which may be any, and one of an organization is one of its management account:
				// https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
				awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
					Actions: jsii.Strings("account:ListRegions", "cloudtrail:DescribeTrails", "cloudtrail:GetEventSelectors", "cloudtrail:GetTrailStatus",
						"events:ListRuleNamesByTarget"),
					Resources: jsii.Strings("*"),
				}),
				// An action of one service and a resource of another never meet.
				awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
					Actions:   jsii.Strings("events:DescribeRule", "events:ListTargetsByRule", "iam:GetRole", "iam:GetRolePolicy", "sqs:GetQueueAttributes", "sqs:GetQueueUrl"),
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

// inspectableResources is what CloudFormation has named after the stacks. Of another account it can read nothing that this one does not show it.
func (f *RegionalForwarder) inspectableResources(stackNames []*string, path *string) *[]*string {
	if path == nil {
		path = jsii.String("/")
	}
	if len(stackNames) == 0 {
		stackNames = []*string{awscdk.Aws_STACK_NAME()}
	}
	all := []*string{}
	for _, name := range stackNames {
		all = append(all, f.arn("events", "*", "*", "rule/"+*name+"-*"), f.arn("iam", "", "*", "role"+*path+*name+"-*"), f.arn("sqs", "*", "*", *name+"-*"))
	}
	return &all
}

// arn is that of a resource in the partition of the stack. The account of a stack is not the one that its template is deployed to: one
// template serves every account.
func (f *RegionalForwarder) arn(service, region, account, resource string) *string {
	return awscdk.Stack_Of(f).FormatArn(&awscdk.ArnComponents{
		Service: jsii.String(service), Region: jsii.String(region), Account: jsii.String(account), Resource: jsii.String(resource),
		ArnFormat: awscdk.ArnFormat_NO_RESOURCE_NAME,
	})
}
