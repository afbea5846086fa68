package localaws_test

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	ebtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/trailbus/trailbus/internal/local/localaws"
	"github.com/trailbus/trailbus/internal/local/testenv"
)

const (
	home  = "eu-west-1"
	away  = "us-east-1"
	orgID = "o-trailbus00"
)

// world is what one test has for itself on the server that all tests share: three accounts. A
// server of its own for each test would take two seconds of the processor each.
type world struct {
	t                         *testing.T
	s                         *localaws.Server
	central, member, outsider string // the outsider is not in the organization
	bus                       string // ARN of the bus "central" in the central account's home Region
}

const worlds = 40 // more than there are tests

var (
	shared = sync.OnceValues(func() (*localaws.Server, error) {
		var members []string
		for n := range worlds {
			members = append(members, account(1, n), account(2, n))
		}
		var log io.Writer
		if testing.Verbose() {
			log = os.Stderr
		}
		return localaws.Start(context.Background(), localaws.Options{
			Log: log, Organization: localaws.Organization{ID: orgID, Accounts: members},
		})
	})
	inWorlds atomic.Int32
)

func account(kind, n int) string { return fmt.Sprintf("%d%011d", kind, n) }

func TestMain(m *testing.M) {
	code := m.Run()
	if inWorlds.Load() > 0 {
		if s, err := shared(); err == nil {
			s.Stop()
		}
	}
	os.Exit(code)
}

// newWorld gives a test its accounts. Where moto cannot be had the test is skipped, and fails where
// TRAILBUS_E2E=required says that it must be had.
func newWorld(t *testing.T) world {
	t.Helper()
	n := int(inWorlds.Add(1)) - 1
	if n >= worlds {
		t.Fatalf("more than %d tests", worlds)
	}
	s, err := shared()
	testenv.LocalAWS(t, err)
	w := world{t: t, s: s, central: account(1, n), member: account(2, n), outsider: account(3, n)}
	w.bus = "arn:aws:events:" + home + ":" + w.central + ":event-bus/central"
	return w
}

// undelivered is what did not reach a target of a rule in one of the test's accounts.
func (w world) undelivered() (mine []localaws.Undelivered, err error) {
	all, err := w.s.Undelivered()
	for _, u := range all {
		if a := strings.Split(u.Rule, ":")[4]; a == w.central || a == w.member || a == w.outsider {
			mine = append(mine, u)
		}
	}
	return mine, err
}

func config(t *testing.T, s *localaws.Server, account, region string) aws.Config {
	t.Helper()
	c, err := s.Config(t.Context(), account, region)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// event is what a test puts on a default bus.
type event struct {
	source, detailType, detail string
	resources                  []string
	time                       time.Time
}

func (e event) put(t *testing.T, s *localaws.Server, account, region, bus string) ebtypes.PutEventsResultEntry {
	t.Helper()
	entry := ebtypes.PutEventsRequestEntry{
		Source: &e.source, DetailType: &e.detailType, Detail: &e.detail, Resources: e.resources,
	}
	if bus != "" {
		entry.EventBusName = &bus
	}
	if !e.time.IsZero() {
		entry.Time = &e.time
	}
	out, err := eventbridge.NewFromConfig(config(t, s, account, region)).PutEvents(t.Context(),
		&eventbridge.PutEventsInput{Entries: []ebtypes.PutEventsRequestEntry{entry}})
	if err != nil {
		t.Fatal(err)
	}
	return out.Entries[0]
}

// createUser is a CloudTrail event as the default bus of an account sees it.
var createUser = event{
	source: "aws.iam", detailType: "AWS API Call via CloudTrail", resources: []string{"arn:aws:iam::222222222222:user/eve"},
	detail: `{"eventSource":"iam.amazonaws.com","eventName":"CreateUser","readOnly":false,"managementEvent":true}`,
	time:   time.Date(2026, 11, 1, 12, 30, 0, 0, time.UTC),
}

// receive takes every message that the queue can give now and deletes it. Deliveries are done when
// PutEvents returns, so an empty answer means that nothing came.
func receive(t *testing.T, s *localaws.Server, account, region, queue string) []types.Message {
	t.Helper()
	client := sqs.NewFromConfig(config(t, s, account, region))
	url, err := client.GetQueueUrl(t.Context(), &sqs.GetQueueUrlInput{QueueName: &queue})
	if err != nil {
		t.Fatal(err)
	}
	var all []types.Message
	for {
		out, err := client.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{
			QueueUrl: url.QueueUrl, MaxNumberOfMessages: 10, MessageAttributeNames: []string{"All"},
		})
		if err != nil {
			t.Fatal(err)
		}
		if len(out.Messages) == 0 {
			return all
		}
		for _, m := range out.Messages {
			if _, err := client.DeleteMessage(t.Context(), &sqs.DeleteMessageInput{QueueUrl: url.QueueUrl, ReceiptHandle: m.ReceiptHandle}); err != nil {
				t.Fatal(err)
			}
		}
		all = append(all, out.Messages...)
	}
}

