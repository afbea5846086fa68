package localaws_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/trailbus/trailbus/internal/local/localaws"
)

// everything is a template with each type that Trailbus's stacks use, in a first and in a changed
// version.
func (w world) everything(changed bool) string {
	pick := func(first, second any) any {
		if changed {
			return second
		}
		return first
	}
	statement := func(action string) object {
		return object{"Version": "2012-10-17", "Statement": []any{object{"Effect": "Allow", "Action": action, "Resource": "*"}}}
	}
	return template(object{
		"Bus":       resource("AWS::Events::EventBus", object{"Name": "central"}),
		"BusPolicy": busPolicy(object{"StringEquals": object{"aws:PrincipalOrgID": pick(orgID, "o-another000")}}),
		"Archive": resource("AWS::Events::Archive", object{
			"SourceArn": att("Bus", "Arn"), "RetentionDays": pick(7, 30), "EventPattern": object{"source": []any{object{"prefix": "aws."}}},
		}),
		"Dead": resource("AWS::SQS::Queue", object{"MessageRetentionPeriod": 1209600}),
		"Queue": resource("AWS::SQS::Queue", object{
			"VisibilityTimeout": pick(60, 90), "MessageRetentionPeriod": pick(345600, 600),
			"RedrivePolicy": object{"deadLetterTargetArn": att("Dead", "Arn"), "maxReceiveCount": pick(3, 5)},
		}, object{"DeletionPolicy": "Delete"}),
		"QueuePolicy": queuePolicy("Queue", pick(w.central, w.member).(string)),
		"Rule": resource("AWS::Events::Rule", object{
			"EventBusName": ref("Bus"), "State": pick("ENABLED", "DISABLED"), "Description": pick("one", "two"),
			"EventPattern": object{"source": []any{pick("aws.iam", "aws.sts")}},
			"Targets":      []any{object{"Id": pick("One", "Two"), "Arn": att("Queue", "Arn")}},
		}),
		"Role": resource("AWS::IAM::Role", object{
			"AssumeRolePolicyDocument": object{"Version": "2012-10-17", "Statement": []any{object{
				"Effect": "Allow", "Principal": object{"Service": pick("lambda.amazonaws.com", "events.amazonaws.com")}, "Action": "sts:AssumeRole",
			}}},
			"Policies":          []any{object{"PolicyName": pick("first", "second"), "PolicyDocument": statement("sqs:ReceiveMessage")}},
			"ManagedPolicyArns": []any{"arn:aws:iam::aws:policy/ReadOnlyAccess"},
		}),
		"RolePolicy": resource("AWS::IAM::Policy", object{
			"PolicyName": "more", "Roles": []any{ref("Role")}, "PolicyDocument": statement(pick("sqs:DeleteMessage", "sqs:SendMessage").(string)),
		}),
		"Log": resource("AWS::Logs::LogGroup", object{"RetentionInDays": pick(30, 90)}),
		"Table": resource("AWS::DynamoDB::Table", object{
			"BillingMode": "PAY_PER_REQUEST", "KeySchema": []any{object{"AttributeName": "pk", "KeyType": "HASH"}},
			"AttributeDefinitions":    []any{object{"AttributeName": "pk", "AttributeType": "S"}},
			"TimeToLiveSpecification": object{"AttributeName": pick("ttl", "expires"), "Enabled": true},
		}),
		"Function": resource("AWS::Lambda::Function", object{
			"Code": object{"ZipFile": "code"}, "Handler": "bootstrap", "Runtime": "provided.al2023", "Role": att("Role", "Arn"),
			"Architectures": []any{"arm64"}, "MemorySize": pick(128, 256), "Timeout": pick(10, 30),
			"Environment": object{"Variables": object{"TABLE": ref("Table"), "ROUND": pick("one", "two")}},
		}, object{"DependsOn": []any{"RolePolicy"}}),
		"Mapping": resource("AWS::Lambda::EventSourceMapping", object{
			"EventSourceArn": att("Queue", "Arn"), "FunctionName": ref("Function"), "BatchSize": pick(10, 5),
			"FunctionResponseTypes": []any{"ReportBatchItemFailures"},
		}),
		"Alarm": resource("AWS::CloudWatch::Alarm", object{
			"Namespace": "AWS/SQS", "MetricName": "ApproximateNumberOfMessagesVisible", "Statistic": "Maximum", "Period": 300,
			"EvaluationPeriods": 1, "Threshold": pick(1, 5), "ComparisonOperator": "GreaterThanOrEqualToThreshold",
			"TreatMissingData": "notBreaching", "Dimensions": []any{object{"Name": "QueueName", "Value": att("Dead", "QueueName")}},
		}),
		"Bucket":       resource("AWS::S3::Bucket", object{}),
		"BucketPolicy": resource("AWS::S3::BucketPolicy", object{"Bucket": ref("Bucket"), "PolicyDocument": statement("s3:GetObject")}),
		"Trail":        resource("AWS::CloudTrail::Trail", object{"S3BucketName": ref("Bucket"), "IsLogging": true, "IsMultiRegionTrail": pick(true, false)}),
		"Secret":       resource("AWS::SecretsManager::Secret", object{"Name": "webhook", "SecretString": "none"}),
		"Metadata":     resource("AWS::CDK::Metadata", object{"Analytics": pick("v2:a", "v2:b")}),
		"Project":      resource("AWS::CodeBuild::Project", object{"Description": pick("one", "two")}),
		"Pipeline":     resource("AWS::CodePipeline::Pipeline", object{"PipelineType": "V2", "RestartExecutionOnUpdate": pick(true, false)}),
	}, object{
		"Bus": object{"Value": ref("Bus"), "Export": object{"Name": "central-bus"}}, "BusArn": object{"Value": att("Bus", "Arn")},
		"Queue": object{"Value": ref("Queue")}, "Rule": object{"Value": ref("Rule")}, "RuleArn": object{"Value": att("Rule", "Arn")},
		"Archive": object{"Value": ref("Archive")}, "Role": object{"Value": ref("Role")}, "Log": object{"Value": ref("Log")},
		"Table": object{"Value": ref("Table")}, "Function": object{"Value": ref("Function")}, "Mapping": object{"Value": ref("Mapping")},
		"Alarm": object{"Value": ref("Alarm")}, "AlarmArn": object{"Value": att("Alarm", "Arn")}, "Secret": object{"Value": ref("Secret")},
		"Bucket": object{"Value": ref("Bucket")}, "Project": object{"Value": ref("Project")}, "ProjectArn": object{"Value": att("Project", "Arn")},
		"Pipeline": object{"Value": ref("Pipeline")},
	})
}

