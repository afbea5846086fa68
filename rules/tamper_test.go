package rules

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/trailbus/trailbus/rules/operations"
)

// blinding is a call that would blind Trailbus, the rule that tells of it, and its request
// parameters where it is about Trailbus' own and where it is about another's. What stands behind a
// | is the response instead.
type blinding struct{ call, rule, own, foreign string }

// arn is one of the central account and Region.
func arn(service, resource string) string {
	return "arn:aws:" + service + ":eu-central-1:111111111111:" + resource
}

var blindingCalls = func() []blinding {
	var all []blinding
	// each adds calls of a service with the same parameters. %s is the resource.
	each := func(rule, service, calls, parameters, own, foreign string) {
		for call := range strings.FieldsSeq(calls) {
			all = append(all, blinding{service + ":" + call, rule, strings.ReplaceAll(parameters, "%s", own), strings.ReplaceAll(parameters, "%s", foreign)})
		}
	}
	const (
		forwarderRule = "TrailbusForwarder-RegionalForwarderForward0E1F2A3B-A1B2C3D4"
		instanceRule  = "StackSet-TrailbusForwarders-2f6e1c84-Heartbeat-A1B2C3D4"
		queue         = "https://sqs.eu-central-1.amazonaws.com/111111111111/"
	)
	for _, name := range []string{forwarderRule, instanceRule, "TrailbusCentral-SlackNotifierLook-A1B2"} {
		each("trailbus-forwarding-cut", "events", "DeleteRule DisableRule PutRule", `{"name":"%s"}`, name, "nightly")
		each("trailbus-forwarding-cut", "events", "PutTargets RemoveTargets", `{"rule":"%s"}`, name, "nightly")
	}
	each("trailbus-bus-changed", "events", "DeleteEventBus UpdateEventBus", `{"name":"%s"}`, "trailbus", "orders")
	each("trailbus-bus-changed", "events", "PutPermission RemovePermission", `{"eventBusName":"%s","statementId":"x"}`, "trailbus", "orders")
	each("trailbus-bus-changed", "events", "PutRule", `{"name":"spy","eventBusName":"%s"}`, arn("events", "event-bus/trailbus"), arn("events", "event-bus/orders"))
	each("trailbus-archive-changed", "events", "DeleteArchive UpdateArchive", `{"archiveName":"%s"}`, "TrailbusCentral-CentralTrailBusArchive-1Z2Y3X", "orders")
	for _, name := range []string{"TrailbusCentral-SlackNotifierQueue33F9A744-x", "TrailbusForwarder-RegionalForwarderDeadLetterQueue-x", "StackSet-TrailbusForwarders-2f6e-DLQ-x"} {
		each("trailbus-queue-changed", "sqs", "AddPermission DeleteQueue PurgeQueue RemovePermission SetQueueAttributes", `{"queueUrl":"%s"}`, queue+name, queue+"orders")
		each("trailbus-queue-changed", "sqs", "StartMessageMoveTask", `{"sourceArn":"%s"}`, arn("sqs", name), arn("sqs", "orders"))
	}
	const function = "TrailbusCentral-SlackNotifierFunction3F4A5B6C-k1L2m3"
	for _, own := range []string{function, arn("lambda", "function:"+function)} {
		each("trailbus-notifier-changed", "lambda", "AddPermission DeleteFunction PutFunctionConcurrency PutRuntimeManagementConfig UpdateFunctionCode UpdateFunctionConfiguration",
			`{"functionName":"%s"}`, own, "checkout")
	}
	each("trailbus-notifier-changed", "lambda", "CreateEventSourceMapping", `{"functionName":"thief","eventSourceArn":"%s"}`, arn("sqs", "TrailbusCentral-SlackNotifierQueue33F9A744-x"), arn("sqs", "orders"))
	each("trailbus-notifier-changed", "lambda", "DeleteEventSourceMapping UpdateEventSourceMapping", `{"uUID":"91a2b3c4"}|{"functionArn":"%s"}`, arn("lambda", "function:"+function), arn("lambda", "function:checkout"))
	for _, name := range []string{"TrailbusCentral-SlackNotifierRole-x", "TrailbusForwarder-RegionalForwarderRole-x", "StackSet-TrailbusForwarders-2f6e-Role-x", "TrailbusForwarder-Inspection"} {
		each("trailbus-role-changed", "iam", "AttachRolePolicy DeleteRole DeleteRolePermissionsBoundary DeleteRolePolicy DetachRolePolicy PutRolePermissionsBoundary PutRolePolicy UpdateAssumeRolePolicy",
			`{"roleName":"%s"}`, name, "deploy")
	}
	const logs = "TrailbusCentral-SlackNotifierLogsCD42A147-x"
	each("trailbus-log-group-changed", "logs", "AssociateKmsKey DeleteLogGroup DeleteLogStream PutRetentionPolicy", `{"logGroupName":"%s"}`, logs, "/aws/lambda/checkout")
	each("trailbus-log-group-changed", "logs", "PutDataProtectionPolicy PutTransformer", `{"logGroupIdentifier":"%s"}`, arn("logs", "log-group:"+logs), arn("logs", "log-group:checkout"))
	each("trailbus-state-changed", "dynamodb", "DeleteTable UpdateContinuousBackups UpdateTable UpdateTimeToLive", `{"tableName":"%s"}`, "TrailbusCentral-SlackNotifierTable1D0B819F-x", "orders")
	each("trailbus-state-changed", "dynamodb", "PutResourcePolicy", `{"resourceArn":"%s"}`, arn("dynamodb", "table/TrailbusCentral-SlackNotifierTable1D0B819F-x"), arn("dynamodb", "table/orders"))
	const alarm = "TrailbusCentral-NotifierAlarmsErrors-x"
	each("trailbus-alarm-changed", "monitoring", "DeleteAlarms DisableAlarmActions", `{"alarmNames":["other","%s"]}`, alarm, "root-usage")
	each("trailbus-alarm-changed", "monitoring", "PutMetricAlarm SetAlarmState", `{"alarmName":"%s"}`, alarm, "root-usage")
	each("trailbus-alarm-changed", "monitoring", "PutAlarmMuteRule", `{"name":"night","muteTargets":{"alarmNames":["%s"]}}`, alarm, "root-usage")
	each("trailbus-alarm-changed", "monitoring", "DeleteDashboards", `{"dashboardNames":["%s"]}`, "TrailbusCentral-eu-central-1", "shop")
	each("trailbus-alarm-changed", "monitoring", "PutDashboard", `{"dashboardName":"%s"}`, "TrailbusCentral-eu-central-1", "shop")
	topic := arn("sns", "TrailbusCentral-NotifierAlarmsTopic543AB5A0-x")
	each("trailbus-alarm-changed", "sns", "AddPermission DeleteTopic RemovePermission SetTopicAttributes", `{"topicArn":"%s"}`, topic, arn("sns", "orders"))
	each("trailbus-alarm-changed", "sns", "PutDataProtectionPolicy", `{"resourceArn":"%s"}`, topic, arn("sns", "orders"))
	each("trailbus-alarm-changed", "sns", "SetSubscriptionAttributes Unsubscribe", `{"subscriptionArn":"%s:5b8e2f10"}`, topic, arn("sns", "orders"))
	for _, own := range []string{"trailbus/slack", arn("secretsmanager", "secret:trailbus/slack-a1B2c3")} {
		each("trailbus-secret-changed", "secretsmanager", "DeleteResourcePolicy DeleteSecret PutResourcePolicy PutSecretValue RotateSecret UpdateSecret UpdateSecretVersionStage",
			`{"secretId":"%s"}`, own, "shop/stripe")
	}
	const pipeline = "TrailbusPipeline-Pipeline9850B417-x"
	each("trailbus-pipeline-changed", "codepipeline", "DeletePipeline", `{"name":"%s"}`, pipeline, "shop")
	each("trailbus-pipeline-changed", "codepipeline", "DisableStageTransition StopPipelineExecution", `{"pipelineName":"%s"}`, pipeline, "shop")
	each("trailbus-pipeline-changed", "codepipeline", "UpdatePipeline", `{"pipeline":{"name":"%s"}}`, pipeline, "shop")
	for _, name := range []string{"TrailbusCentral", "TrailbusForwarder", "TrailbusForwarderStackSet", "TrailbusTrail", "TrailbusPipeline", "StackSet-TrailbusForwarders-2f6e1c84"} {
		for _, own := range []string{name, arn("cloudformation", "stack/"+name+"/5b8e2f10")} {
			each("trailbus-stack-deleted", "cloudformation", "DeleteStack", `{"stackName":"%s"}`, own, "shop")
			each("trailbus-stack-changed", "cloudformation", "CancelUpdateStack ContinueUpdateRollback CreateStack ExecuteChangeSet RollbackStack SetStackPolicy UpdateStack UpdateTerminationProtection",
				`{"stackName":"%s"}`, own, arn("cloudformation", "stack/shop/5b8e2f10"))
		}
	}
	each("trailbus-stack-deleted", "cloudformation", "DeleteStackInstances DeleteStackSet", `{"stackSetName":"%s"}`, "TrailbusForwarders", "baseline")
	each("trailbus-stack-changed", "cloudformation", "CreateStackInstances ImportStacksToStackSet StopStackSetOperation UpdateStackInstances UpdateStackSet",
		`{"stackSetName":"%s"}`, "TrailbusForwarders", "baseline")
	return all
}()

