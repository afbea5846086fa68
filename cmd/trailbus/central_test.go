package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	ebtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/trailbus/trailbus/internal/local/localaws"
	"github.com/trailbus/trailbus/internal/local/testenv"
)

// centralTemplate is the central stack without the function, with one more rule on the bus. A test
// of package stacks holds the names of the outputs to those of the real one.
const centralTemplate = `{"Resources": {
  "Bus": {"Type": "AWS::Events::EventBus", "Properties": {"Name": "trailbus"}},
  "Archive": {"Type": "AWS::Events::Archive", "Properties": {"SourceArn": {"Fn::GetAtt": ["Bus", "Arn"]}, "RetentionDays": 30}},
  "Forwarder": {"Type": "AWS::Events::Rule", "Properties": {"EventPattern": {"source": [{"prefix": "aws."}]}, "State": "ENABLED",
    "Targets": [{"Id": "Bus", "Arn": {"Fn::GetAtt": ["Bus", "Arn"]}}]}},
  "Heartbeat": {"Type": "AWS::Events::Rule", "Properties": {"ScheduleExpression": "rate(1 hour)", "EventPattern": {"source": ["trailbus.verify"]}, "State": "ENABLED",
    "Targets": [{"Id": "Bus", "Arn": {"Fn::GetAtt": ["Bus", "Arn"]}}]}},
  "Probes": {"Type": "AWS::Events::Rule", "Properties": {"EventBusName": {"Ref": "Bus"}, "EventPattern": {"source": ["trailbus.verify"]}, "State": "ENABLED",
    "Targets": [{"Id": "Queue", "Arn": {"Fn::GetAtt": ["Probed", "Arn"]}}]}},
  "Probed": {"Type": "AWS::SQS::Queue", "Properties": {}},
  "Table": {"Type": "AWS::DynamoDB::Table", "Properties": {"BillingMode": "PAY_PER_REQUEST",
    "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}], "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}]}},
  "Queue": {"Type": "AWS::SQS::Queue", "Properties": {}},
  "Dead": {"Type": "AWS::SQS::Queue", "Properties": {}},
  "Other": {"Type": "AWS::SQS::Queue", "Properties": {}},
  "Access": {"Type": "AWS::SQS::QueuePolicy", "Properties": {"Queues": [{"Ref": "Queue"}, {"Ref": "Other"}, {"Ref": "Probed"}], "PolicyDocument": {"Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": "*"}]}}},
  "Rule": {"Type": "AWS::Events::Rule", "Properties": {"EventBusName": {"Ref": "Bus"}, "EventPattern": {"source": [{"prefix": "aws."}]}, "State": "ENABLED",
    "Targets": [{"Id": "Queue", "Arn": {"Fn::GetAtt": ["Queue", "Arn"]}}]}},
  "OtherRule": {"Type": "AWS::Events::Rule", "Properties": {"EventBusName": {"Ref": "Bus"}, "EventPattern": {"source": [{"prefix": "aws."}]}, "State": "ENABLED",
    "Targets": [{"Id": "Queue", "Arn": {"Fn::GetAtt": ["Other", "Arn"]}}]}}
}, "Outputs": {
  "BusArn": {"Value": {"Fn::GetAtt": ["Bus", "Arn"]}}, "ArchiveArn": {"Value": {"Fn::GetAtt": ["Archive", "Arn"]}},
  "NotifierRuleArn": {"Value": {"Fn::GetAtt": ["Rule", "Arn"]}}, "QueueUrl": {"Value": {"Ref": "Queue"}},
  "DeadLetterQueueUrl": {"Value": {"Ref": "Dead"}}, "TableName": {"Value": {"Ref": "Table"}}, "NotifierName": {"Value": "none"}, "ProbedUrl": {"Value": {"Ref": "Probed"}}, "OtherUrl": {"Value": {"Ref": "Other"}}
}}`

// awsWorld is a local AWS, in which this process has credentials of the central account.
type awsWorld struct {
	server  *localaws.Server
	config  aws.Config
	outputs map[string]string
}

