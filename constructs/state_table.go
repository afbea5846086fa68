package trailbus

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/trailbus/trailbus/internal/contract"
)

// newStateTable makes the table of the notifier's state. It is encrypted with the key that DynamoDB
// owns: it holds ids of events, and text that is also in the messages in Slack.
func newStateTable(scope constructs.Construct, id *string) awsdynamodb.Table {
	// Not TableV2: that is an AWS::DynamoDB::GlobalTable, which the local AWS of the tests does not
	// have.
	return awsdynamodb.NewTable(scope, id, &awsdynamodb.TableProps{
		PartitionKey: &awsdynamodb.Attribute{Name: jsii.String(contract.KeyAttribute),
			Type: awsdynamodb.AttributeType_STRING},
		TimeToLiveAttribute: jsii.String(contract.ExpiryAttribute),
		BillingMode:         awsdynamodb.BillingMode_PAY_PER_REQUEST,
		PointInTimeRecoverySpecification: &awsdynamodb.PointInTimeRecoverySpecification{
			PointInTimeRecoveryEnabled: jsii.Bool(true),
		},
		// Its items expire within days, and a table that stays would cost money for nothing.
		RemovalPolicy: awscdk.RemovalPolicy_DESTROY,
	})
}

// grantState grants exactly the actions of state.Table, which never scans, and never reads or
// changes the table itself.
func grantState(table awsdynamodb.Table, to awsiam.IGrantable) {
	table.Grant(to, *jsii.Strings("dynamodb:PutItem", "dynamodb:DeleteItem", "dynamodb:BatchGetItem",
		"dynamodb:BatchWriteItem")...)
}
