package local

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	ebtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/trailbus/trailbus/internal/cloudtrail"
	"github.com/trailbus/trailbus/internal/contract"
	"github.com/trailbus/trailbus/internal/local/lambdaruntime"
)

// ExampleRecords are the CloudTrail records of the demo, one a line.
//
//go:embed records.jsonl
var ExampleRecords []byte

// Timeout is how long to wait for events that should arrive at once.
const Timeout = time.Minute

// RunEvents starts the notifier, puts the example events on their default buses, prints the
// messages as they arrive, and counts.
func (r *Deployment) RunEvents(ctx context.Context) (*Result, error) {
	result := &Result{Outcomes: map[string]int{}}
	events, err := r.Events(result)
	if err != nil {
		return nil, err
	}
	outputs, err := r.Outputs()
	if err != nil {
		return nil, err
	}
	central, err := r.AWS.Config(ctx, r.Config.Central.Account, r.Config.Central.Region)
	if err != nil {
		return nil, err
	}
	var said lambdaruntime.Output
	function, err := r.StartNotifier(ctx, central, outputs["NotifierName"], &said)
	if err != nil {
		return nil, err
	}
	defer function.Stop()
	result.ColdStart = function.ColdStart()

	queue := sqs.NewFromConfig(central)
	polling, stopPolling := context.WithCancel(ctx)
	defer stopPolling()
	polled := make(chan error, 1)
	var crossed atomic.Int64
	go func() {
		polled <- lambdaruntime.Poll(polling, queue, lambdaruntime.PollOptions{
			QueueURL: outputs["QueueUrl"], QueueARN: QueueARN(outputs["QueueUrl"], r.Config.Central.Region),
			BatchSize: contract.BatchSize, BatchWindow: contract.BatchWindow,
			OnBatch: func(b lambdaruntime.Batch) { crossed.Add(int64(len(b.Messages))) },
		}, function.Invoke)
	}()

	fmt.Fprintf(r.Out, "\nPutting %d CloudTrail events on the default buses of %d accounts and Regions. In Slack:\n\n",
		len(events), len(r.Config.Deployments()))
	for _, event := range events {
		if err := r.Put(ctx, event); err != nil {
			return nil, err
		}
		r.printArrived()
	}
	result.In = len(events)
	deadline := time.Now().Add(Timeout)
	for len(r.Slack.Messages()) < result.Wanted && time.Now().Before(deadline) && ctx.Err() == nil {
		select {
		case m := <-r.Arrived:
			r.printMessage(m)
		case err := <-polled:
			return nil, err
		case <-time.After(time.Second):
		}
	}
	r.printArrived()
	if result.Waiting, err = r.WaitUntilEmpty(ctx, queue, outputs["QueueUrl"], deadline); err != nil {
		return nil, err
	}
	r.printArrived()
	stopPolling()
	if err := <-polled; err != nil {
		return nil, err
	}
	if result.Dead, err = MessageCount(ctx, queue, outputs["DeadLetterQueueUrl"]); err != nil {
		return nil, err
	}
	if result.Undelivered, err = r.AWS.Undelivered(); err != nil {
		return nil, err
	}
	result.Crossed = int(crossed.Load())
	result.Messages = r.Slack.Messages()
	for line := range strings.Lines(said.String()) {
		var logged struct{ Outcome string }
		if json.Unmarshal([]byte(line), &logged) == nil && logged.Outcome != "" {
			result.Outcomes[logged.Outcome]++
		}
	}
	return result, ctx.Err()
}

// Events are the records as EventBridge events of this minute, and how many of them the rules want.
func (r *Deployment) Events(result *Result) ([]*cloudtrail.Event, error) {
	var events []*cloudtrail.Event
	for line := range bytes.Lines(ExampleRecords) {
		now := time.Now().UTC().Format(time.RFC3339)
		record := bytes.ReplaceAll(bytes.TrimSpace(line), []byte("2026-11-20T08:00:00Z"), []byte(now))
		event, err := cloudtrail.FromRecord(record)
		if err != nil {
			return nil, err
		}
		matched, err := r.Config.Rules.Match(event.JSON)
		if err != nil {
			return nil, err
		}
		if len(matched) > 0 {
			result.Wanted++
		}
		events = append(events, event)
	}
	return events, nil
}

