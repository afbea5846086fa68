package main

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"github.com/trailbus/trailbus/internal/contract"
	"github.com/trailbus/trailbus/internal/local/lambdaruntime"
	"github.com/trailbus/trailbus/internal/local/slacktest"
	"github.com/trailbus/trailbus/rules"
)

// wanted is an event of usual size that both notifiers report; UNIQUE and ACTOR are put in.
// unwanted is one that no rule matches.
const wanted = `{"version":"0","id":"UNIQUE","detail-type":"AWS API Call via CloudTrail","source":"aws.iam","account":"111111111111",
"time":"2026-03-04T05:06:07Z","region":"us-east-1","resources":[],"detail":{"eventVersion":"1.11","eventSource":"iam.amazonaws.com",
"eventName":"CreateUser","eventID":"UNIQUE","requestID":"5c2fd6a2-7a3b-4d23-9f0e-1c2b3a4d5e6f","recipientAccountId":"111111111111",
"awsRegion":"us-east-1","eventTime":"2026-03-04T05:06:07Z","eventType":"AwsApiCall","eventCategory":"Management","managementEvent":true,
"readOnly":false,"sourceIPAddress":"198.51.100.7","userAgent":"APN/1.0 HashiCorp/1.0 Terraform/1.9.5 (+https://www.terraform.io) aws-sdk-go-v2/1.30.3",
"userIdentity":{"type":"AssumedRole","principalId":"AROAEXAMPLEEXAMPLE:ACTOR","arn":"arn:aws:sts::111111111111:assumed-role/deploy/ACTOR",
"accountId":"111111111111","accessKeyId":"ASIAEXAMPLEEXAMPLE","sessionContext":{"sessionIssuer":{"type":"Role","principalId":"AROAEXAMPLEEXAMPLE",
"arn":"arn:aws:iam::111111111111:role/deploy","accountId":"111111111111","userName":"deploy"},"attributes":{"creationDate":"2026-03-04T05:00:00Z",
"mfaAuthenticated":"false"}}},"requestParameters":{"userName":"service-UNIQUE","path":"/services/","tags":[{"key":"team","value":"payments"}]},
"responseElements":{"user":{"path":"/services/","userName":"service-UNIQUE","userId":"AIDAEXAMPLE","arn":"arn:aws:iam::111111111111:user/services/service-UNIQUE"}},
"tlsDetails":{"tlsVersion":"TLSv1.3","cipherSuite":"TLS_AES_128_GCM_SHA256","clientProvidedHostHeader":"iam.amazonaws.com"}}}`

var unwanted = strings.NewReplacer("aws.iam", "aws.sqs", "iam.amazonaws.com", "sqs.amazonaws.com", "CreateUser", "TagQueue").Replace(wanted)

// benchRules are the pack recommended, and a rule that wants [wanted].
func benchRules(b *testing.B) *rules.Set {
	b.Helper()
	recommended, err := rules.NewCatalogSet("recommended")
	if err != nil {
		b.Fatal(err)
	}
	users := &rules.Rule{ID: "users", Title: "A user was made", Severity: rules.High, Calls: []string{"iam:CreateUser"}}
	set, err := rules.NewSet(append(recommended.Rules(), users)...)
	if err != nil {
		b.Fatal(err)
	}
	return set
}

// batchOf makes a batch of size events of a number of actors. ROUND is put in by [measure], so that
// no event comes twice.
func batchOf(b *testing.B, event string, size, actors int) []byte {
	b.Helper()
	var batch events.SQSEvent
	for i := range size {
		body := strings.NewReplacer("UNIQUE", fmt.Sprintf("ROUND-%d", i), "ACTOR", fmt.Sprintf("actor-%d-ROUND", i%actors)).Replace(event)
		batch.Records = append(batch.Records, events.SQSMessage{MessageId: strconv.Itoa(i), ReceiptHandle: "r", Body: body, Attributes: map[string]string{"ApproximateReceiveCount": "1"}})
	}
	payload, err := json.Marshal(batch)
	if err != nil {
		b.Fatal(err)
	}
	return payload
}

