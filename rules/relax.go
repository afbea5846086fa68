package rules

import (
	"slices"
	"strings"
)

// highVolume has, by eventSource, prefixes of the names of calls that are made far more often than
// rules want. Forwarding patterns keep the conditions on these. Without the conditions on other
// calls a few more events are forwarded, which costs less than longer patterns.
var highVolume = map[string][]string{}

func init() {
	for line := range strings.Lines(`
		autoscaling CompleteLifecycleAction RecordLifecycleActionHeartbeat SetDesiredCapacity
		bedrock Converse Invoke Retrieve
		cloudshell CreateSession PutCredentials SendHeartBeat
		cloudtrail PutAuditEvents
		config PutEvaluations
		dynamodb DeleteItem PutItem TransactWriteItems UpdateItem
		ec2 AllocateAddress Assign AssociateAddress AttachNetworkInterface AttachVolume CancelSpot CreateFleet CreateLaunchTemplate CreateNetworkInterface CreateSnapshot CreateTags CreateVolume DeleteLaunchTemplate DeleteNetworkInterface DeleteSnapshot DeleteTags DeleteVolume DetachNetworkInterface DetachVolume DisassociateAddress ModifyNetworkInterface ModifyVolume MonitorInstances ReleaseAddress RequestSpot RunInstances SharedSnapshot StartInstances StopInstances TerminateInstances Unassign UnmonitorInstances
		ecr BatchGetImage CompleteLayerUpload GetAuthorizationToken InitiateLayerUpload PutImage UploadLayerPart
		ecs RunTask SubmitContainerStateChange SubmitTaskStateChange
		eks UpdateNodegroupConfig
		elasticloadbalancing DeregisterTargets RegisterTargets
		glue StartJobRun
		kinesis PutRecord PutRecords
		kms CreateGrant Decrypt Encrypt GenerateDataKey RetireGrant
		lambda Invoke UpdateFunctionCode
		logs CreateLogGroup CreateLogStream PutLogEvents
		monitoring PutMetricAlarm PutMetricData
		s3 DeleteObject GetObject PutObject
		secretsmanager GetSecretValue PutSecretValue
		securityhub BatchImportFindings BatchUpdateFindings
		sns Publish
		sqs DeleteMessage SendMessage
		ssm GetParameter GetParameters GetParametersByPath PutComplianceItems PutInventory UpdateInstanceInformation
		sso Authenticate CredentialChallenge CredentialVerification Federate Logout UserAuthentication
		sts AssumeRole AssumeRoleWithSAML AssumeRoleWithWebIdentity GetCallerIdentity`) {
		if fields := strings.Fields(line); len(fields) > 0 {
			highVolume[fields[0]+".amazonaws.com"] = fields[1:]
		}
	}
}

// lowVolume are the services whose write calls, but for those in highVolume, are administration:
// seldom made, and mostly wanted by a rule. All of these calls may be forwarded: their names are
// two thirds of the characters that the catalogue needs, and a new rule for one of them then
// changes nothing on a default bus. EventBridge does not deliver the services' read-only calls to a
// rule in the plain state.
var lowVolume = strings.Fields(`access-analyzer account bedrock cloudtrail config detective ec2 guardduty iam identitystore inspector2 macie2
	network-firewall organizations ram route53domains route53resolver savingsplans securityhub servicequotas sso sso-directory waf-regional wafv2`)

// relaxConditions drops the conditions of a branch if they have more than length characters and
// none of its names is a call of high volume.
func (b branch) relaxConditions(length int) branch {
	if b.source == "" || b.names == nil || len(encode(b.conditions)) <= length {
		return b
	}
	for _, name := range b.names {
		prefix, isPrefix := prefixOf(name)
		many := isPrefix && !strings.HasSuffix(prefix, versionPrefix) // such as all names that begin with Get
		if many || mayBeginWith(name, highVolume[b.source]) {
			return b
		}
	}
	b.conditions = map[string]any{}
	return b
}

// relaxNames replaces the names of a branch of a low-volume service by all names but those of high
// volume. A second branch keeps the names of high volume that the branch has.
func (b branch) relaxNames() []branch {
	if b.names == nil || !slices.Contains(lowVolume, strings.TrimSuffix(b.source, ".amazonaws.com")) {
		return []branch{b}
	}
	high := highVolume[b.source]
	exact := b
	exact.names = slices.DeleteFunc(slices.Clone(b.names), func(name any) bool { return !mayBeginWith(name, high) })
	b.names, b.conditions = anythingButPrefixes(high), map[string]any{}
	if len(exact.names) == 0 {
		return []branch{b}
	}
	return []branch{b, exact}
}

// mayBeginWith reports whether an item of a list of names may match a name that begins with one of
// the prefixes.
func mayBeginWith(name any, prefixes []string) bool {
	begin := literalPrefix(name)
	_, isName := name.(string)
	return slices.ContainsFunc(prefixes, func(prefix string) bool {
		return strings.HasPrefix(begin, prefix) || !isName && strings.HasPrefix(prefix, begin)
	})
}