// harmless are the other operations of the same services that change something, with the reason why
// they do not blind Trailbus.
var harmless = []struct{ calls, why string }{
	{`:(Describe|Get|List|BatchGet|BatchDescribe|Search|Query|Scan|Test|Validate|Estimate|Lookup|Detect|Filter|Generate|Check|Poll|StartQuery|StopQuery|StartLiveTail|Tag|Untag|AddTags|RemoveTags|TransactGet)`, "reads, or tags"},
	{`:Create`, "makes something new beside Trailbus; what can be in its way is listed above"},
	{`:(Register|Deregister|Publish|Activate|Deactivate|Enable|Restore|Import|Upload|Start(OTel|Metric|Import|Logging|EventData|Resource|Dashboard))`, "adds, or turns on; those of an account or an organization are matched by other packs"},
	{`^events:(CancelReplay|StartReplay)$`, "a replay tells more, or no more than was told"},
	{`^events:\w*(ApiDestination|Connection|Endpoint|Partner)`, "Trailbus has none"},
	{`^events:PutEvents$`, "a data event; nobody can put what Trailbus takes"},
	{`^sqs:(ChangeMessage|DeleteMessage|ReceiveMessage|SendMessage)`, "data events, which no trail has unless somebody pays for them; trailbus scp denies them"},
	{`^sqs:CancelMessageMoveTask$`, "dead letters stay where they are"},
	{`^dynamodb:(BatchExecute|BatchWrite|DeleteItem|Execute|PutItem|TransactWrite|UpdateItem)`, "data events; trailbus scp denies them"},
	{`^dynamodb:(DeleteBackup|DeleteResourcePolicy|DisableKinesis|ExportTable|UpdateContributorInsights|UpdateGlobalTable|UpdateKinesis|UpdateTableReplica)`, "the table has none of it, and nothing in it changes"},
	{`^logs:(Put|Delete|Update|Cancel|Associate|Disassociate|Stop)\w*(AccountPolicy|Anomaly|Bearer|Delivery|Destination|ExportTask|ImportTask|IndexPolicy|Integration|LookupTable|MetricFilter|QueryDefinition|ResourcePolicy|ScheduledQuery|SubscriptionFilter|Source\w*Table|DeletionProtection)`, "copies, counts or looks at the log, and takes nothing from it"},
	{`^logs:(DeleteDataProtectionPolicy|DeleteRetentionPolicy|DeleteTransformer|DisassociateKmsKey|PutLogEvents)$`, "the log keeps more than before, or gets more lines"},
	{`^monitoring:\w*(AnomalyDetector|InsightRule|MetricStream|OTel|MetricData)`, "no alarm of Trailbus uses it; metrics can be made up by whoever may put them, and no trail says so"},
	{`^monitoring:(DeleteAlarmMuteRule|PutCompositeAlarm)$`, "an alarm of another kind and name, or a mute less"},
	{`^sns:\w*(Endpoint|PlatformApplication|PhoneNumber|SMS)`, "Trailbus sends no text messages"},
	{`^sns:(ConfirmSubscription|Publish|PublishBatch|Subscribe)$`, "somebody more is told, or something more"},
	{`^secretsmanager:(Rotation|SecretVersion|\w+SecretVersionDelete)`, "what the service reports of what it was asked for"},
	{`^secretsmanager:(CancelRotateSecret|RemoveRegions|ReplicateSecret|StopReplication)`, "the notifier reads the secret of its own Region"},
	{`^codepipeline:(Acknowledge|DeleteCustomAction|DeleteWebhook|OverrideStage|PutAction|PutApproval|PutJob|PutThirdParty|PutWebhook|RetryStage|RollbackStage|StartPipeline|UpdateActionType)`, "runs what is reviewed, or again; what it deploys is matched by trailbus-deployed"},
	{`^cloudformation:(DeleteChangeSet|DeleteGeneratedTemplate|ExecuteStackRefactor|RecordHandler|SetType|SignalResource|UpdateGenerated)`, "no stack has other resources by it"},
	{`^cloudtrail:(DeleteChannel|DeleteDashboard|DeleteEventDataStore|DeleteResourcePolicy|DisableFederation|CancelQuery|PutEventConfiguration|PutInsightSelectors|PutResourcePolicy|StopEventDataStore|StopImport|UpdateChannel|UpdateDashboard|UpdateEventDataStore)`, "CloudTrail Lake and Insights: EventBridge has its events from trails"},
	{`^lambda:\w*(Alias|CapacityProvider|CodeSigning|EventInvoke|FunctionUrl|LayerVersion|ProvisionedConcurrency|Durable|RecursionConfig|ScalingConfig)`, "Lambda calls the function from its queue, without an alias, a layer or a URL; what others may call, AddPermission says"},
	{`^lambda:(DeleteFunctionConcurrency|Invoke\w*|PublishVersion|RemovePermission)$`, "the function has no such limit and no permission to lose; what AWS cannot have sent it refuses"},
	{`^iam:(AddRoleToInstanceProfile|DeleteServiceLinkedRole|RemoveRoleFromInstanceProfile|UpdateRole|UpdateRoleDescription)$`, "none is a role of Trailbus, or it works as before"},
}

