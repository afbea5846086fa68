package trailbus

import (
	"fmt"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// newQueue makes a queue that takes calls by TLS alone. It is encrypted with the key, or by SQS
// where key is nil.
func newQueue(scope constructs.Construct, id string, key awskms.IKey, props awssqs.QueueProps) awssqs.Queue {
	props.EnforceSSL = jsii.Bool(true)
	props.Encryption = awssqs.QueueEncryption_SQS_MANAGED
	if key != nil {
		props.Encryption, props.EncryptionMasterKey = awssqs.QueueEncryption_KMS, key
	}
	return awssqs.NewQueue(scope, jsii.String(id), &props)
}

// grantEventBridge lets EventBridge encrypt what it sends to a queue. The policy of the key must
// allow it: EventBridge has no role there, and cannot use the key that AWS manages for SQS
// (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-troubleshooting.html#eb-sqs-encrypted).
func grantEventBridge(key awskms.IKey, scope constructs.Construct) {
	addKeyStatement(key, scope, awsiam.NewServicePrincipal(jsii.String("events.amazonaws.com"), nil),
		// The account and not the rule: a reference to the rule would make rule, queue and key
		// depend on each other.
		map[string]any{"StringEquals": map[string]any{"aws:SourceAccount": awscdk.Aws_ACCOUNT_ID()}},
		"kms:Decrypt", "kms:GenerateDataKey")
}

// grantLogs lets CloudWatch Logs encrypt the log groups of the stack's account and Region
// (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html).
func grantLogs(key awskms.IKey, scope constructs.Construct) {
	groups := awscdk.Stack_Of(scope).FormatArn(&awscdk.ArnComponents{
		Service: jsii.String("logs"), Resource: jsii.String("log-group"), ResourceName: jsii.String("*"),
		ArnFormat: awscdk.ArnFormat_COLON_RESOURCE_NAME,
	})
	service := fmt.Sprintf("logs.%s.%s", *awscdk.Stack_Of(scope).Region(), *awscdk.Aws_URL_SUFFIX())
	addKeyStatement(key, scope, awsiam.NewServicePrincipal(&service, nil),
		// All log groups, because the log group of the stack depends on the key.
		map[string]any{"ArnLike": map[string]any{"kms:EncryptionContext:aws:logs:arn": groups}},
		"kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*")
}

// addKeyStatement adds a statement to the policy of a key. The policy of a key from outside of the
// app cannot be changed, so an annotation names what it must allow.
func addKeyStatement(key awskms.IKey, scope constructs.Construct, service awsiam.IPrincipal, conditions map[string]any,
	actions ...string) {
	added := key.AddToResourcePolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Principals: &[]awsiam.IPrincipal{service}, Actions: jsii.Strings(actions...), Resources: jsii.Strings("*"),
		Conditions: &conditions,
	}), jsii.Bool(true))
	if !*added.StatementAdded {
		awscdk.Annotations_Of(scope).AddInfo(jsii.String("The policy of the EncryptionKey is not in this app. " +
			"What it must allow: https://github.com/trailbus/trailbus/tree/main/constructs#keys-of-your-own"))
	}
}