// look finds what each resource is now; "" is what is not there.
func (w world) describe(o map[string]string) map[string]string {
	t := w.t
	t.Helper()
	got := map[string]string{}
	query := func(name, service string, form url.Values, wanted ...string) {
		_, body := call(t, w.s, service, w.central, home, form)
		for _, w := range wanted {
			if strings.Contains(body, w) {
				got[name] += w + " "
			}
		}
		got[name] = strings.TrimSpace(got[name])
	}
	rest := func(name, service, target, path, body string, wanted ...string) {
		answer := jsonCall(t, w.s, w.central, service, target, path, body)
		for _, w := range wanted {
			if strings.Contains(strings.ReplaceAll(answer, " ", ""), w) {
				got[name] += w + " "
			}
		}
		got[name] = strings.TrimSpace(got[name])
	}
	rest("bus", "events", "AWSEvents.DescribeEventBus", "/", `{"Name":"central"}`, orgID, "o-another000")
	rest("archive", "events", "AWSEvents.DescribeArchive", "/", `{"ArchiveName":"`+o["Archive"]+`"}`, `"RetentionDays":7`, `"RetentionDays":30`)
	rest("rule", "events", "AWSEvents.DescribeRule", "/", `{"EventBusName":"central","Name":"`+o["Rule"]+`"}`, "ENABLED", "DISABLED", "aws.iam", "aws.sts")
	rest("targets", "events", "AWSEvents.ListTargetsByRule", "/", `{"EventBusName":"central","Rule":"`+o["Rule"]+`"}`, `"Id":"One"`, `"Id":"Two"`)
	rest("queue", "sqs", "AmazonSQS.GetQueueAttributes", "/", `{"QueueUrl":"`+o["Queue"]+`","AttributeNames":["All"]}`,
		`"VisibilityTimeout":"60"`, `"VisibilityTimeout":"90"`, `\"maxReceiveCount\":3`, `\"maxReceiveCount\":5`, w.central, w.member)
	query("role", "iam", url.Values{"Action": {"GetRole"}, "RoleName": {o["Role"]}}, "lambda.amazonaws.com", "events.amazonaws.com")
	query("inline", "iam", url.Values{"Action": {"ListRolePolicies"}, "RoleName": {o["Role"]}}, "first", "second", "more")
	query("policy", "iam", url.Values{"Action": {"GetRolePolicy"}, "RoleName": {o["Role"]}, "PolicyName": {"more"}}, "DeleteMessage", "SendMessage")
	rest("log", "logs", "Logs_20140328.DescribeLogGroups", "/", `{"logGroupNamePrefix":"`+o["Log"]+`"}`, `"retentionInDays":30`, `"retentionInDays":90`)
	rest("ttl", "dynamodb", "DynamoDB_20120810.DescribeTimeToLive", "/", `{"TableName":"`+o["Table"]+`"}`, `"AttributeName":"ttl"`, `"AttributeName":"expires"`)
	rest("function", "lambda", "", "/2015-03-31/functions/"+o["Function"], "", "arm64", `"MemorySize":128`, `"MemorySize":256`, `"ROUND":"one"`, `"ROUND":"two"`)
	rest("mapping", "lambda", "", "/2015-03-31/event-source-mappings/"+o["Mapping"], "", `"BatchSize":10`, `"BatchSize":5`)
	query("alarm", "monitoring", url.Values{"Action": {"DescribeAlarms"}, "Version": {"2010-08-01"}, "AlarmNames.member.1": {o["Alarm"]}}, "<Threshold>1", "<Threshold>5")
	rest("secret", "secretsmanager", "secretsmanager.GetSecretValue", "/", `{"SecretId":"webhook"}`, `"SecretString":"none"`)
	return got
}