func newAWSWorld(t *testing.T) *awsWorld {
	t.Helper()
	server, err := localaws.Start(t.Context(), localaws.Options{})
	testenv.LocalAWS(t, err)
	t.Cleanup(server.Stop)
	w := &awsWorld{server: server, outputs: map[string]string{}}
	w.become(t, "111111111111")
	if w.config, err = server.Config(t.Context(), "111111111111", "eu-central-1"); err != nil {
		t.Fatal(err)
	}
	return w
}

// become takes the credentials of an account.
func (w *awsWorld) become(t *testing.T, account string) {
	t.Helper()
	env, err := w.server.Env(t.Context(), account, "us-east-1") // the Region of the configuration file counts, not this one
	if err != nil {
		t.Fatal(err)
	}
	for _, variable := range env {
		name, value, _ := strings.Cut(variable, "=")
		t.Setenv(name, value)
	}
}

func (w *awsWorld) deploy(t *testing.T) {
	t.Helper()
	client := cloudformation.NewFromConfig(w.config)
	name := aws.String("TrailbusCentral")
	if _, err := client.CreateStack(t.Context(), &cloudformation.CreateStackInput{StackName: name, TemplateBody: aws.String(centralTemplate)}); err != nil {
		t.Fatal(err)
	}
	found, err := client.DescribeStacks(t.Context(), &cloudformation.DescribeStacksInput{StackName: name})
	if err != nil {
		t.Fatal(err)
	}
	for _, output := range found.Stacks[0].Outputs {
		w.outputs[*output.OutputKey] = *output.OutputValue
	}
	if len(w.outputs) != 9 {
		t.Fatalf("the outputs are %q", w.outputs)
	}
}

// take receives and deletes what a queue has.
func (w *awsWorld) take(t *testing.T, output string) (bodies []string) {
	t.Helper()
	client, url := sqs.NewFromConfig(w.config), w.outputs[output]
	for {
		out, err := client.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: &url, MaxNumberOfMessages: 10})
		if err != nil {
			t.Fatal(err)
		}
		if len(out.Messages) == 0 {
			return bodies
		}
		for _, m := range out.Messages {
			bodies = append(bodies, *m.Body)
			if _, err := client.DeleteMessage(t.Context(), &sqs.DeleteMessageInput{QueueUrl: &url, ReceiptHandle: m.ReceiptHandle}); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// bury puts a message into the dead-letter queue.
func (w *awsWorld) bury(t *testing.T, body, reason string) {
	t.Helper()
	if _, err := sqs.NewFromConfig(w.config).SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: aws.String(w.outputs["DeadLetterQueueUrl"]), MessageBody: &body,
		MessageAttributes: map[string]sqstypes.MessageAttributeValue{"TRAILBUS_REASON": {DataType: aws.String("String"), StringValue: &reason}}}); err != nil {
		t.Fatal(err)
	}
}

// iamRecord is what happened in an account at a time.
func iamRecord(id, account, call string, at time.Time) string {
	return fmt.Sprintf(`{"eventTime":"%s","eventSource":"iam.amazonaws.com","eventName":"%s","eventID":"%s","awsRegion":"us-east-1","recipientAccountId":"%s"}`,
		at.UTC().Format(time.RFC3339), call, id, account)
}

func deadLetter(id, account, call string) string {
	return fmt.Sprintf(`{"source":"aws.iam","detail-type":"AWS API Call via CloudTrail","account":"%s","region":"us-east-1","time":"2026-11-20T08:00:00Z","detail":%s}`,
		account, iamRecord(id, account, call, time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC)))
}

// One local AWS for all: it takes a second or more to start.
func TestCommandsOnTheCentralStack(t *testing.T) {
	w := newAWSWorld(t)
	t.Run("say what is missing", w.testMissing)
	w.deploy(t)
	t.Run("redrive", w.testRedrive)
	t.Run("replay", w.testReplay)
	t.Run("verify", w.testVerify)
}

