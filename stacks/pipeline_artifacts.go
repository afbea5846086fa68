package stacks

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscodepipeline"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// artifactDays is how long an artifact can be deployed again. An approval waits for 7 days at most.
const artifactDays = 30

// newArtifactBucket makes the bucket that the stages hand on their artifacts in, and the builds their cache. It is not versioned: an
// artifact is never written twice, and a version of it would only outlive it. It outlives the stack, because CloudFormation deletes no
// bucket that has something in it; its key goes, and with it all that can be read there.
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

// expireReplicas gives the buckets in other Regions, which the CDK makes for the stacks there, the same lifetime. They are encrypted
// and closed already.
func expireReplicas(pipeline awscodepipeline.Pipeline) {
	for _, support := range *pipeline.CrossRegionSupport() {
		support.ReplicationBucket.Node().DefaultChild().(awss3.CfnBucket).SetLifecycleConfiguration(&awss3.CfnBucket_LifecycleConfigurationProperty{
			Rules: &[]*awss3.CfnBucket_RuleProperty{{
				Status:                         jsii.String("Enabled"),
				ExpirationInDays:               jsii.Number(artifactDays),
				AbortIncompleteMultipartUpload: &awss3.CfnBucket_AbortIncompleteMultipartUploadProperty{DaysAfterInitiation: jsii.Number(1)},
			}},
		})
	}
}
