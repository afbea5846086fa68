package trailbus_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/jsii-runtime-go"

	trailbus "github.com/trailbus/trailbus/constructs"
)

func newTrail(stack awscdk.Stack, props *trailbus.TrailProps) *trailbus.Trail {
	return trailbus.NewTrail(stack, jsii.String("Trail"), props)
}

func TestATrailRecordsEveryRegionAndItsFilesCanBeValidated(t *testing.T) {
	stack := newStack(t)
	newTrail(stack, nil)
	tt := synth(t, stack)
	equal(t, "the trail", tt.only("AWS::CloudTrail::Trail"), `{"TrailName": "trailbus", "S3BucketName": {"Ref": "TrailLogs73276642"}, "IsLogging": true,
		"IsMultiRegionTrail": true, "IncludeGlobalServiceEvents": true, "EnableLogFileValidation": true, "IsOrganizationTrail": false,
		"EventSelectors": [{"IncludeManagementEvents": true, "ReadWriteType": "All"}]}`)
	for id, trail := range tt.resources("AWS::CloudTrail::Trail") {
		equal(t, "what "+id+" waits for", trail["DependsOn"], `["TrailLogsPolicyCAE63723"]`)
	}
	equal(t, "the bucket", tt.only("AWS::S3::Bucket"), `{
		"BucketEncryption": {"ServerSideEncryptionConfiguration": [{"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]},
		"PublicAccessBlockConfiguration": {"BlockPublicAcls": true, "BlockPublicPolicy": true, "IgnorePublicAcls": true, "RestrictPublicBuckets": true},
		"OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
		"VersioningConfiguration": {"Status": "Enabled"},
		"LifecycleConfiguration": {"Rules": [{"Status": "Enabled", "ExpirationInDays": 365, "NoncurrentVersionExpiration": {"NoncurrentDays": 30},
			"AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7}}]}}`)
	for id, bucket := range tt.resources("AWS::S3::Bucket") {
		if bucket["DeletionPolicy"] != "Retain" || bucket["UpdateReplacePolicy"] != "Retain" {
			t.Errorf("%s goes with the stack", id)
		}
	}
}

// The policies are those that AWS documents: CloudTrail may look at the bucket and write, for this
// trail alone.
func TestTheBucketOfATrailTakesFromItsTrailAlone(t *testing.T) {
	const (
		bucket = `{"Fn::GetAtt": ["TrailLogs73276642", "Arn"]}`
		always = `{"Effect": "Deny", "Action": "s3:*", "Principal": {"AWS": "*"}, "Condition": {"Bool": {"aws:SecureTransport": "false"}},
			"Resource": [` + bucket + `, {"Fn::Join": ["", [` + bucket + `, "/*"]]}]}`
	)
	look := func(account string) string {
		return `{"Sid": "CloudTrailLooksAtTheBucket", "Effect": "Allow", "Action": "s3:GetBucketAcl", "Principal": {"Service": "cloudtrail.amazonaws.com"},
			"Resource": ` + bucket + `, "Condition": {"StringEquals": {"aws:SourceArn": "arn:aws:cloudtrail:eu-central-1:` + account + `:trail/trailbus"}}}`
	}
	write := func(sid, account, folder string) string {
		return `{"Sid": "` + sid + `", "Effect": "Allow", "Action": "s3:PutObject", "Principal": {"Service": "cloudtrail.amazonaws.com"},
			"Resource": {"Fn::Join": ["", [` + bucket + `, "/AWSLogs/` + folder + `/*"]]}, "Condition": {"StringEquals": {
			"aws:SourceArn": "arn:aws:cloudtrail:eu-central-1:` + account + `:trail/trailbus", "s3:x-amz-acl": "bucket-owner-full-control"}}}`
	}
	for name, test := range map[string]struct {
		props        *trailbus.TrailProps
		organization bool
		want         []string
	}{
		"an account": {nil, false, []string{look("111111111111"), write("CloudTrailWrites", "111111111111", "111111111111")}},
		"the management account": {&trailbus.TrailProps{Organization: jsii.String("o-a1b2c3d4e5")}, true, []string{look("111111111111"),
			write("CloudTrailWrites", "111111111111", "111111111111"), write("CloudTrailWritesForTheOrganization", "111111111111", "o-a1b2c3d4e5")}},
		"a delegated administrator": {&trailbus.TrailProps{Organization: jsii.String("o-a1b2c3d4e5"), ManagementAccount: jsii.String("999999999999")}, true,
			[]string{look("999999999999"), write("CloudTrailWrites", "999999999999", "999999999999"), write("CloudTrailWritesForTheOrganization", "999999999999", "o-a1b2c3d4e5")}},
	} {
		stack := newStack(t)
		newTrail(stack, test.props)
		tt := synth(t, stack)
		if got := tt.only("AWS::CloudTrail::Trail")["IsOrganizationTrail"]; got != test.organization {
			t.Errorf("%s: a trail of an organization is %v", name, got)
		}
		want := "[" + strings.Join(slices.Concat([]string{always}, test.want), ",") + "]"
		equal(t, name, tt.only("AWS::S3::BucketPolicy")["PolicyDocument"].(map[string]any)["Statement"], want)
	}
}