// trailCalls match whatever the trail: each may be the one that events come from.
var trailCalls = []blinding{
	{"cloudtrail:StopLogging", "cloudtrail-stopped", `{"name":"any"}`, ""},
	{"cloudtrail:DeleteTrail", "cloudtrail-stopped", `{"name":"any"}`, ""},
	{"cloudtrail:UpdateTrail", "cloudtrail-narrowed", `{"name":"any","isMultiRegionTrail":false}`, `{"name":"any","s3BucketName":"b"}`},
	{"cloudtrail:PutEventSelectors", "cloudtrail-without-management-events", `{"trailName":"any","eventSelectors":[{"includeManagementEvents":false}]}`, `{"trailName":"any","eventSelectors":[{"includeManagementEvents":true,"readWriteType":"All"}]}`},
}

const (
	byHand   = `{"type":"IAMUser","userName":"eve"}`
	byCDK    = `{"type":"AssumedRole","invokedBy":"cloudformation.amazonaws.com","sessionContext":{"sessionIssuer":{"userName":"cdk-hnb659fds-cfn-exec-role-111111111111-eu-central-1"}}}`
	bySet    = `{"type":"AssumedRole","invokedBy":"cloudformation.amazonaws.com","sessionContext":{"sessionIssuer":{"userName":"stacksets-exec-0a1b2c3d"}}}`
	byOthers = `{"type":"AssumedRole","invokedBy":"cloudformation.amazonaws.com","sessionContext":{"sessionIssuer":{"userName":"Operator"}}}`
	// byPretender calls without CloudFormation, under the name of a role that deploys.
	byPretender = `{"type":"AssumedRole","sessionContext":{"sessionIssuer":{"userName":"cdk-hnb659fds-cfn-exec-role-111111111111-eu-central-1"}}}`
)

