package trailbus

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/trailbus/trailbus/internal/contract"
)

// newStateTable makes the table of what the notifier remembers. It is encrypted as every table is, with a key that DynamoDB owns: it
// holds ids of events, and what the messages in Slack say anyway.
func newStateTable(scope constructs.Construct, id *string) awsdynamodb.Table {
	// Not TableV2: that is an AWS::DynamoDB::GlobalTable, of which one Region is wanted here and the local AWS knows none.
	return awsdynamodb.NewTable(scope, id, &awsdynamodb.TableProps{
		PartitionKey:        &awsdynamodb.Attribute{Name: jsii.String(contract.KeyAttribute), Type: awsdynamodb.AttributeType_STRING},
		TimeToLiveAttribute: jsii.String(contract.ExpiryAttribute),
		BillingMode:         awsdynamodb.BillingMode_PAY_PER_REQUEST,
		PointInTimeRecoverySpecification: &awsdynamodb.PointInTimeRecoverySpecification{
			PointInTimeRecoveryEnabled: jsii.Bool(true),
		},
		// All of it is forgotten within days anyway, and a table that is left behind costs its owner money without a use.
		RemovalPolicy: awscdk.RemovalPolicy_DESTROY,
	})
}

// grantState allows what state.Table does, and no more: it never scans, and never reads or changes the table itself.
func grantState(table awsdynamodb.Table, to awsiam.IGrantable) {
	table.Grant(to, *jsii.Strings("dynamodb:PutItem", "dynamodb:DeleteItem", "dynamodb:BatchGetItem", "dynamodb:BatchWriteItem")...)
}
