package main

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/trailbus/trailbus/internal/contract"
	"github.com/trailbus/trailbus/internal/contract/state"
)

// verifiable has forwarders in two Regions of two accounts, of which the local AWS has the one of
// the central account and Region.
var verifiable = map[string]string{"trailbus.yaml": strings.Replace(example, "regions: [us-east-1]", "regions: [eu-central-1, us-east-1]", 1)}

// notes is a notifier that notes probes alone.
func (w *awsWorld) notes(t *testing.T) {
	queue, url := sqs.NewFromConfig(w.config), w.outputs["ProbedUrl"]
	table := &state.Table{Client: dynamodb.NewFromConfig(w.config), Name: w.outputs["TableName"], Timeout: time.Minute}
	end, ended := make(chan struct{}), make(chan struct{})
	t.Cleanup(func() { close(end); <-ended })
	ctx := t.Context()
	go func() {
		defer close(ended)
		for {
			select {
			case <-end:
				return
			case <-time.After(100 * time.Millisecond):
			}
			out, err := queue.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: &url, MaxNumberOfMessages: 10})
			if err != nil {
				return // the test is over
			}
			for _, m := range out.Messages {
				var event struct {
					Account, Region string
					Detail          json.RawMessage
				}
				if err := json.Unmarshal([]byte(*m.Body), &event); err != nil {
					t.Error(err)
				}
				id, err := contract.ParseProbeID(event.Detail)
				if err != nil {
					t.Error(err)
				}
				data, _ := json.Marshal(contract.ProbeRecord{At: time.Now().UnixMilli()})
				if _, err := table.Save(ctx, contract.ProbeKey(id, event.Account, event.Region), 0, data, time.Now().Add(contract.ProbesKept)); err != nil {
					t.Error(err)
				}
				queue.DeleteMessage(ctx, &sqs.DeleteMessageInput{QueueUrl: &url, ReceiptHandle: m.ReceiptHandle})
			}
		}
	}()
}

func (w *awsWorld) testVerify(t *testing.T) {
	w.notes(t)
	code, out, errors := invoke(t, verifiable, "", "verify", "--account", "Security", "--region", "eu-central-1")
	lines := strings.Split(out, "\n")
	if code != 0 || errors != "" || len(lines) != 3 || !strings.HasPrefix(lines[0], "security  111111111111  eu-central-1  0.") ||
		!strings.HasPrefix(lines[1], "1 of 1 forwarder verified: half within 0.") || !strings.Contains(lines[1], " s (p99)") {
		t.Errorf("code %d\n%s%s", code, out, errors)
	}

	// Production has no forwarder there, and any role.
	code, out, errors = invoke(t, verifiable, "", "verify", "--timeout", "3s", "--role", "Any", "--region", "eu-central-1")
	for _, want := range []string{
		"\nproduction  222222222222  eu-central-1  not arrived (1 probe)\n", "\n1 of 2 forwarders verified: half within ",
		"\nThe probe of production (222222222222) in eu-central-1 was put on the default event bus and did not arrive. ",
	} {
		if code != 1 || errors != "" || !strings.Contains("\n"+out, want) {
			t.Errorf("code %d, %q is not in\n%s%s", code, want, out, errors)
		}
	}

	// The role that the forwarders offer needs no word.
	offered := map[string]string{"trailbus.yaml": verifiable["trailbus.yaml"] + "inspectionRole: true\n"}
	code, out, errors = invoke(t, offered, "", "verify", "--timeout", "3s", "--json", "--region", "eu-central-1")
	var report struct {
		Forwarders []struct {
			Account, Name, Region, Outcome string
			LatencyMs, SeenMs, Probes      *int
		}
		Arrived      int
		P50Ms, P99Ms *int
	}
	if err := json.Unmarshal([]byte(out), &report); err != nil || code != 1 || errors != "" || report.Arrived != 1 || len(report.Forwarders) != 2 || report.P50Ms == nil || report.P99Ms == nil {
		t.Fatalf("code %d, %v\n%s%s", code, err, out, errors)
	}
	if f := report.Forwarders[0]; f.Account != "111111111111" || f.Outcome != "arrived" || f.LatencyMs == nil || f.SeenMs == nil || f.Probes != nil {
		t.Errorf("%+v", f)
	}
	if f := report.Forwarders[1]; f.Account != "222222222222" || f.Region != "eu-central-1" || f.Outcome != "not arrived" || f.LatencyMs != nil || *f.Probes != 1 {
		t.Errorf("%+v", f)
	}
}

func TestVerifySaysWhatItCannotTake(t *testing.T) {
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	for _, test := range []struct {
		args []string
		code int
		want string
	}{
		{nil, 1, "found no role to put an event in account production (222222222222) with, allowed: inspectionRole: true in trailbus.yaml, once that is deployed; --role with a role that each account has; or --account 111111111111 for the central account alone\n"},
		{[]string{"--account", "prodction"}, 1, `found --account "prodction" (did you mean "production"?), allowed: the name or the id of an account of trailbus.yaml` + "\n"},
		{[]string{"--region", "eu-west-1"}, 1, `found --region "eu-west-1" (did you mean "us-east-1"?), allowed: a Region of trailbus.yaml` + "\n"},
		{[]string{"--role", "arn:aws:iam::222222222222:role/x"}, 2, `found --role "arn:aws:iam::222222222222:role/x", allowed: the name of a role`},
		{[]string{"--timeout", "0s"}, 2, "found --timeout 0s, allowed: 1s to 30m0s\n"},
		{[]string{"--timeout", "1h"}, 2, "found --timeout 1h0m0s, allowed: 1s to 30m0s\n"},
	} {
		code, out, errors := invoke(t, verifiable, "", append([]string{"verify"}, test.args...)...)
		if code != test.code || out != "" || !strings.Contains(errors, test.want) {
			t.Errorf("%q: code %d\n%s%swant %s", test.args, code, out, errors, test.want)
		}
	}
	two := map[string]string{"trailbus.yaml": strings.Replace(verifiable["trailbus.yaml"], `name: production}`, `name: production, regions: [us-east-1]}`, 1)}
	if code, _, errors := invoke(t, two, "", "verify", "--account", "production", "--region", "eu-central-1"); code != 1 || !strings.Contains(errors, "found no forwarder of these accounts in these Regions") {
		t.Errorf("code %d: %s", code, errors)
	}
}