// envelope is an event as a target gets it.
type envelope struct {
	Version    string          `json:"version"`
	ID         string          `json:"id"`
	DetailType string          `json:"detail-type"`
	Source     string          `json:"source"`
	Account    string          `json:"account"`
	Time       string          `json:"time"`
	Region     string          `json:"region"`
	Resources  []string        `json:"resources"`
	Detail     json.RawMessage `json:"detail"`
}

func decode(t *testing.T, m types.Message) envelope {
	t.Helper()
	var e envelope
	if err := json.Unmarshal([]byte(*m.Body), &e); err != nil {
		t.Fatalf("body %s: %v", *m.Body, err)
	}
	return e
}

func attribute(m types.Message, name string) string {
	if a, ok := m.MessageAttributes[name]; ok {
		return aws.ToString(a.StringValue)
	}
	return ""
}

// call makes one call of a service that speaks AWS's query protocol, over plain HTTP: the module
// has no client for CloudFormation, IAM and CloudWatch.
func call(t *testing.T, s *localaws.Server, service, account, region string, form url.Values) (status int, body string) {
	t.Helper()
	keys, err := config(t, s, account, region).Credentials.Retrieve(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.Endpoint()+"/", strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	req.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential="+keys.AccessKeyID+"/20260101/"+region+"/"+service+
		"/aws4_request, SignedHeaders=host, Signature=none")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(answer)
}

// stack is one stack of one account and Region.
type stack struct {
	t               *testing.T
	s               *localaws.Server
	account, region string
	name            string
}

func (k stack) call(action string, more url.Values) (int, string) {
	k.t.Helper()
	form := url.Values{"Action": {action}, "Version": {"2010-05-15"}, "StackName": {k.name}}
	maps.Copy(form, more)
	return call(k.t, k.s, "cloudformation", k.account, k.region, form)
}

// deploy deploys by a change set, as `cdk deploy` does, and returns the stack's status and the
// reasons of its events.
func (k stack) deploy(kind, template string) (status string, reasons []string) {
	k.t.Helper()
	name := "set-" + kind + "-" + time.Now().Format("150405.000000000")
	name = strings.ReplaceAll(name, ".", "-")
	code, body := k.call("CreateChangeSet", url.Values{"ChangeSetName": {name}, "ChangeSetType": {kind}, "TemplateBody": {template}})
	if code != http.StatusOK {
		k.t.Fatalf("creating a change set: %d %s", code, body)
	}
	code, body = k.call("ExecuteChangeSet", url.Values{"ChangeSetName": {name}})
	if code != http.StatusOK {
		k.t.Fatalf("executing a change set: %d %s", code, body)
	}
	return k.status()
}

// must deploys and fails the test where the stack is not complete.
func (k stack) must(kind, template string) {
	k.t.Helper()
	if status, reasons := k.deploy(kind, template); status != kind+"_COMPLETE" {
		k.t.Fatalf("stack %s: %s, wanted %s_COMPLETE: %q", k.name, status, kind, reasons)
	}
}

func (k stack) status() (string, []string) {
	k.t.Helper()
	var described struct {
		Status string `xml:"DescribeStacksResult>Stacks>member>StackStatus"`
	}
	k.read("DescribeStacks", &described)
	var events struct {
		Reasons []string `xml:"DescribeStackEventsResult>StackEvents>member>ResourceStatusReason"`
	}
	k.read("DescribeStackEvents", &events)
	return described.Status, events.Reasons
}

// outputs are the stack's outputs by key.
func (k stack) outputs() map[string]string {
	k.t.Helper()
	var described struct {
		Outputs []struct{ OutputKey, OutputValue string } `xml:"DescribeStacksResult>Stacks>member>Outputs>member"`
	}
	k.read("DescribeStacks", &described)
	out := map[string]string{}
	for _, o := range described.Outputs {
		out[o.OutputKey] = o.OutputValue
	}
	return out
}

func (k stack) read(action string, into any) {
	k.t.Helper()
	code, body := k.call(action, nil)
	if code != http.StatusOK {
		k.t.Fatalf("%s: %d %s", action, code, body)
	}
	if err := xml.Unmarshal([]byte(body), into); err != nil {
		k.t.Fatalf("%s: %v: %s", action, err, body)
	}
}