func (w *awsWorld) testMissing(t *testing.T) {
	files := map[string]string{"trailbus.yaml": example}
	commands := [][]string{{"redrive"}, {"replay", "--from", "2026-11-20"}, {"replay", "status", "x"}, {"replay", "cancel", "x"}, {"verify", "--role", "any"}}
	fails := func(want string, files map[string]string) {
		t.Helper()
		for _, args := range commands {
			code, out, errors := invoke(t, files, "", args...)
			if code != 1 || out != "" || strings.Count(errors, "\n") != 1 || !strings.Contains(errors, want) {
				t.Errorf("%q: code %d, out %q, err %q", args, code, out, errors)
			}
		}
	}
	fails("trailbus.yaml: cannot be read", nil)
	fails("account 111111111111, eu-central-1: there is no stack TrailbusCentral; is it deployed", files)
	w.become(t, "222222222222")
	fails("allowed: credentials of the central account 111111111111", files)
	t.Setenv("AWS_ACCESS_KEY_ID", "")
	fails("found no AWS credentials, allowed: ", files)
}

func (w *awsWorld) testRedrive(t *testing.T) {
	files := map[string]string{"trailbus.yaml": example}
	code, out, errors := invoke(t, files, "", "redrive")
	if code != 0 || out != "0 dead letters: 0 moved\n" {
		t.Errorf("nothing to do: code %d, out %q, err %q", code, out, errors)
	}
	w.bury(t, deadLetter("a", "222222222222", "CreateUser"), "Slack: channel_not_found")
	w.bury(t, deadLetter("b", "333333333333", "DeleteUser"), "Slack: no_service")
	w.bury(t, "hello", "no CloudTrail event")

	for range 2 { // a dry run shows again what it has seen
		code, out, errors = invoke(t, files, "", "redrive", "--dry-run")
		for _, part := range []string{
			"2026-11-20 08:00:00 UTC  production (222222222222), us-east-1  iam:CreateUser\n  in the dead-letter queue: Slack: channel_not_found\n  found\n",
			"2026-11-20 08:00:00 UTC  333333333333, us-east-1  iam:DeleteUser\n  in the dead-letter queue: Slack: no_service\n  found\n",
			"(no time)  (no account), (no Region)  (no CloudTrail event)\n  in the dead-letter queue: no CloudTrail event\n  junk, ",
			"3 dead letters: 2 would be moved, 1 left since they can never be told (--junk moves them, too)\n",
		} {
			if code != 0 || errors != "" || !strings.Contains(out, part) {
				t.Errorf("code %d, %q is not in\n%s%s", code, part, out, errors)
			}
		}
	}
	code, out, errors = invoke(t, files, "", "redrive", "--account", "222222222222", "--json")
	decoder, seen := json.NewDecoder(strings.NewReader(out)), map[string]string{}
	for decoder.More() {
		var l struct{ EventID, Event, Reason, Outcome string }
		if err := decoder.Decode(&l); err != nil {
			t.Fatal(err)
		}
		seen[l.EventID] = l.Event + " " + l.Reason + " " + l.Outcome
	}
	if code != 0 || len(seen) != 3 || seen["a"] != "iam:CreateUser Slack: channel_not_found moved" || seen["b"] != "iam:DeleteUser Slack: no_service filtered" ||
		errors != "3 dead letters: 1 moved, 2 left by the filter\n" {
		t.Errorf("code %d, %q, err %q", code, seen, errors)
	}
	if bodies := w.take(t, "QueueUrl"); len(bodies) != 1 || bodies[0] != deadLetter("a", "222222222222", "CreateUser") {
		t.Errorf("the queue has %q", bodies)
	}
	code, out, _ = invoke(t, files, "", "redrive", "--junk")
	if left := w.take(t, "DeadLetterQueueUrl"); code != 0 || !strings.Contains(out, "2 dead letters: 2 moved\n") || len(left) != 0 {
		t.Errorf("code %d, out %q, left %q", code, out, left)
	}
	if bodies := w.take(t, "QueueUrl"); len(bodies) != 2 {
		t.Errorf("the queue has %q", bodies)
	}
}