func TestEveryTypeIsCreatedUpdatedAndDeleted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	k := stack{t, w.s, w.central, home, "all"}
	k.must("CREATE", w.everything(false))
	before := k.outputs()
	first := map[string]string{
		"bus": orgID, "archive": `"RetentionDays":7`, "rule": "ENABLED aws.iam", "targets": `"Id":"One"`,
		"queue": `"VisibilityTimeout":"60" \"maxReceiveCount\":3 ` + w.central, "role": "lambda.amazonaws.com", "inline": "first more",
		"policy": "DeleteMessage", "log": `"retentionInDays":30`, "ttl": `"AttributeName":"ttl"`,
		"function": `arm64 "MemorySize":128 "ROUND":"one"`, "mapping": `"BatchSize":10`, "alarm": "<Threshold>1", "secret": `"SecretString":"none"`,
	}
	compare(t, "after the creation", w.describe(before), first)
	if want := "arn:aws:codebuild:" + home + ":" + w.central + ":project/" + before["Project"]; before["Project"] == "" || before["ProjectArn"] != want {
		t.Errorf("the project %q has the ARN %s", before["Project"], before["ProjectArn"])
	}

	k.call("CreateChangeSet", url.Values{"ChangeSetName": {"same"}, "ChangeSetType": {"UPDATE"}, "TemplateBody": {w.everything(false)}})
	if _, body := k.call("DescribeChangeSet", url.Values{"ChangeSetName": {"same"}}); !strings.Contains(body, "<Status>FAILED") || !strings.Contains(body, "didn&#x27;t contain changes") && !strings.Contains(body, "didn't contain changes") {
		t.Errorf("a change set without a change: %s", body)
	}
	if code, body := k.call("ExecuteChangeSet", url.Values{"ChangeSetName": {"same"}}); code != http.StatusBadRequest || !strings.Contains(body, "InvalidChangeSetStatus") {
		t.Errorf("executing a change set without a change: %d %s", code, body)
	}
	k.must("UPDATE", w.everything(true))
	after := k.outputs()
	// Nothing was replaced: what others hold names of has kept them.
	compare(t, "names after the update", after, before)
	second := map[string]string{
		"bus": "o-another000", "archive": `"RetentionDays":30`, "rule": "DISABLED aws.sts", "targets": `"Id":"Two"`,
		"queue": `"VisibilityTimeout":"90" \"maxReceiveCount\":5 ` + w.central + " " + w.member, "role": "events.amazonaws.com", "inline": "second more",
		"policy": "SendMessage", "log": `"retentionInDays":90`, "ttl": `"AttributeName":"expires"`,
		"function": `arm64 "MemorySize":256 "ROUND":"two"`, "mapping": `"BatchSize":5`, "alarm": "<Threshold>5", "secret": `"SecretString":"none"`,
	}
	compare(t, "after the update", w.describe(after), second)

	if code, body := k.call("DeleteStack", nil); code != http.StatusOK {
		t.Fatalf("deleting: %d %s", code, body)
	}
	gone := w.describe(after)
	if len(gone) != len(second) {
		t.Fatalf("looked for %d resources, wanted %d", len(gone), len(second))
	}
	for name, found := range gone {
		if found != "" {
			t.Errorf("%s is still there after the deletion: %s", name, found)
		}
	}
}

