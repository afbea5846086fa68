package trailbus

import (
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
	// CallAs is as whom the account of the notifier made it.
	// Default: [CallAsSelf].
	CallAs CallAs `field:"optional"`
}

func (s *StackSetInstances) name() string {
	if s.StackSetName == nil {
		return ForwarderStackSetName
	}
	return *s.StackSetName
}

// given is the name, nil where none is given.
func (s *StackSetInstances) given() *string {
	if s == nil {
		return nil
	}
	return s.StackSetName
}

// settings are what the notifier asks by.
func (s *StackSetInstances) settings() contract.StackSet {
	if s == nil {
		return contract.StackSet{}
	}
	return contract.StackSet{Name: s.name(), CallAs: s.CallAs.String()}
}

// grantList allows to list the instances of that stack set, in whichever account it is: that of a delegated administrator is in the
// management account. https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscloudformation.html
func (s *StackSetInstances) grantList(scope constructs.Construct, role awsiam.Role) {
	if s == nil {
		return
	}
	role.AddToPolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Actions: jsii.Strings("cloudformation:ListStackInstances"),
		Resources: &[]*string{awscdk.Stack_Of(scope).FormatArn(&awscdk.ArnComponents{
			Service: jsii.String("cloudformation"), Account: jsii.String("*"), Resource: jsii.String("stackset"), ResourceName: jsii.String(s.name() + ":*"),
		})},
	}))
}