func TestATrailTakesAKeyAndARetention(t *testing.T) {
	stack := newStack(t)
	props := &trailbus.TrailProps{EncryptionKey: awskms.NewKey(stack, jsii.String("Key"), nil)}
	trail := newTrail(stack, props)
	if props.LogRetention != nil {
		t.Error("the default was written into the caller's props")
	}
	if trail.Bucket() == nil || trail.Trail() == nil {
		t.Error("there is no trail or no bucket")
	}
	equal(t, "the key", synth(t, stack).only("AWS::CloudTrail::Trail")["KMSKeyId"], `{"Fn::GetAtt": ["Key961B73FD", "Arn"]}`)
	other := newStack(t)
	newTrail(other, &trailbus.TrailProps{LogRetention: awscdk.Duration_Days(jsii.Number(30))})
	if text := synth(t, other).text(); !strings.Contains(text, `"ExpirationInDays":30`) || strings.Contains(text, "KMSKeyId") {
		t.Errorf("the trail is %s", text)
	}
}

func TestInvalidTrailPropsAreRefused(t *testing.T) {
	stack := newStack(t)
	for id, test := range map[string]struct {
		props trailbus.TrailProps
		want  string
	}{
		"Organization": {trailbus.TrailProps{Organization: jsii.String("")}, `Organization: found "", allowed: an id such as o-a1b2c3d4e5`},
		"Account":      {trailbus.TrailProps{Organization: jsii.String("o-a1b2c3d4e5"), ManagementAccount: jsii.String("1")}, `ManagementAccount: found "1", allowed: 12 digits`},
		"Alone":        {trailbus.TrailProps{ManagementAccount: jsii.String("999999999999")}, "ManagementAccount: found \"999999999999\" and no Organization, allowed: both or neither"},
		"Both": {trailbus.TrailProps{ManagementAccount: jsii.String("1"), LogRetention: awscdk.Duration_Hours(jsii.Number(12))},
			`ManagementAccount: found "1", allowed: 12 digits; ManagementAccount: found "1" and no Organization, allowed: both or neither; LogRetention: found 12 hours, allowed: whole days, 1 at least`},
		"Hours": {trailbus.TrailProps{LogRetention: awscdk.Duration_Hours(jsii.Number(12))}, "LogRetention: found 12 hours, allowed: whole days, 1 at least"},
	} {
		got := panicMessage(t, func() { trailbus.NewTrail(stack, jsii.String(id), &test.props) })
		if got != "Stack/"+id+": "+test.want {
			t.Errorf("got %q, want %q", got, test.want)
		}
	}
}
