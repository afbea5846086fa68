package trailbus

import (
	"cmp"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/trailbus/trailbus/internal/contract"
)

// StackSetInstances are the instances of a stack set.
type StackSetInstances struct {
	// StackSetName is the name of the stack set.
	// Default: that of a [ForwarderStackSet].
	StackSetName *string `field:"optional"`
	// CallAs is whether the account of the notifier is the management account or a delegated
	// administrator.
	// Default: [CallAsSelf].
	CallAs CallAs `field:"optional"`
}

func (s *StackSetInstances) check() error {
	if s == nil {
		return nil
	}
	return stackSetName.optional("StackSetName: found", s.StackSetName)
}

// settings are the name and the role by which the notifier lists the instances.
func (s *StackSetInstances) settings() contract.StackSet {
	if s == nil {
		return contract.StackSet{}
	}
	return contract.StackSet{Name: *cmp.Or(s.StackSetName, jsii.String(ForwarderStackSetName)), CallAs: s.CallAs.String()}
}

// grantList grants a role to list the instances of the stack set in any account: the stack set of a
// delegated administrator is in the management account.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscloudformation.html
func (s *StackSetInstances) grantList(scope constructs.Construct, role awsiam.Role) {
	if s == nil {
		return
	}
	role.AddToPolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Actions: jsii.Strings("cloudformation:ListStackInstances"),
		Resources: &[]*string{awscdk.Stack_Of(scope).FormatArn(&awscdk.ArnComponents{
			Service: jsii.String("cloudformation"), Account: jsii.String("*"), Resource: jsii.String("stackset"),
			ResourceName: jsii.String(s.settings().Name + ":*"),
		})},
	}))
}