func (w *awsWorld) testReplay(t *testing.T) {
	files := map[string]string{"trailbus.yaml": example}
	noon := time.Now().UTC().Truncate(24 * time.Hour).Add(-12 * time.Hour) // of yesterday
	for i, at := range []time.Time{noon.Add(-time.Hour), noon, noon.Add(time.Hour)} {
		detail := iamRecord(fmt.Sprint(i), "111111111111", "CreateUser", at)
		if _, err := eventbridge.NewFromConfig(w.config).PutEvents(t.Context(), &eventbridge.PutEventsInput{Entries: []ebtypes.PutEventsRequestEntry{{
			Source: aws.String("aws.iam"), DetailType: aws.String("AWS API Call via CloudTrail"), Detail: &detail, Time: aws.Time(at),
		}}}); err != nil {
			t.Fatal(err)
		}
	}
	if received, other := w.take(t, "QueueUrl"), w.take(t, "OtherUrl"); len(received) != 3 || len(other) != 3 {
		t.Fatalf("%d and %d arrived, want 3 and 3", len(received), len(other))
	}
	code, out, errors := invoke(t, files, "", "replay", "--from", noon.Format(time.RFC3339), "--to", noon.Add(time.Hour).Format(time.RFC3339), "--json")
	var status struct {
		Name, State            string
		From, To, LastReplayed time.Time
	}
	if err := json.Unmarshal([]byte(out), &status); err != nil || code != 0 || status.State != "COMPLETED" || !status.From.Equal(noon) || !status.LastReplayed.Equal(noon) {
		t.Fatalf("code %d, error %v, %+v\n%s%s", code, err, status, out, errors)
	}
	received, other := w.take(t, "QueueUrl"), w.take(t, "OtherUrl")
	if len(received) != 1 || len(other) != 0 || !strings.Contains(received[0], `"eventID": "1"`) || !strings.Contains(received[0], `"replay-name": "`+status.Name+`"`) {
		t.Errorf("the notifier has %q, another rule %q", received, other)
	}
	for _, test := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"replay", "status", status.Name}, 0, status.Name + ": COMPLETED, last the events of " + noon.Format("2006-01-02 15:04:05 UTC") + "\n"},
		{[]string{"replay", "cancel", status.Name}, 1, "the replay " + status.Name + " is over: COMPLETED\n"},
		{[]string{"replay", "status", "another"}, 1, "Replay another does not exist"},
		{[]string{"replay", "--from", noon.Format(time.DateOnly), "--no-wait"}, 0, ": STARTING\n"},
		{[]string{"replay", "--from", "2020-01-01"}, 1, "the archive keeps events for 30 days"},
		{[]string{"replay", "--from", noon.Format(time.DateOnly), "--to", "2999-01-01"}, 1, "which has not come yet"},
		{[]string{"replay"}, 2, "found no --from, allowed: "},
		{[]string{"replay", "--from", "yesterday"}, 2, `found --from "yesterday", allowed: a time such as`},
	} {
		code, out, errors := invoke(t, files, "", test.args...)
		if text := out + errors; code != test.code || !strings.Contains(text, test.want) {
			t.Errorf("%q: code %d, want %d and %q\n%s", test.args, code, test.code, test.want, text)
		}
	}
	if received := w.take(t, "QueueUrl"); len(received) != 3 {
		t.Errorf("the second replay had %d events, want 3", len(received))
	}
}

func TestRedriveRefusesInvalidFilters(t *testing.T) {
	for _, args := range [][]string{{"--account", "production"}, {"--since", "soon"}, {"--before", "2026-13-01"}, {"--since", "2026-11-21", "--before", "2026-11-20"}} {
		code, _, errors := invoke(t, map[string]string{"trailbus.yaml": example}, "", append([]string{"redrive"}, args...)...)
		if code != 2 || !strings.Contains(errors, "found "+args[0]) || !strings.Contains(errors, "allowed: ") {
			t.Errorf("%q: code %d, err %q", args, code, errors)
		}
	}
}
