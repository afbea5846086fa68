// Package operations knows the API operations that CloudTrail can record, so that a typing error in a rule is found before the rule
// is deployed and never fires.
package operations

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"io"
	"slices"
	"strings"
	"sync"
)

// list is a line for each service: the first label of its eventSource, and its operations. generate.go makes it.
//
//go:embed operations.txt.gz
var list []byte

// notOperations are eventNames that CloudTrail records and no API has under that name: sign-ins, what services report by themselves,
// and S3's own names for some of its calls.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/cloudtrail-logging-s3-info.html
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-aws-console-sign-in-events.html
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/non-api-aws-service-events.html
const notOperations = `
signin ConsoleLogin CheckMfa SwitchRole ExitRole RenewRole PasswordRecoveryRequested PasswordRecoveryCompleted GetSigninToken UserAuthentication CredentialChallenge CredentialVerification EmailUpdated PasswordUpdated
sso Authenticate Federate Logout UserAuthentication CredentialChallenge CredentialVerification AssignUser AssociateProfile
kms RotateKey DeleteKey SynchronizeMultiRegionKey
secretsmanager RotationStarted RotationSucceeded RotationFailed RotationAbandoned SecretVersionDeletion StartSecretVersionDelete CancelSecretVersionDelete EndSecretVersionDelete
organizations AccountJoinedOrganization AccountDepartedOrganization CreateAccountResult CloseAccountResult
autoscaling TerminateInstanceInAutoScalingGroup
ec2 SharedSnapshotVolumeCreated SharedSnapshotCopyInitiated BidEvictedEvent
s3 PutBucketLifecycle PutBucketPublicAccessBlock DeleteBucketPublicAccessBlock PutAccountPublicAccessBlock DeleteAccountPublicAccessBlock
cloudshell CreateEnvironment CreateSession PutCredentials StartEnvironment GetFileDownloadUrls GetFileUploadUrls
`

var services = sync.OnceValue(func() map[string][]string {
	known := map[string][]string{}
	unzipped, err := gzip.NewReader(bytes.NewReader(list))
	if err != nil {
		panic(err) // embedded: a test reads it
	}
	text, err := io.ReadAll(unzipped)
	if err != nil {
		panic(err)
	}
	for line := range strings.Lines(string(text) + notOperations) {
		if words := strings.Fields(line); len(words) > 1 {
			known[words[0]] = append(known[words[0]], words[1:]...)
		}
	}
	return known
})

// Services are the known services, sorted: the first labels of CloudTrail's eventSources, such as iam.
func Services() []string {
	var names []string
	for name := range services() {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Of are the known operations of a service, none when the service is not known.
func Of(service string) []string { return services()[service] }

// Known says whether CloudTrail is known to record such a call. AWS adds operations every week, so false means "probably not".
func Known(service, operation string) bool { return slices.Contains(services()[service], operation) }
