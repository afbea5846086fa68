package lambdaruntime_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	ebtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/trailbus/trailbus/internal/local/lambdaruntime"
	"github.com/trailbus/trailbus/internal/local/localaws"
	"github.com/trailbus/trailbus/internal/local/slacktest"
	"github.com/trailbus/trailbus/internal/local/testenv"
)

const (
	account = "111111111111"
	region  = "eu-west-1"
	maxTry  = 3
)

// TestBusToQueueToFunctionToSlack is the whole road with a real queue, a real function and a Slack
// that is rude at first.
func TestBusToQueueToFunctionToSlack(t *testing.T) {
	t.Parallel()
	server, err := localaws.Start(t.Context(), localaws.Options{})
	testenv.LocalAWS(t, err)
	t.Cleanup(server.Stop)
	slack := slacktest.New(slacktest.Options{})
	t.Cleanup(slack.Close)
	config, err := server.Config(t.Context(), account, region)
	if err != nil {
		t.Fatal(err)
	}
	env, err := server.Env(t.Context(), account, region)
	if err != nil {
		t.Fatal(err)
	}
	var output lambdaruntime.Output
	f := start(t, lambdaruntime.Options{
		Env: append(env, "TEST_WEBHOOK="+slack.URL("alerts")), Account: account, Region: region, Timeout: 30 * time.Second,
		Stdout: &output, Stderr: &output,
	})
	client := sqs.NewFromConfig(config)
	dead := makeQueue(t, client, "dead", nil)
	queue := makeQueue(t, client, "events", map[string]string{
		"VisibilityTimeout": "600",
		"RedrivePolicy":     fmt.Sprintf(`{"deadLetterTargetArn":"%s","maxReceiveCount":%d}`, arn("dead"), maxTry),
		"Policy": `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"events.amazonaws.com"},
			"Action":"sqs:SendMessage","Resource":"` + arn("events") + `"}]}`,
	})
	forward(t, eventbridge.NewFromConfig(config), arn("events"))

	// Slack is rude twice; what it did not take comes again, and a third failure would make it a
	// dead letter. One message can never be done, and one brings the function down.
	slack.Fail(1, 429, "rate_limited", time.Second)
	slack.FailReset(1)
	const events = 12
	wanted := []string{}
	for i := range events {
		name := fmt.Sprintf("Event%02d", i)
		wanted = append(wanted, name)
		put(t, eventbridge.NewFromConfig(config), name)
	}
	for _, body := range []string{"bad", "crash"} {
		if _, err := client.SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: &queue, MessageBody: &body}); err != nil {
			t.Fatal(err)
		}
	}

	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	// One at a time: a message that brings the function down takes its whole batch with it, and
	// what was told before that would be told again. The notifier remembers what it told; this
	// function does not.
	tries := map[string]int{} // of the two that can never be done
	options := lambdaruntime.PollOptions{QueueURL: queue, QueueARN: arn("events"), BatchSize: 1, OnBatch: func(b lambdaruntime.Batch) {
		body := *b.Messages[0].Body
		var crash *lambdaruntime.FunctionError
		switch {
		case body == "bad" && b.Err == nil && len(b.Failed) == 1:
			tries[body]++
		case body == "crash" && errors.As(b.Err, &crash) && crash.Type == "Runtime.ExitError":
			tries[body]++
		}
		// Their visibility timeout ends at once: the test need not wait for it, nor hope that the
		// machine is faster.
		for _, m := range b.Messages {
			if slices.Contains(b.Failed, *m.MessageId) {
				if _, err := client.ChangeMessageVisibility(context.WithoutCancel(t.Context()), &sqs.ChangeMessageVisibilityInput{
					QueueUrl: &queue, ReceiptHandle: m.ReceiptHandle,
				}); err != nil {
					t.Error(err)
				}
			}
		}
	}}
	polled := make(chan error, 1)
	go func() { polled <- lambdaruntime.Poll(ctx, client, options, f.Invoke) }()

	timeout, stop := context.WithTimeout(t.Context(), 2*time.Minute)
	defer stop()
	slack.Wait(events, timeout.Done())
	letters := waitFor(t, client, dead, 2)
	cancel()
	if err := <-polled; err != nil {
		t.Errorf("the poller ended: %v", err)
	}

	var told []string
	for _, m := range slack.Messages() {
		told = append(told, eventName(t, m.Payload))
	}
	slices.Sort(told)
	if !slices.Equal(told, wanted) {
		t.Errorf("Slack was told of %q, wanted each of %q once", told, wanted)
	}
	if n := slack.Requests(); n != events+2 {
		t.Errorf("%d requests, wanted %d and two that failed", n, events)
	}
	slices.Sort(letters)
	if !slices.Equal(letters, []string{"bad", "crash"}) {
		t.Errorf("dead letters %q, wanted bad and crash", letters)
	}
	if tries["bad"] != maxTry || tries["crash"] != maxTry {
		t.Errorf("tries %v, wanted %d of each", tries, maxTry)
	}
	left, err := client.GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{QueueUrl: &queue, AttributeNames: []types.QueueAttributeName{"All"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"} {
		if n := left.Attributes[name]; n != "0" {
			t.Errorf("%s %q, wanted 0", name, n)
		}
	}
	if u, err := server.Undelivered(); err != nil || len(u) != 0 {
		t.Errorf("undelivered %+v, %v, wanted none", u, err)
	}
}

