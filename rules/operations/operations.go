// Package operations lists the API operations that CloudTrail can record. With it a misspelt call
// in a rule is found before the rule is deployed and never matches.
package operations

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
)

// list has a line for each service: the first label of its eventSource, and its operations. generate.go makes it.
//
//go:embed operations.txt.gz
var list []byte

// notOperations are eventNames in CloudTrail that are not names of API operations: sign-ins,
// service events, and the names that S3 gives to some of its calls.
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
		panic(err) // cannot happen: embedded, and tested
	}
	text, err := io.ReadAll(unzipped)
	if err != nil {
		panic(err)
	}
	for line := range strings.Lines(string(text) + notOperations) {
		if fields := strings.Fields(line); len(fields) > 1 {
			known[fields[0]] = append(known[fields[0]], fields[1:]...)
		}
	}
	return known
})

// Services returns the known services, sorted: the first labels of CloudTrail's eventSources, such
// as iam.
func Services() []string { return slices.Sorted(maps.Keys(services())) }

// Of returns the known operations of a service, none for an unknown service.
func Of(service string) []string { return services()[service] }

// Known reports whether CloudTrail is known to record a call. AWS adds operations every week, so
// false means "probably not".
func Known(service, operation string) bool { return slices.Contains(services()[service], operation) }