// matched returns the ids of the rules of a set that an event matches.
func (b blinding) matched(t *testing.T, set *Set, who, parameters, failure string) []string {
	t.Helper()
	service, name, _ := strings.Cut(b.call, ":")
	if service == "lambda" {
		name += "20150331v2"
	}
	request, response, _ := strings.Cut(parameters, "|")
	if response != "" {
		response = `,"responseElements":` + response
	}
	if failure != "" {
		failure = fmt.Sprintf(`,"errorCode":%q`, failure)
	}
	event := fmt.Sprintf(`{"source":"aws.%s","detail-type":"AWS API Call via CloudTrail","account":"111111111111","detail":{"eventSource":"%[1]s.amazonaws.com","eventName":%q,`+
		`"userIdentity":%s,"requestParameters":%s%s%s,"readOnly":false,"managementEvent":true,"eventType":"AwsApiCall"}}`, service, name, who, request, response, failure)
	if !json.Valid([]byte(event)) {
		t.Fatalf("%s", event)
	}
	matched, err := set.Match([]byte(event))
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, rule := range matched {
		ids = append(ids, rule.ID)
	}
	return ids
}

func TestEachCallThatWouldBlindTrailbusIsAlerted(t *testing.T) {
	set := packSet(t, "tamper")
	severity := map[string]Severity{}
	for _, rule := range set.Rules() {
		severity[rule.ID] = rule.Severity
	}
	// critical are those of ids with severity critical.
	critical := func(ids []string) []string {
		return slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return severity[id] != Critical })
	}
	for _, b := range blindingCalls {
		where := b.call + " " + b.own
		for name, who := range map[string]string{"by hand": byHand, "by CloudFormation for others": byOthers, "by a pretender": byPretender} {
			if got := critical(b.matched(t, set, who, b.own, "")); !slices.Contains(got, b.rule) {
				t.Errorf("%s, %s: matched by %q, want %s", where, name, got, b.rule)
			}
			if got := b.matched(t, set, who, b.foreign, ""); len(got) > 0 {
				t.Errorf("%s %s, %s, is another's and matched by %q", b.call, b.foreign, name, got)
			}
		}
		for name, who := range map[string]string{"the CDK": byCDK, "a stack set": bySet} {
			got := b.matched(t, set, who, b.own, "")
			if len(critical(got)) > 0 || len(got) == 0 || !strings.HasSuffix(got[0], "changed-by-deployment") {
				t.Errorf("%s, deployed by %s: matched by %q, want a rule of low severity", where, name, got)
			}
			if got := b.matched(t, set, who, b.foreign, ""); len(got) > 0 {
				t.Errorf("%s %s, deployed by %s, is another's and matched by %q", b.call, b.foreign, name, got)
			}
		}
		if strings.Contains(b.own, "|") { // a call that failed has no response, by which alone it is known
			continue
		}
		if got := critical(b.matched(t, set, byHand, b.own, "AccessDeniedException")); !slices.Contains(got, b.rule) {
			t.Errorf("%s, denied: matched by %q, want %s", where, got, b.rule)
		}
		if got := b.matched(t, set, byHand, b.own, "ValidationException"); len(got) > 0 {
			t.Errorf("%s, which came to nothing, is matched by %q", where, got)
		}
	}
	for _, b := range trailCalls {
		if got := critical(b.matched(t, set, byHand, b.own, "")); !slices.Contains(got, b.rule) {
			t.Errorf("%s %s: matched by %q, want %s", b.call, b.own, got, b.rule)
		}
		if b.foreign != "" {
			if got := b.matched(t, set, byHand, b.foreign, ""); len(got) > 0 {
				t.Errorf("%s %s takes nothing away and is matched by %q", b.call, b.foreign, got)
			}
		}
	}
}