func arn(queue string) string { return "arn:aws:sqs:" + region + ":" + account + ":" + queue }

func makeQueue(t *testing.T, client *sqs.Client, name string, attributes map[string]string) (url string) {
	t.Helper()
	out, err := client.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: &name, Attributes: attributes})
	if err != nil {
		t.Fatal(err)
	}
	return *out.QueueUrl
}

// forward makes a rule on the default bus that sends what comes from IAM to a queue.
func forward(t *testing.T, client *eventbridge.Client, queue string) {
	t.Helper()
	if _, err := client.PutRule(t.Context(), &eventbridge.PutRuleInput{Name: aws.String("iam"), EventPattern: aws.String(`{"source":["aws.iam"]}`)}); err != nil {
		t.Fatal(err)
	}
	if _, err := client.PutTargets(t.Context(), &eventbridge.PutTargetsInput{
		Rule: aws.String("iam"), Targets: []ebtypes.Target{{Id: aws.String("Queue"), Arn: &queue}},
	}); err != nil {
		t.Fatal(err)
	}
}

func put(t *testing.T, client *eventbridge.Client, name string) {
	t.Helper()
	out, err := client.PutEvents(t.Context(), &eventbridge.PutEventsInput{Entries: []ebtypes.PutEventsRequestEntry{{
		Source: aws.String("aws.iam"), DetailType: aws.String("AWS API Call via CloudTrail"), Detail: aws.String(`{"eventName":"` + name + `"}`),
	}}})
	if err != nil || out.FailedEntryCount != 0 {
		t.Fatalf("%+v, %v", out, err)
	}
}

// eventName is that of the event whose JSON is the text of a message.
func eventName(t *testing.T, payload []byte) string {
	t.Helper()
	var message struct{ Text string }
	var event struct{ Detail struct{ EventName string } }
	if err := errors.Join(json.Unmarshal(payload, &message), json.Unmarshal([]byte(message.Text), &event)); err != nil {
		t.Fatalf("%s: %v", payload, err)
	}
	return event.Detail.EventName
}

// waitFor waits until a queue has given n messages, and returns their bodies.
func waitFor(t *testing.T, client *sqs.Client, url string, n int) (bodies []string) {
	t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); len(bodies) < n && time.Now().Before(deadline); {
		out, err := client.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: &url, MaxNumberOfMessages: 10, WaitTimeSeconds: 1, VisibilityTimeout: 600})
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range out.Messages {
			bodies = append(bodies, strings.TrimSpace(*m.Body))
		}
	}
	return bodies
}