func compare(t *testing.T, when string, got, wanted map[string]string) {
	t.Helper()
	for name, w := range wanted {
		if got[name] != w {
			t.Errorf("%s: %s is %q, wanted %q", when, name, got[name], w)
		}
	}
	if len(got) != len(wanted) {
		t.Errorf("%s: %d things, wanted %d", when, len(got), len(wanted))
	}
}

func TestResourcesComeAndGoWithUpdates(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	k := stack{t, w.s, w.central, home, "some"}
	queue := func(name string) object { return resource("AWS::SQS::Queue", object{"QueueName": name}) }
	queues := func() []string {
		out, err := sqs.NewFromConfig(config(t, w.s, w.central, home)).ListQueues(t.Context(), &sqs.ListQueuesInput{})
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, u := range out.QueueUrls {
			names = append(names, u[strings.LastIndex(u, "/")+1:])
		}
		slices.Sort(names)
		return names
	}
	rule := func(more ...object) object {
		return resource("AWS::Events::Rule", object{
			"EventPattern": object{"source": []any{"aws.iam"}}, "Targets": []any{object{"Id": "Q", "Arn": att("A", "Arn")}},
		}, more...)
	}
	k.must("CREATE", template(object{"A": queue("a"), "B": queue("b"), "R": rule()}))
	if got := queues(); !slices.Equal(got, []string{"a", "b"}) {
		t.Fatalf("queues %q, wanted a and b", got)
	}
	// B goes, C comes, A is replaced since it has another name, and the rule that names A follows
	// it.
	k.must("UPDATE", template(object{"A": queue("a2"), "C": queue("c"), "R": rule()}))
	if got := queues(); !slices.Equal(got, []string{"a2", "c"}) {
		t.Errorf("queues %q, wanted a2 and c", got)
	}
	targets, err := eventbridge.NewFromConfig(config(t, w.s, w.central, home)).ListRuleNamesByTarget(t.Context(),
		&eventbridge.ListRuleNamesByTargetInput{TargetArn: new("arn:aws:sqs:" + home + ":" + w.central + ":a2")})
	if err != nil || len(targets.RuleNames) != 1 {
		t.Errorf("rules that aim at a2: %+v, %v, wanted one", targets, err)
	}
	// An update that fails says so, and the next one is done whole.
	broken := template(object{"A": queue("a2"), "C": queue("c"), "D": queue("d"), "R": rule(), "X": resource("AWS::Nothing::Such", object{})})
	status, reasons := k.deploy("UPDATE", broken)
	if status != "UPDATE_ROLLBACK_COMPLETE" || !strings.Contains(strings.Join(reasons, "\n"), "X: localaws has no model for AWS::Nothing::Such") {
		t.Errorf("an unknown type: %s %q", status, reasons)
	}
	k.must("UPDATE", template(object{"A": queue("a2"), "D": queue("d"), "R": rule()}))
	if got := queues(); !slices.Equal(got, []string{"a2", "d"}) {
		t.Errorf("queues %q, wanted a2 and d", got)
	}
}