// Put puts an event on the default bus of its account and Region, as AWS would.
func (r *Deployment) Put(ctx context.Context, event *cloudtrail.Event) error {
	config, err := r.AWS.Config(ctx, event.Account, event.Region)
	if err != nil {
		return err
	}
	var envelope struct{ Detail json.RawMessage }
	if err := json.Unmarshal(event.JSON, &envelope); err != nil {
		return err
	}
	out, err := eventbridge.NewFromConfig(config).PutEvents(ctx,
		&eventbridge.PutEventsInput{Entries: []ebtypes.PutEventsRequestEntry{{
			Source: aws.String(event.Source), DetailType: aws.String(event.DetailType),
			Detail: aws.String(string(envelope.Detail)), Time: aws.Time(event.Time),
		}}})
	if err != nil {
		return err
	}
	if out.FailedEntryCount > 0 {
		return fmt.Errorf("event %s was not taken: %s", event.Record.EventID, aws.ToString(out.Entries[0].ErrorMessage))
	}
	return nil
}

// WaitUntilEmpty waits until a queue is empty or the deadline, and returns how many messages it
// still holds.
func (r *Deployment) WaitUntilEmpty(ctx context.Context, queue *sqs.Client, url string, deadline time.Time) (int,
	error) {
	for {
		n, err := MessageCount(ctx, queue, url)
		if err != nil || n == 0 || time.Now().After(deadline) {
			return n, err
		}
		select {
		case <-ctx.Done():
			return n, ctx.Err()
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// MessageCount is how many messages a queue holds, hidden and delayed ones too.
func MessageCount(ctx context.Context, queue *sqs.Client, url string) (int, error) {
	names := []types.QueueAttributeName{
		types.QueueAttributeNameApproximateNumberOfMessages,
		types.QueueAttributeNameApproximateNumberOfMessagesNotVisible,
		types.QueueAttributeNameApproximateNumberOfMessagesDelayed,
	}
	out, err := queue.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{QueueUrl: aws.String(url),
		AttributeNames: names})
	if err != nil {
		return 0, err
	}
	total := 0
	for _, name := range names {
		n, err := strconv.Atoi(out.Attributes[string(name)])
		if err != nil {
			return 0, fmt.Errorf("queue %s: attribute %s: %w", url, name, err)
		}
		total += n
	}
	return total, nil
}

// StartNotifier runs the notifier with the deployed settings and the environment of the deployed
// function.
func (r *Deployment) StartNotifier(ctx context.Context, central aws.Config, name string,
	said io.Writer) (*lambdaruntime.Function, error) {
	settings, _, err := r.Settings()
	if err != nil {
		return nil, err
	}
	environment, err := r.functionEnvironment(ctx, central, name)
	if err != nil {
		return nil, err
	}
	env, err := r.AWS.Env(ctx, r.Config.Central.Account, r.Config.Central.Region)
	if err != nil {
		return nil, err
	}
	for key, value := range environment {
		env = append(env, key+"="+value)
	}
	return lambdaruntime.Start(ctx, lambdaruntime.Options{
		Binary: r.BootstrapBinary(), Dir: filepath.Dir(settings), Env: env, Stdout: said, Stderr: r.Log,
		Timeout: time.Minute, Name: name, Account: r.Config.Central.Account, Region: r.Config.Central.Region, MemoryMB: 256,
	})
}

// functionEnvironment asks Lambda for the environment of a function:
// https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionConfiguration.html.
func (r *Deployment) functionEnvironment(ctx context.Context, central aws.Config, name string) (map[string]string,
	error) {
	answer, err := SignedRequest(ctx, central, r.AWS.Endpoint(), "lambda", http.MethodGet, "/2015-03-31/functions/"+name+
		"/configuration", "application/json", "")
	if err != nil {
		return nil, err
	}
	var configuration struct {
		Environment struct{ Variables map[string]string }
	}
	if err := json.Unmarshal(answer, &configuration); err != nil {
		return nil, fmt.Errorf("function %s: %w", name, err)
	}
	return configuration.Environment.Variables, nil
}

// QueueARN makes the ARN of a queue from a URL that ends with /account/name.
func QueueARN(url, region string) string {
	return "arn:aws:sqs:" + region + ":" + filepath.Base(filepath.Dir(url)) + ":" + filepath.Base(url)
}

// Settings reads the deployed settings of the notifier and returns their path.
func (r *Deployment) Settings() (string, *contract.Settings, error) {
	files, err := filepath.Glob(filepath.Join(r.CDKOut(), "asset.*", contract.SettingsFile))
	if err != nil || len(files) != 1 {
		return "", nil, fmt.Errorf("%d settings in the cloud assembly, expected 1 (%w)", len(files), err)
	}
	s, err := contract.ReadSettings(files[0])
	return files[0], s, err
}
