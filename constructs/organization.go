package trailbus

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// Organization is an AWS organization.
type Organization struct {
	// ID is the id of the organization, such as o-a1b2c3d4e5.
	ID *string `field:"required"`
	// ManagementAccount is the id of its management account, 12 digits.
	ManagementAccount *string `field:"required"`
}

// grantDescribeAccount grants a role to describe accounts of the organization and nothing else.
// Their ARNs have the id of the management account:
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsorganizations.html
func (o *Organization) grantDescribeAccount(scope constructs.Construct, to awsiam.IGrantable) {
	if o == nil {
		return
	}
	arn := awscdk.Stack_Of(scope).FormatArn(&awscdk.ArnComponents{
		Service: jsii.String("organizations"), Region: jsii.String(""), Account: o.ManagementAccount,
		Resource: jsii.String("account"), ResourceName: jsii.String(*o.ID + "/*"),
	})
	to.GrantPrincipal().AddToPrincipalPolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Actions: jsii.Strings("organizations:DescribeAccount"), Resources: &[]*string{arn},
	}))
}