// An operation of these services either is in the table, or stands among the harmless with a
// reason; a rule has no call that is not in the table. An update of the list of operations asks
// about what AWS has added.
func TestNoCallIsLeftOutWithoutAReason(t *testing.T) {
	listed := map[string]bool{}
	rulesOf := map[string]map[string]bool{}
	for _, b := range slices.Concat(blindingCalls, trailCalls) {
		listed[b.call] = true
		if rulesOf[b.rule] == nil {
			rulesOf[b.rule] = map[string]bool{}
		}
		rulesOf[b.rule][b.call] = true
	}
	for _, rule := range packSet(t, "tamper").Rules() {
		if rule.Severity != Critical || len(rule.Calls) == 0 {
			continue
		}
		if got, want := slices.Sorted(maps.Keys(rulesOf[rule.ID])), slices.Sorted(slices.Values(rule.Calls)); !slices.Equal(got, want) {
			t.Errorf("%s: the table has %q, the rule %q", rule.ID, got, want)
		}
		delete(rulesOf, rule.ID)
	}
	for id := range rulesOf {
		if !slices.Contains([]string{"cloudtrail-narrowed"}, id) { // it has a pattern instead of calls
			t.Errorf("the table has calls for %s, which is no such rule of the pack", id)
		}
	}
	used, looked := map[string]bool{}, 0
	for _, service := range []string{"events", "sqs", "lambda", "iam", "logs", "dynamodb", "monitoring", "sns", "secretsmanager", "cloudformation", "codepipeline", "cloudtrail"} {
		for _, operation := range operations.Of(service) {
			call := service + ":" + operation
			if listed[call] || service == "iam" && !strings.Contains(operation, "Role") {
				continue
			}
			looked++
			found := false
			for _, h := range harmless {
				if regexp.MustCompile(h.calls).MatchString(call) {
					found, used[h.calls] = true, true
					break
				}
			}
			if !found {
				t.Errorf("%s is neither told nor harmless", call)
			}
		}
	}
	for _, h := range harmless {
		if !used[h.calls] {
			t.Errorf("nothing is harmless by %s", h.calls)
		}
	}
	if looked < 300 {
		t.Errorf("%d operations were looked at", looked)
	}
}

