package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"github.com/trailbus/trailbus/internal/contract"
	"github.com/trailbus/trailbus/internal/local/lambdaruntime"
	"github.com/trailbus/trailbus/internal/local/slacktest"
	"github.com/trailbus/trailbus/rules"
)

const event = `{"version":"0","id":"1","detail-type":"AWS API Call via CloudTrail","source":"aws.iam","account":"111111111111",
"time":"2026-03-04T05:06:07Z","region":"us-east-1","detail":{"eventSource":"iam.amazonaws.com","eventName":"CreateUser",
"eventID":"11111111-2222-3333-4444-555555555555","recipientAccountId":"111111111111","awsRegion":"us-east-1",
"userIdentity":{"type":"IAMUser","userName":"alice"},"requestParameters":{"userName":"bob"}}}`

// cloud is as much of Secrets Manager, SQS and DynamoDB as the function asks for.
type cloud struct {
	secret string
	table  table
	queue  *queue        // nil: no message can be delayed, and the dead-letter queue takes none
	delay  time.Duration // before each answer

	mu    sync.Mutex
	asked map[string]int    // by operation
	last  map[string]string // the body of the last request, by operation
}

func (c *cloud) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	operation := r.Header.Get("X-Amz-Target")
	c.mu.Lock()
	c.asked[operation]++
	c.last[operation] = string(body)
	c.mu.Unlock()
	time.Sleep(c.delay)
	w.Header().Set("Content-Type", r.Header.Get("Content-Type"))
	if operation, ok := strings.CutPrefix(operation, "DynamoDB_20120810."); ok {
		c.table.serve(w, operation, body)
		return
	}
	if c.queue != nil && strings.HasPrefix(operation, "AmazonSQS.") {
		c.queue.serve(w, operation, body)
		return
	}
	switch operation {
	case "secretsmanager.GetSecretValue":
		_ = json.NewEncoder(w).Encode(map[string]string{"ARN": "arn", "Name": "slack", "SecretString": c.secret})
	case "AWSOrganizationsV20161128.DescribeAccount":
		if strings.Contains(string(body), "222222222222") {
			_, _ = io.WriteString(w, `{"Account":{"Id":"222222222222","Name":"payments"}}`)
			return
		}
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, `{"__type":"AccountNotFoundException","Message":"none"}`)
	case "AmazonSQS.ChangeMessageVisibilityBatch":
		_, _ = io.WriteString(w, "{}")
	default: // a dead-letter queue that takes nothing
		w.WriteHeader(http.StatusForbidden)
		_, _ = io.WriteString(w, `{"__type":"com.amazonaws.sqs#AccessDenied","message":"no"}`)
	}
}

// build compiles the function for this machine, with what the Go command has compiled for the tests
// already, and puts its settings beside it.
func build(t testing.TB, change ...func(*contract.Settings)) string {
	t.Helper()
	dir := t.TempDir()
	command := exec.Command("go", "build", "-buildvcs=false", "-tags=lambda.norpc", "-ldflags=-s -w", "-o", filepath.Join(dir, "bootstrap"), ".")
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	set, err := rules.NewSet(&rules.Rule{ID: "users", Title: "A user was made", Severity: rules.High, Calls: []string{"iam:CreateUser"}})
	if err != nil {
		t.Fatal(err)
	}
	configure(t, dir, set, change...)
	return filepath.Join(dir, "bootstrap")
}

// configure writes the settings beside a function.
func configure(t testing.TB, dir string, set *rules.Set, change ...func(*contract.Settings)) {
	t.Helper()
	mutes, err := rules.NewMutes()
	if err != nil {
		t.Fatal(err)
	}
	known := &contract.Settings{Rules: set, Mutes: mutes, Accounts: map[string]string{"111111111111": "prod"}}
	for _, change := range change {
		change(known)
	}
	data, err := known.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, contract.SettingsFile), data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// start runs the function with a cloud of ours.