// The CDK gives every change set the same name.
func TestChangeSetsOfOneNameBelongToTheirStacks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	stacks := []stack{{t, w.s, w.central, home, "one"}, {t, w.s, w.central, home, "two"}}
	create := func(k stack) {
		t.Helper()
		body := template(object{"Q": resource("AWS::SQS::Queue", object{"QueueName": k.name})})
		if code, answer := k.call("CreateChangeSet", url.Values{"ChangeSetName": {"same"}, "ChangeSetType": {"CREATE"}, "TemplateBody": {body}}); code != http.StatusOK {
			t.Fatalf("%s: %d %s", k.name, code, answer)
		}
	}
	for _, k := range stacks {
		create(k)
	}
	for _, k := range stacks {
		if _, body := k.call("DescribeChangeSet", url.Values{"ChangeSetName": {"same"}}); !strings.Contains(body, "<StackName>"+k.name+"<") {
			t.Errorf("%s: %s", k.name, body)
		}
		if code, body := k.call("ExecuteChangeSet", url.Values{"ChangeSetName": {"same"}}); code != http.StatusOK {
			t.Errorf("%s: %d %s", k.name, code, body)
		}
		if status, reasons := k.status(); status != "CREATE_COMPLETE" {
			t.Errorf("%s: %s %q", k.name, status, reasons)
		}
	}
	// A stack that comes again after its deletion has nothing of the old one.
	stacks[0].call("DeleteStack", nil)
	if _, body := stacks[0].call("DescribeChangeSet", url.Values{"ChangeSetName": {"same"}}); !strings.Contains(body, "ChangeSetNotFound") {
		t.Errorf("a deleted stack's change set: %s", body)
	}
	create(stacks[0])
	if code, body := stacks[0].call("ExecuteChangeSet", url.Values{"ChangeSetName": {"same"}}); code != http.StatusOK {
		t.Errorf("again: %d %s", code, body)
	}
	if status, reasons := stacks[0].status(); status != "CREATE_COMPLETE" {
		t.Errorf("again: %s %q", status, reasons)
	}
}

func TestUnknownTypesFail(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i, kind := range []string{"AWS::Nothing::Such", "Custom::Thing", "AWS::CloudFormation::WaitConditionHandle", "AWS::Scheduler::Schedule"} {
		k := stack{t, w.s, w.central, home, "unknown" + string(rune('a'+i))}
		status, reasons := k.deploy("CREATE", template(object{"Good": resource("AWS::SQS::Queue", object{"QueueName": "good"}), "X": resource(kind, object{})}))
		if status != "ROLLBACK_COMPLETE" || !strings.Contains(strings.Join(reasons, "\n"), "X: localaws has no model for "+kind) {
			t.Errorf("%s: %s %q, wanted ROLLBACK_COMPLETE", kind, status, reasons)
		}
	}
	out, err := sqs.NewFromConfig(config(t, w.s, w.central, home)).ListQueues(t.Context(), &sqs.ListQueuesInput{})
	if err != nil || len(out.QueueUrls) != 0 {
		t.Errorf("queues %v, %v: wanted the creations taken back", out.QueueUrls, err)
	}
}

func TestDirectMethod(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	k := stack{t, w.s, w.central, home, "direct"}
	q := func(timeout int) url.Values {
		return url.Values{"TemplateBody": {template(object{"Q": resource("AWS::SQS::Queue", object{"VisibilityTimeout": timeout})})}}
	}
	for _, c := range []struct {
		action, status string
		timeout, code  int
	}{{"CreateStack", "CREATE_COMPLETE", 60, 200}, {"UpdateStack", "UPDATE_COMPLETE", 90, 200}, {"UpdateStack", "UPDATE_COMPLETE", 90, 400}} {
		code, body := k.call(c.action, q(c.timeout))
		if code != c.code || (code == 400 && !strings.Contains(body, "No updates are to be performed")) {
			t.Errorf("%s: %d %s", c.action, code, body)
		}
		if status, reasons := k.status(); status != c.status {
			t.Errorf("%s: %s %q, wanted %s", c.action, status, reasons, c.status)
		}
	}
}

