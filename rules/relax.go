package rules

import (
	"slices"
	"strings"
)

// highVolume are calls of which far more are made than any rule wants, as beginnings of their names, by eventSource. A rule's conditions on
// them are kept in forwarding patterns; elsewhere, forwarding a few events that no rule wants costs less than the characters of the conditions.
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
		if words := strings.Fields(line); len(words) > 0 {
			highVolume[words[0]+".amazonaws.com"] = words[1:]
		}
	}
}

// lowVolume are the services whose write calls are administration: seldom made, mostly watched, and without data events worth naming
// beside those in chatty. All of their write calls but the chatty ones may be forwarded: their names are two thirds of the
// characters that the catalogue needs, and a new rule about one of them then changes nothing on a default bus. EventBridge does not
// deliver their read-only calls to a rule in the plain state.
var lowVolume = strings.Fields(`access-analyzer account bedrock cloudtrail config detective ec2 guardduty iam identitystore inspector2 macie2
	network-firewall organizations ram route53domains route53resolver savingsplans securityhub servicequotas sso sso-directory waf-regional wafv2`)

// relaxConditions is the branch without its conditions where those are longer than a number of characters, and it asks for names of calls that
// are rarely made: what it wants and a little more, in far fewer characters.
func (b branch) relaxConditions(length int) branch {
	if b.source == "" || b.names == nil || len(encode(b.conditions)) <= length {
		return b
	}
	for _, name := range b.names {
		prefix, isPrefix := prefixOf(name)
		many := isPrefix && !strings.HasSuffix(prefix, versionPrefix) // such as all that begin with Get
		if many || mayBeginWith(name, highVolume[b.source]) {
			return b
		}
	}
	b.conditions = map[string]any{}
	return b
}

// relaxNames is the branch with all calls of a quiet service instead of some, but for the chatty ones: those that it asks for stay as
// they are.
func (b branch) relaxNames() []branch {
	if b.names == nil || !slices.Contains(lowVolume, strings.TrimSuffix(b.source, ".amazonaws.com")) {
		return []branch{b}
	}
	busy := highVolume[b.source]
	exact := b
	exact.names = slices.DeleteFunc(slices.Clone(b.names), func(name any) bool { return !mayBeginWith(name, busy) })
	b.names, b.conditions = anythingButPrefixes(busy), map[string]any{}
	if len(exact.names) == 0 {
		return []branch{b}
	}
	return []branch{b, exact}
}

// mayBeginWith says that the item of a list of names may match a name that begins with one of some prefixes.
func mayBeginWith(name any, prefixes []string) bool {
	begin := literalPrefix(name)
	_, isName := name.(string)
	return slices.ContainsFunc(prefixes, func(prefix string) bool {
		return strings.HasPrefix(begin, prefix) || !isName && strings.HasPrefix(prefix, begin)
	})
}