func start(t testing.TB, binary, endpoint string, printed *lambdaruntime.Output) *lambdaruntime.Function {
	t.Helper()
	function, err := lambdaruntime.Start(t.Context(), lambdaruntime.Options{
		Binary: binary, Timeout: contract.FunctionTimeout, Stdout: printed, Stderr: printed,
		Env: []string{
			"AWS_ENDPOINT_URL=" + endpoint, "AWS_ACCESS_KEY_ID=AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY=example",
			contract.EnvSecretARN + "=arn:aws:secretsmanager:us-east-1:111111111111:secret:slack",
			contract.EnvQueueURL + "=" + endpoint + "/111111111111/queue",
			contract.EnvDeadLetterQueueURL + "=" + endpoint + "/111111111111/dead",
			contract.EnvTable + "=table",
		},
	})
	if err != nil {
		t.Fatalf("%v\n%s", err, printed)
	}
	return function
}

// BenchmarkFunction runs the compiled program: the start of a process to its first poll, and full
// batches of which each event becomes a message that a Slack on this machine takes.
func BenchmarkFunction(b *testing.B) {
	binary := build(b)
	slack := slacktest.New(slacktest.Options{})
	defer slack.Close()
	endpoint := httptest.NewServer(&cloud{secret: slack.URL("token"), asked: map[string]int{}, last: map[string]string{}})
	defer endpoint.Close()
	b.Run("cold start", func(b *testing.B) {
		var total time.Duration
		for b.Loop() {
			function := start(b, binary, endpoint.URL, &lambdaruntime.Output{})
			total += function.ColdStart()
			function.Stop()
		}
		b.ReportMetric(float64(total.Microseconds())/1000/float64(b.N), "ms/start")
	})
	b.Run("batch of 8", func(b *testing.B) {
		const size = 8 // as many messages as one webhook is given in one run, without a digest
		function := start(b, binary, endpoint.URL, &lambdaruntime.Output{})
		defer function.Stop()
		var batch events.SQSEvent
		for i := range size {
			// Each of an actor of its own, so that each is a message.
			body := strings.NewReplacer(`"eventID":"`, `"eventID":"ROUND-`+strconv.Itoa(i)+"-", "alice", "alice-"+strconv.Itoa(i)+"-ROUND").Replace(event)
			batch.Records = append(batch.Records, events.SQSMessage{MessageId: strconv.Itoa(i), ReceiptHandle: "r", Body: body})
		}
		payload, err := json.Marshal(batch)
		if err != nil {
			b.Fatal(err)
		}
		before, round := slack.Requests(), 0
		for b.Loop() {
			round++
			this := bytes.ReplaceAll(payload, []byte("ROUND"), []byte(strconv.Itoa(round)))
			if answer, err := function.Invoke(b.Context(), this); err != nil || strings.Contains(string(answer), "itemIdentifier") {
				b.Fatalf("%s, %v", answer, err)
			}
		}
		if told := slack.Requests() - before; told != b.N*size {
			b.Fatalf("%d messages, want %d", told, b.N*size)
		}
		b.ReportMetric(float64(b.Elapsed().Microseconds())/1000/float64(b.N*size), "ms/event")
	})
}

