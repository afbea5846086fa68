package stacks

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscodepipeline"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// artifactDays is for how many days an artifact can be deployed again. An approval waits for 7 days
// at most.
const artifactDays = 30

// newArtifactBucket makes the bucket for the artifacts of the pipeline and the cache of the builds.
// It is not versioned: an artifact is never overwritten, and its version would only stay longer.
// The bucket stays when the stack is deleted, because CloudFormation deletes no bucket with
// objects; its key is deleted, so that the objects become unreadable.
func newArtifactBucket(scope constructs.Construct) awss3.Bucket {
	key := awskms.NewKey(scope, jsii.String("ArtifactKey"), &awskms.KeyProps{
		Description:       jsii.String("Trailbus: the artifacts of the pipeline"),
		EnableKeyRotation: jsii.Bool(true),
		RemovalPolicy:     awscdk.RemovalPolicy_DESTROY, // after the 30 days that KMS waits
	})
	return awss3.NewBucket(scope, jsii.String("Artifacts"), &awss3.BucketProps{
		Encryption:        awss3.BucketEncryption_KMS,
		EncryptionKey:     key,
		BucketKeyEnabled:  jsii.Bool(true),
		BlockPublicAccess: awss3.BlockPublicAccess_BLOCK_ALL(),
		EnforceSSL:        jsii.Bool(true),
		LifecycleRules: &[]*awss3.LifecycleRule{{
			Expiration:                          awscdk.Duration_Days(jsii.Number(artifactDays)),
			AbortIncompleteMultipartUploadAfter: awscdk.Duration_Days(jsii.Number(1)),
		}},
		RemovalPolicy: awscdk.RemovalPolicy_RETAIN,
	})
}

// expireReplicas sets the same expiry for the buckets that the CDK makes in other Regions. The CDK
// encrypts them and blocks public access.
func expireReplicas(pipeline awscodepipeline.Pipeline) {
	for _, support := range *pipeline.CrossRegionSupport() {
		bucket := support.ReplicationBucket.Node().DefaultChild().(awss3.CfnBucket)
		bucket.SetLifecycleConfiguration(&awss3.CfnBucket_LifecycleConfigurationProperty{
			Rules: &[]*awss3.CfnBucket_RuleProperty{{
				Status:           jsii.String("Enabled"),
				ExpirationInDays: jsii.Number(artifactDays),
				AbortIncompleteMultipartUpload: &awss3.CfnBucket_AbortIncompleteMultipartUploadProperty{
					DaysAfterInitiation: jsii.Number(1),
				},
			}},
		})
	}
}
