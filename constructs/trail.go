package trailbus

import (
	"cmp"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudtrail"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// TrailName is the name of the trail. It is fixed: the policy of the bucket, which is made first,
// contains it.
const TrailName = "trailbus"

// TrailProps are the properties of a [Trail].
type TrailProps struct {
	// Organization is the id of the AWS Organization, such as o-a1b2c3d4e5, whose accounts are all
	// recorded. The stack then must be in the management account, or in a delegated administrator
	// of CloudTrail.
	// Default: the account of the stack alone.
	Organization *string `field:"optional"`
	// ManagementAccount is the id of the organization's management account, to which an
	// organization trail belongs even where a delegated administrator made it.
	// Default: the account of the stack.
	ManagementAccount *string `field:"optional"`
	// LogRetention is how long log files are kept, in whole days, 1 at least.
	// Default: 365 days.
	LogRetention awscdk.Duration `field:"optional"`
	// EncryptionKey encrypts the log files. Its policy must let CloudTrail use it:
	// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-kms-key-policy-for-cloudtrail.html
	// Default: S3 encrypts them with a key of its own.
	EncryptionKey awskms.IKey `field:"optional"`
}

// Trail records the management events of every Region, read and write, in an organization or an
// account that has no trail yet: EventBridge gets CloudTrail's events only where a trail logs
// (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html).
// CloudTrail charges for every event of a second trail.
type Trail struct {
	constructs.Construct
	trail  awscloudtrail.CfnTrail
	bucket awss3.Bucket
}

// NewTrail makes the trail and its bucket. The bucket stays when the stack is deleted.
func NewTrail(scope constructs.Construct, id *string, props *TrailProps) *Trail {
	c := &Trail{}
	constructs.NewConstruct_Override(c, scope, id)
	props = cmp.Or(props, &TrailProps{})
	retention := cmp.Or(props.LogRetention, awscdk.Duration_Days(jsii.Number(365)))
	check(c, props.check(), checkDays("LogRetention", retention))

	c.bucket = awss3.NewBucket(c, jsii.String("Logs"), &awss3.BucketProps{
		Encryption:        awss3.BucketEncryption_S3_MANAGED,
		BlockPublicAccess: awss3.BlockPublicAccess_BLOCK_ALL(),
		ObjectOwnership:   awss3.ObjectOwnership_BUCKET_OWNER_ENFORCED,
		EnforceSSL:        jsii.Bool(true),
		Versioned:         jsii.Bool(true),
		RemovalPolicy:     awscdk.RemovalPolicy_RETAIN,
		LifecycleRules: &[]*awss3.LifecycleRule{{
			Expiration:                          retention,
			NoncurrentVersionExpiration:         awscdk.Duration_Days(jsii.Number(30)),
			AbortIncompleteMultipartUploadAfter: awscdk.Duration_Days(jsii.Number(7)),
		}},
	})
	policy := c.allowCloudTrail(props)
	c.trail = awscloudtrail.NewCfnTrail(c, jsii.String("Trail"), &awscloudtrail.CfnTrailProps{
		TrailName:                  jsii.String(TrailName),
		S3BucketName:               c.bucket.BucketName(),
		KmsKeyId:                   keyARN(props.EncryptionKey),
		IsLogging:                  jsii.Bool(true),
		IsMultiRegionTrail:         jsii.Bool(true),
		IncludeGlobalServiceEvents: jsii.Bool(true),
		EnableLogFileValidation:    jsii.Bool(true),
		IsOrganizationTrail:        jsii.Bool(props.Organization != nil),
		// The default of CloudTrail, explicit because Trailbus depends on it: EventBridge gets only
		// what the trail records
		// (https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-aws-service-specific-topics.html).
		EventSelectors: []any{&awscloudtrail.CfnTrail_EventSelectorProperty{
			IncludeManagementEvents: jsii.Bool(true),
			ReadWriteType:           jsii.String("All"),
		}},
	})
	c.trail.Node().AddDependency(policy) // CloudTrail checks it when the trail is made
	return c
}

// allowCloudTrail lets CloudTrail write for this trail only, with the statements that AWS documents
// (https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html),
// for an organization
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-create-and-update-an-organizational-trail-by-using-the-aws-cli.html.
func (c *Trail) allowCloudTrail(props *TrailProps) constructs.IDependable {
	owner := cmp.Or(props.ManagementAccount, awscdk.Stack_Of(c).Account())
	trail := awscdk.Stack_Of(c).FormatArn(&awscdk.ArnComponents{
		Service: jsii.String("cloudtrail"), Account: owner, Resource: jsii.String("trail"),
		ResourceName: jsii.String(TrailName),
	})
	ofTrail := map[string]any{"aws:SourceArn": trail}
	allow := func(sid, action string, resource *string, conditions map[string]any) constructs.IDependable {
		return c.bucket.AddToResourcePolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
			Sid:        jsii.String(sid),
			Principals: &[]awsiam.IPrincipal{awsiam.NewServicePrincipal(jsii.String("cloudtrail.amazonaws.com"), nil)},
			Actions:    jsii.Strings(action),
			Resources:  &[]*string{resource},
			Conditions: &map[string]any{"StringEquals": conditions},
		})).PolicyDependable
	}
	written := map[string]any{"aws:SourceArn": trail, "s3:x-amz-acl": "bucket-owner-full-control"}
	policy := allow("CloudTrailLooksAtTheBucket", "s3:GetBucketAcl", c.bucket.BucketArn(), ofTrail)
	allow("CloudTrailWrites", "s3:PutObject", c.bucket.ArnForObjects(jsii.String("AWSLogs/"+*owner+"/*")), written)
	if props.Organization != nil {
		allow("CloudTrailWritesForTheOrganization", "s3:PutObject",
			c.bucket.ArnForObjects(jsii.String("AWSLogs/"+*props.Organization+"/*")), written)
	}
	return policy
}

func keyARN(key awskms.IKey) *string {
	if key == nil {
		return nil
	}
	return key.KeyArn()
}

// Trail is the trail.
func (c *Trail) Trail() awscloudtrail.CfnTrail { return c.trail }

// Bucket holds the log files. It stays when the stack is deleted.
func (c *Trail) Bucket() awss3.Bucket { return c.bucket }