func TestNamesOfOnesOwnAreWatched(t *testing.T) {
	tamper := packSet(t, "tamper").Rules()
	const key = "5b8e2f10-c3d4-41f0-9a8b-0a1b2c3d4e5f"
	renamed, err := Names{CentralStack: "Audit", ForwarderStack: "Audit-Forwarder", Secret: "audit/chat", Keys: []string{key}}.Apply(tamper)
	if err != nil {
		t.Fatal(err)
	}
	own, err := NewSet(renamed...)
	if err != nil {
		t.Fatal(err)
	}
	names := strings.NewReplacer("TrailbusCentral", "Audit", "TrailbusForwarder-", "Audit-Forwarder-", "trailbus/slack", "audit/chat")
	changed := 0
	for _, b := range blindingCalls {
		parameters := names.Replace(b.own)
		if parameters == b.own {
			continue
		}
		changed++
		if got := b.matched(t, own, byHand, parameters, ""); !slices.Contains(got, b.rule) {
			t.Errorf("%s %s: matched by %q, want %s", b.call, parameters, got, b.rule)
		}
		if got := b.matched(t, own, byHand, b.own, ""); len(got) > 0 {
			t.Errorf("%s %s is another's now and matched by %q", b.call, b.own, got)
		}
	}
	if changed < 50 {
		t.Errorf("%d calls are about something with such a name", changed)
	}
	for _, call := range []string{"kms:DeleteImportedKeyMaterial", "kms:DisableKey", "kms:PutKeyPolicy", "kms:ScheduleKeyDeletion"} {
		b := blinding{call: call}
		for _, id := range []string{key, arn("kms", "key/"+key)} {
			if got := b.matched(t, own, byHand, `{"keyId":"`+id+`"}`, ""); !slices.Equal(got, []string{"trailbus-key-changed"}) {
				t.Errorf("%s %s is matched by %q", call, id, got)
			}
		}
		if got := b.matched(t, own, byHand, `{"keyId":"00000000-c3d4-41f0-9a8b-0a1b2c3d4e5f"}`, ""); len(got) > 0 {
			t.Errorf("%s of another key is matched by %q", call, got)
		}
	}
	same, err := Names{}.Apply(tamper)
	if err != nil || len(same) != len(tamper) {
		t.Fatal(err, len(same))
	}
	for i := range same {
		if string(same[i].Pattern) != string(tamper[i].Pattern) && !jsonEqual(t, same[i].Pattern, tamper[i].Pattern) {
			t.Errorf("%s changed without a name", same[i].ID)
		}
	}
	for _, wrong := range []Names{{CentralStack: "a_b"}, {ForwarderStack: "*"}, {Secret: "a b"}, {Keys: []string{"alias/x"}}} {
		if _, err := wrong.Apply(tamper); err == nil || !strings.Contains(err.Error(), ", allowed: ") {
			t.Errorf("%+v: %v", wrong, err)
		}
	}
}

func jsonEqual(t *testing.T, a, b json.RawMessage) bool {
	t.Helper()
	x, err := decode(a)
	if err != nil {
		t.Fatal(err)
	}
	y, err := decode(b)
	if err != nil {
		t.Fatal(err)
	}
	return string(encode(x)) == string(encode(y))
}