// TestTheFunction runs the program as Lambda does: a batch goes in, a message comes out in Slack.
func TestTheFunction(t *testing.T) {
	binary := build(t)
	slack := slacktest.New(slacktest.Options{})
	defer slack.Close()
	const token = "sEcReTtOkEn"
	aws := &cloud{secret: slack.URL(token), asked: map[string]int{}, last: map[string]string{}}
	endpoint := httptest.NewServer(aws)
	defer endpoint.Close()
	printed := &lambdaruntime.Output{}
	function := start(t, binary, endpoint.URL, printed)
	defer function.Stop()
	t.Logf("cold start, from the start of the process to its first poll: %s", function.ColdStart())

	batch := events.SQSEvent{Records: []events.SQSMessage{
		{MessageId: "1", ReceiptHandle: "r1", Body: event},
		{MessageId: "2", ReceiptHandle: "r2", Body: "junk"},
		{MessageId: "3", ReceiptHandle: "r3", Body: strings.Replace(event, "CreateUser", "TagUser", 1)},
	}}
	payload, err := json.Marshal(batch)
	if err != nil {
		t.Fatal(err)
	}
	for _, what := range []string{"first", "second"} {
		start := time.Now()
		answer, err := function.Invoke(t.Context(), payload)
		if err != nil {
			t.Fatalf("%v\n%s", err, printed)
		}
		t.Logf("%s batch: %s", what, time.Since(start))
		var response events.SQSEventResponse
		if err := json.Unmarshal(answer, &response); err != nil {
			t.Fatal(err)
		}
		if f := response.BatchItemFailures; len(f) != 1 || f[0].ItemIdentifier != "2" {
			t.Errorf("answer %s, want 2 to come back: the dead-letter queue refused it", answer)
		}
	}
	messages := slack.Messages()
	if len(messages) != 1 || slack.Requests() != 1 {
		t.Fatalf("%d messages after %d requests, want one: the second batch is the first again", len(messages), slack.Requests())
	}
	for _, part := range []string{"A user was made", "alice", "prod", "bob"} {
		if !strings.Contains(string(messages[0].Payload), part) {
			t.Errorf("%q is not in %s", part, messages[0].Payload)
		}
	}
	aws.mu.Lock()
	defer aws.mu.Unlock()
	if n := aws.asked["secretsmanager.GetSecretValue"]; n != 1 {
		t.Errorf("the secret was read %d times, want once", n)
	}
	if n := aws.asked["AmazonSQS.SendMessage"]; n != 2 || !strings.Contains(aws.last["AmazonSQS.SendMessage"], "junk") {
		t.Errorf("%d messages went to the dead-letter queue, the last as %s", n, aws.last["AmazonSQS.SendMessage"])
	}
	// Two batches of one event that is posted, once: it is claimed twice, and its claim ends when
	// it is confirmed.
	var told []attributes
	for key, item := range aws.table.items {
		if strings.HasPrefix(key, "event#11111111-2222-3333-4444-555555555555") && item["holder"] == nil {
			told = append(told, item)
		}
	}
	if len(told) != 1 {
		t.Errorf("the table has %v, want one event that was posted", aws.table.items)
	}
	if n := aws.asked["DynamoDB_20120810.PutItem"]; n < 2 || !strings.Contains(aws.last["DynamoDB_20120810.PutItem"], `"table"`) {
		t.Errorf("%d items were put, the last by %s", n, aws.last["DynamoDB_20120810.PutItem"])
	}
	if hidden := aws.last["AmazonSQS.ChangeMessageVisibilityBatch"]; !strings.Contains(hidden, `"r2"`) {
		t.Errorf("hidden: %s", hidden)
	}
	function.Stop() // what it printed is read to the end
	log := printed.String()
	if strings.Contains(log, token) || strings.Contains(log, "/services/") {
		t.Errorf("the log holds the webhook: %s", log)
	}
	outcomes := map[string]int{}
	for text := range strings.SplitSeq(strings.TrimSpace(log), "\n") {
		var line struct{ Outcome, EventID string }
		if err := json.Unmarshal([]byte(text), &line); err != nil {
			t.Errorf("line %q: %v", text, err)
		}
		outcomes[line.Outcome]++
	}
	// Without an outcome are the line of each batch, and its metrics.
	if len(outcomes) != 5 || outcomes["posted"] != 1 || outcomes["duplicate"] != 1 || outcomes["returned"] != 2 || outcomes["unmatched"] != 2 || outcomes[""] != 4 {
		t.Errorf("logged outcomes %v\n%s", outcomes, log)
	}
}

// TestTheFunctionNamesMissingVariables starts it without its variables: it must not take messages
// that it can only return.
func TestTheFunctionNamesMissingVariables(t *testing.T) {
	binary := build(t)
	printed := &lambdaruntime.Output{}
	function, err := lambdaruntime.Start(t.Context(), lambdaruntime.Options{Binary: binary, Stdout: printed})
	if err == nil {
		function.Stop()
		t.Fatal("it started")
	}
	for _, name := range []string{contract.EnvSecretARN, contract.EnvQueueURL, contract.EnvDeadLetterQueueURL, contract.EnvTable} {
		if !strings.Contains(printed.String(), name) {
			t.Errorf("%s is not in %s", name, printed)
		}
	}
}
