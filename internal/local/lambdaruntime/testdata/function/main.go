// The program is a Lambda function for tests: what it does is said in the event.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
)

// order is an event that is no SQS event.
type order struct {
	Do      string              `json:"do"`
	Text    string              `json:"text"`
	Records []events.SQSMessage `json:"Records"`
}

func main() {
	switch os.Getenv("TEST_INIT") {
	case "crash":
		fmt.Fprintln(os.Stderr, "crashing while starting")
		os.Exit(3)
	case "panic":
		lambda.Start(func() { panic("never called") })
	}
	lambda.Start(handle)
}

func handle(ctx context.Context, raw json.RawMessage) (any, error) {
	var o order
	if err := json.Unmarshal(raw, &o); err != nil {
		return nil, err
	}
	if o.Records != nil {
		return batch(o.Records)
	}
	switch o.Do {
	case "echo":
		return o.Text, nil
	case "describe":
		lc, _ := lambdacontext.FromContext(ctx)
		deadline, _ := ctx.Deadline()
		directory, err := os.Getwd()
		return map[string]any{
			"requestId": lc.AwsRequestID, "arn": lc.InvokedFunctionArn, "name": lambdacontext.FunctionName,
			"memory": lambdacontext.MemoryLimitInMB, "left": time.Until(deadline) > 0, "directory": directory,
			"root": os.Getenv("LAMBDA_TASK_ROOT"), "region": os.Getenv("AWS_REGION"), "own": os.Getenv("OWN"),
			"home": os.Getenv("HOME"), "trace": strings.HasPrefix(os.Getenv("_X_AMZN_TRACE_ID"), "Root=1-"), "pid": os.Getpid(),
		}, err
	case "print":
		fmt.Println(o.Text)
		fmt.Fprintln(os.Stderr, "error: "+o.Text)
		return nil, nil
	case "fail":
		return nil, errors.New(o.Text)
	case "panic":
		panic(o.Text)
	case "exit":
		os.Exit(7)
	case "leave":
		os.Exit(0)
	case "hang":
		time.Sleep(time.Hour)
	case "big":
		return strings.Repeat("x", 6<<20), nil
	}
	return nil, fmt.Errorf("unknown order %q", o.Do)
}

// batch does a queue's messages: one whose body is "bad" fails alone, "worse" fails the batch, "crash" ends the process;
// any other goes to the webhook, where there is one.
func batch(records []events.SQSMessage) (any, error) {
	var r events.SQSEventResponse
	for _, m := range records {
		switch m.Body {
		case "bad":
			r.BatchItemFailures = append(r.BatchItemFailures, events.SQSBatchItemFailure{ItemIdentifier: m.MessageId})
		case "worse":
			return nil, errors.New("worse")
		case "crash":
			os.Exit(7)
		default:
			if err := post(m.Body); err != nil {
				r.BatchItemFailures = append(r.BatchItemFailures, events.SQSBatchItemFailure{ItemIdentifier: m.MessageId})
			}
		}
	}
	return r, nil
}

func post(text string) error {
	url := os.Getenv("TEST_WEBHOOK")
	if url == "" {
		return nil
	}
	body, err := json.Marshal(map[string]string{"text": text})
	if err != nil {
		return err
	}
	res, err := http.Post(url, "application/json", strings.NewReader(string(body)))
	if err != nil {
		return err
	}
	res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return errors.New(res.Status)
	}
	return nil
}