// peer is a notifier that is compared.
type peer struct {
	name   string
	groups bool
	start  func(*testing.B, *lambdaruntime.Output) *lambdaruntime.Function
}

// peers are the compiled function and the same work done in Python, in bench/notifier, with what
// the Lambda always has, too, and without it.
func peers(b *testing.B, slack *slacktest.Server, aws *cloud) []peer {
	b.Helper()
	aws.secret, aws.asked, aws.last = slack.URL("token"), map[string]int{}, map[string]string{}
	endpoint := httptest.NewServer(aws)
	b.Cleanup(endpoint.Close)
	binary := build(b)
	configure(b, filepath.Dir(binary), benchRules(b))
	python, err := filepath.Abs("../../bench/notifier/bootstrap")
	if err != nil {
		b.Fatal(err)
	}
	inPython := func(imports string, env ...string) func(*testing.B, *lambdaruntime.Output) *lambdaruntime.Function {
		return func(b *testing.B, printed *lambdaruntime.Output) *lambdaruntime.Function {
			if out, err := exec.Command("python3", "-c", "import "+imports).CombinedOutput(); err != nil {
				b.Skipf("python3 cannot import %s: %s", imports, out)
			}
			return startPeer(b, python, printed, env...)
		}
	}
	boto3 := []string{"PEER=boto3", "TABLE=table", "SECRET_ARN=arn:aws:secretsmanager:us-east-1:111111111111:secret:slack",
		"AWS_ENDPOINT_URL=" + endpoint.URL, "AWS_ACCESS_KEY_ID=AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY=example"}
	return []peer{
		{"trailbus", true, func(b *testing.B, printed *lambdaruntime.Output) *lambdaruntime.Function {
			return start(b, binary, endpoint.URL, printed)
		}},
		{"python", false, inPython("yaml", "WEBHOOK_URL="+slack.URL("token"))},
		{"python-boto3", false, inPython("yaml, boto3", boto3...)},
		{"python-boto3-equal", true, inPython("yaml, boto3", append(boto3, "EQUAL=1")...)},
	}
}

// BenchmarkPeers compares what peers take of a processor, with services that answer at once: other
// work on the machine disturbs that less than the clock.
func BenchmarkPeers(b *testing.B) {
	slack := slacktest.New(slacktest.Options{})
	defer slack.Close()
	for _, p := range peers(b, slack, &cloud{}) {
		b.Run(p.name, func(b *testing.B) {
			least := 1000
			if p.groups {
				least = 3 // what is too many for one run is posted in digests
			}
			b.Run("start", func(b *testing.B) { measureStart(b, p.start) })
			b.Run("none of 1000 wanted", func(b *testing.B) { load{unwanted, 1000, 1, 0}.measure(b, slack, p.start, 1) })
			b.Run("1000 by 10 actors", func(b *testing.B) { load{wanted, 1000, 10, least}.measure(b, slack, p.start, 1) })
			b.Run("1000 by 1000 actors", func(b *testing.B) { load{wanted, 1000, 1000, least}.measure(b, slack, p.start, 1) })
			b.Run("8 by 8 actors", func(b *testing.B) { load{wanted, 8, 8, 8}.measure(b, slack, p.start, 125) })
		})
	}
}

// BenchmarkPeersOnTheClock compares how many events peers get through, with services that take
// their time: DynamoDB 5 ms, Slack 100 ms.
func BenchmarkPeersOnTheClock(b *testing.B) {
	slack := slacktest.New(slacktest.Options{OnMessage: func(slacktest.Message) { time.Sleep(100 * time.Millisecond) }})
	defer slack.Close()
	for _, p := range peers(b, slack, &cloud{delay: 5 * time.Millisecond}) {
		b.Run(p.name, func(b *testing.B) {
			least := 100
			if p.groups {
				least = 3
			}
			b.Run("none of 1000 wanted", func(b *testing.B) { load{unwanted, 1000, 1, 0}.measure(b, slack, p.start, 1) })
			b.Run("100 by 10 actors", func(b *testing.B) { load{wanted, 100, 10, least}.measure(b, slack, p.start, 1) })
			b.Run("8 by 8 actors", func(b *testing.B) { load{wanted, 8, 8, 8}.measure(b, slack, p.start, 1) })
		})
	}
}