func TestParametersKeepTheirValueAndConditionsTheirMeaning(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	jsonCall(t, w.s, w.central, "ssm", "AmazonSSM.PutParameter", "/", `{"Name":"/cdk-bootstrap/hnb659fds/version","Value":"30","Type":"String"}`)
	text := func(description string) string {
		out, err := json.Marshal(object{
			"Description": description,
			"Parameters": object{
				"BootstrapVersion": object{"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/cdk-bootstrap/hnb659fds/version"},
				"Extra":            object{"Type": "String", "Default": "no"},
			},
			"Conditions": object{"Extra": object{"Fn::Equals": []any{ref("Extra"), "yes"}}},
			"Resources": object{
				"Q": resource("AWS::SQS::Queue", object{"QueueName": "always"}),
				"E": resource("AWS::SQS::Queue", object{"QueueName": "extra"}, object{"Condition": "Extra"}),
			},
			"Outputs": object{"Version": object{"Value": ref("BootstrapVersion")}},
		})
		if err != nil {
			t.Fatal(err)
		}
		return string(out)
	}
	k := stack{t, w.s, w.central, home, "parameters"}
	count := func(wanted int) {
		t.Helper()
		out, err := sqs.NewFromConfig(config(t, w.s, w.central, home)).ListQueues(t.Context(), &sqs.ListQueuesInput{})
		if err != nil || len(out.QueueUrls) != wanted {
			t.Errorf("queues %v, %v, wanted %d", out.QueueUrls, err, wanted)
		}
		if v := k.outputs()["Version"]; v != "30" {
			t.Errorf("the SSM parameter's value is %q, wanted 30", v)
		}
	}
	previous := func(form url.Values, name string, n string) {
		form["Parameters.member."+n+".ParameterKey"] = []string{name}
		form["Parameters.member."+n+".UsePreviousValue"] = []string{"true"}
	}
	if code, body := k.call("CreateStack", url.Values{"TemplateBody": {text("one")}}); code != 200 {
		t.Fatal(body)
	}
	count(1)
	for i, extra := range []string{"yes", "", "no"} {
		name := "set" + string(rune('a'+i))
		form := url.Values{"TemplateBody": {text("round " + name)}, "ChangeSetName": {name}, "ChangeSetType": {"UPDATE"}}
		previous(form, "BootstrapVersion", "1")
		if extra == "" {
			previous(form, "Extra", "2")
		} else {
			form["Parameters.member.2.ParameterKey"], form["Parameters.member.2.ParameterValue"] = []string{"Extra"}, []string{extra}
		}
		for _, c := range []struct {
			action string
			form   url.Values
		}{{"CreateChangeSet", form}, {"ExecuteChangeSet", url.Values{"ChangeSetName": {name}}}} {
			if code, body := k.call(c.action, c.form); code != 200 {
				t.Fatalf("%s: %d %s", c.action, code, body)
			}
		}
		if status, reasons := k.status(); status != "UPDATE_COMPLETE" {
			t.Fatalf("round %s: %s %q", name, status, reasons)
		}
		count(map[string]int{"yes": 2, "": 2, "no": 1}[extra])
	}
}

func TestMappingsDoNotRun(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	k := stack{t, w.s, w.central, home, "all"}
	k.must("CREATE", w.everything(false))
	name := k.outputs()["Queue"]
	name = name[strings.LastIndex(name, "/")+1:]
	client := sqs.NewFromConfig(config(t, w.s, w.central, home))
	u, err := client.GetQueueUrl(t.Context(), &sqs.GetQueueUrlInput{QueueName: &name})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: u.QueueUrl, MessageBody: new("hello")}); err != nil {
		t.Fatal(err)
	}
	out, err := client.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{
		QueueUrl: u.QueueUrl, MessageSystemAttributeNames: []types.MessageSystemAttributeName{"All"},
	})
	if err != nil || len(out.Messages) != 1 {
		t.Fatalf("%+v, %v, wanted the message", out, err)
	}
	if n := out.Messages[0].Attributes["ApproximateReceiveCount"]; n != "1" {
		t.Errorf("received %s times, wanted 1: a mapping ran", n)
	}
}

// jsonCall makes one call of a service that speaks JSON, or a GET where there is no body.
func jsonCall(t *testing.T, s *localaws.Server, account, service, target, path, body string) string {
	t.Helper()
	keys, err := config(t, s, account, home).Credentials.Retrieve(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	method := http.MethodGet
	if body != "" {
		method = http.MethodPost
	}
	req, err := http.NewRequestWithContext(t.Context(), method, s.Endpoint()+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	version := "1.1"
	if service == "sqs" || service == "dynamodb" {
		version = "1.0"
	}
	req.Header.Set("Content-Type", "application/x-amz-json-"+version)
	if target != "" {
		req.Header.Set("X-Amz-Target", target)
	}
	req.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential="+keys.AccessKeyID+"/20260101/"+home+"/"+service+"/aws4_request, SignedHeaders=host, Signature=none")
	client := http.Client{Timeout: time.Minute}
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(answer)
}
