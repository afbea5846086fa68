package delivery

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

// sqsCall is a request to SQS as it is sent.
type sqsCall struct {
	QueueURL    string `json:"QueueUrl"`
	MessageBody string
	Entries     []struct {
		ReceiptHandle     string
		VisibilityTimeout *int32
	}
	MessageAttributes map[string]struct{ DataType, StringValue string }
	AttributeNames    []string
}

// sqsQueue is a Queue whose requests are kept.
func sqsQueue(t *testing.T, status int) (*Queue, *[]sqsCall) {
	var calls []sqsCall
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var c sqsCall
		body, _ := io.ReadAll(r.Body)
		if err := json.Unmarshal(body, &c); err != nil {
			t.Error(err)
		}
		calls = append(calls, c)
		w.Header().Set("Content-Type", "application/x-amz-json-1.0")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, `{"Attributes": {"ApproximateNumberOfMessagesNotVisible": "61234"}, "Successful": [{"Id": "0"}], "Failed": [
			{"Id": "1", "Code": "ReceiptHandleIsInvalid", "Message": "it has expired", "SenderFault": true}, {"Id": "99", "Code": "x", "SenderFault": true}]}`)
	}))
	t.Cleanup(server.Close)
	client := sqs.New(sqs.Options{
		Region: "us-east-1", BaseEndpoint: aws.String(server.URL), Credentials: credentials.NewStaticCredentialsProvider("x", "x", ""),
		DisableMessageChecksumValidation: true, RetryMaxAttempts: 1,
	})
	return &Queue{Client: client, URL: server.URL + "/1/queue", DeadLetterURL: server.URL + "/1/dead"}, &calls
}

func TestDelay(t *testing.T) {
	q, calls := sqsQueue(t, http.StatusOK)
	durations := []time.Duration{0, -time.Hour, math.MinInt64, time.Millisecond, 2 * time.Second, 2400 * time.Millisecond, 15 * time.Minute, math.MaxInt64}
	want := []int32{0, 0, 0, 1, 2, 3, 900, 39600}
	var messages []DelayedMessage
	for i, d := range durations {
		messages = append(messages, DelayedMessage{ReceiptHandle: fmt.Sprint("handle ", i), For: d})
	}
	failures := q.Delay(t.Context(), messages)
	if len(*calls) != 1 || (*calls)[0].QueueURL != q.URL || len((*calls)[0].Entries) != len(messages) {
		t.Fatalf("asked %+v", *calls)
	}
	for i, entry := range (*calls)[0].Entries {
		if entry.ReceiptHandle != messages[i].ReceiptHandle || entry.VisibilityTimeout == nil || *entry.VisibilityTimeout != want[i] {
			t.Errorf("%s: %+v, want %d s", durations[i], entry, want[i])
		}
	}
	// The server refuses the second, and one that was not in the request.
	for i, err := range failures {
		if refused := err != nil; refused != (i == 1) || refused && err.Error() != "ReceiptHandleIsInvalid: it has expired" {
			t.Errorf("message %d: %v", i, err)
		}
	}
	q, _ = sqsQueue(t, http.StatusForbidden)
	if failures := q.Delay(t.Context(), messages); len(failures) != len(messages) || slices.Contains(failures, nil) {
		t.Errorf("a refusal of all is %v", failures)
	}
}

func TestInFlight(t *testing.T) {
	q, calls := sqsQueue(t, http.StatusOK)
	if n, err := q.InFlight(t.Context()); n != 61234 || err != nil {
		t.Errorf("found %d, %v", n, err)
	}
	if c := (*calls)[0]; c.QueueURL != q.URL || !slices.Equal(c.AttributeNames, []string{"ApproximateNumberOfMessagesNotVisible"}) {
		t.Errorf("asked %+v", c)
	}
	q, _ = sqsQueue(t, http.StatusForbidden)
	if _, err := q.InFlight(t.Context()); err == nil {
		t.Error("a refusal is no error")
	}
}

func TestDeadLetter(t *testing.T) {
	q, calls := sqsQueue(t, http.StatusOK)
	tests := map[string]struct {
		body, reason, want string
	}{
		"a reason":           {"body", "no_service", "no_service"},
		"odd characters":     {"body", "a\x00b\uFFFEc\xffd\n", "a b c d"},
		"a long reason":      {"body", strings.Repeat("ü", 1000), strings.Repeat("ü", 500) + "…"},
		"no reason":          {"body", " \n", ""},
		"a body of 1 MiB":    {strings.Repeat("x", maxMessage), "reason", ""},
		"just room":          {strings.Repeat("x", maxMessage-len("TRAILBUS_REASON")-len("String")-6), "reason", "reason"},
		"one byte too many":  {strings.Repeat("x", maxMessage-len("TRAILBUS_REASON")-len("String")-5), "reason", ""},
		"a body that is bad": {"not JSON \u2028", "reason", "reason"},
	}
	for name, test := range tests {
		*calls = nil
		if err := q.DeadLetter(t.Context(), test.body, test.reason); err != nil || len(*calls) != 1 {
			t.Fatalf("%s: %v, %d calls", name, err, len(*calls))
		}
		c := (*calls)[0]
		attribute, there := c.MessageAttributes[ReasonAttribute]
		if c.MessageBody != test.body || c.QueueURL != q.DeadLetterURL || there != (test.want != "") || attribute.StringValue != test.want || !utf8.ValidString(attribute.StringValue) {
			t.Errorf("%s: sent %d bytes to %s with %+v, want %.30q", name, len(c.MessageBody), c.QueueURL, c.MessageAttributes, test.want)
		}
	}
	q, _ = sqsQueue(t, http.StatusForbidden)
	if err := q.DeadLetter(t.Context(), "body", "reason"); err == nil {
		t.Error("a refusal is no error")
	}
}