func startPeer(b *testing.B, binary string, printed *lambdaruntime.Output, env ...string) *lambdaruntime.Function {
	b.Helper()
	function, err := lambdaruntime.Start(b.Context(), lambdaruntime.Options{
		Binary: binary, Timeout: contract.FunctionTimeout, Stdout: printed, Stderr: printed,
		Env: append(env, "PATH="+os.Getenv("PATH")), // the Python that was asked for its modules
	})
	if err != nil {
		b.Fatalf("%v\n%s", err, printed)
	}
	return function
}

// measureStart measures from the start of the process to its first poll.
func measureStart(b *testing.B, start func(*testing.B, *lambdaruntime.Output) *lambdaruntime.Function) {
	best := time.Hour
	for b.Loop() {
		function := start(b, &lambdaruntime.Output{})
		best = min(best, function.ColdStart())
		function.Stop()
	}
	b.ReportMetric(float64(best.Microseconds())/1000, "ms/best")
}

// load is a batch of events of some actors, which makes least messages or more.
type load struct {
	event               string
	size, actors, least int
}

// measure gives a function the same batch again and again, with new events: once ahead, since the
// start is measured elsewhere, and then some batches in each round.
func (l load) measure(b *testing.B, slack *slacktest.Server, start func(*testing.B, *lambdaruntime.Output) *lambdaruntime.Function, batchesARound int) {
	printed := &lambdaruntime.Output{}
	function := start(b, printed)
	defer function.Stop()
	payload, batches := batchOf(b, l.event, l.size, l.actors), 0
	invoke := func() {
		batches++
		// The table knows for days what was posted, also by another process.
		this := bytes.ReplaceAll(payload, []byte("ROUND"), []byte(rand.Text()))
		if answer, err := function.Invoke(b.Context(), this); err != nil || strings.Contains(string(answer), "itemIdentifier") {
			b.Fatalf("%s, %v\n%s", answer, err, printed)
		}
	}
	before := slack.Requests()
	invoke()
	cpu := processorTime(b, function.PID())
	for b.Loop() {
		for range batchesARound {
			invoke()
		}
	}
	cpu = processorTime(b, function.PID()) - cpu
	messages := slack.Requests() - before
	if messages < l.least*batches || l.least == 0 && messages > 0 {
		b.Fatalf("%d messages of %d batches, want %d of each or more", messages, batches, l.least)
	}
	b.ReportMetric(float64((batches-1)*l.size)/max(cpu, 0.01), "events/core-s")
	b.ReportMetric(float64((batches-1)*l.size)/b.Elapsed().Seconds(), "events/s")
	b.ReportMetric(float64(messages)/float64(batches), "messages/batch")
	b.ReportMetric(peakMemory(b, function.PID()), "peak-MB")
}

// processorTime is what a process has used, in seconds, to a hundredth:
// https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
func processorTime(b *testing.B, pid int) float64 {
	b.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		b.Skipf("processor time is read from /proc: %v", err)
	}
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:])) // from the third on
	user, err1 := strconv.ParseFloat(fields[11], 64)
	system, err2 := strconv.ParseFloat(fields[12], 64)
	if err1 != nil || err2 != nil {
		b.Fatalf("%s", text)
	}
	return (user + system) / 100
}

// peakMemory is the most memory that a process has held, in MB: VmHWM of
// https://man7.org/linux/man-pages/man5/proc_pid_status.5.html
func peakMemory(b *testing.B, pid int) float64 {
	b.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		b.Skipf("memory is read from /proc: %v", err)
	}
	_, after, _ := strings.Cut(string(text), "VmHWM:")
	kilobytes, err := strconv.ParseFloat(strings.Fields(after)[0], 64)
	if err != nil {
		b.Fatalf("%s", text)
	}
	return kilobytes * 1024 / 1e6
}
