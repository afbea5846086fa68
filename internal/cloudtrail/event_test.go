package cloudtrail

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"
)

const created = `{"eventVersion":"1.11","userIdentity":{"type":"IAMUser","principalId":"AIDAEXAMPLE","arn":"arn:aws:iam::111111111111:user/bob",
	"accountId":"111111111111","accessKeyId":"AKIAEXAMPLE333333333","userName":"bob"},"eventTime":"2026-03-14T09:26:53Z","eventSource":"iam.amazonaws.com",
	"eventName":"CreateUser","awsRegion":"us-east-1","sourceIPAddress":"203.0.113.7","userAgent":"aws-cli/2.27.1","requestParameters":{"userName":"eve","n":1.50},
	"responseElements":null,"requestID":"r-1","eventID":"e-1","readOnly":false,"eventType":"AwsApiCall","managementEvent":true,
	"recipientAccountId":"222222222222","eventCategory":"Management"}`

func TestParse(t *testing.T) {
	raw := []byte(`{"version":"0","id":"b-1","detail-type":"AWS API Call via CloudTrail","source":"aws.iam","account":"222222222222",` +
		`"time":"2026-03-14T09:26:54Z","region":"us-east-1","resources":[],"detail":` + created + `}`)
	e, err := Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	if e.ID != "b-1" || e.DetailType != "AWS API Call via CloudTrail" || e.Source != "aws.iam" || e.Account != "222222222222" || e.Region != "us-east-1" {
		t.Errorf("got %+v", e)
	}
	if want := time.Date(2026, 3, 14, 9, 26, 54, 0, time.UTC); !e.Time.Equal(want) {
		t.Errorf("time is %v, want %v", e.Time, want)
	}
	if !bytes.Equal(e.JSON, raw) {
		t.Errorf("JSON is not what came: %s", e.JSON)
	}
	r := e.Record
	if r.EventID != "e-1" || r.Call() != "iam:CreateUser" || r.Service() != "iam" || r.SourceIP != "203.0.113.7" || r.RecipientAccount != "222222222222" ||
		r.Region != "us-east-1" || r.ReadOnly || r.EventCategory != "Management" || r.UserAgent != "aws-cli/2.27.1" {
		t.Errorf("record is %+v", r)
	}
	if r.Identity.UserName != "bob" || r.Identity.AccountID != "111111111111" {
		t.Errorf("identity is %+v", r.Identity)
	}
	if n := r.RequestParameters.(map[string]any)["n"]; n != json.Number("1.50") {
		t.Errorf("the number became %v", n)
	}
	if r.ResponseElements != nil {
		t.Errorf("null became %v", r.ResponseElements)
	}
}

func TestParseErrors(t *testing.T) {
	tests := map[string]struct{ in, want string }{
		"nothing":      {"", "EventBridge event: not JSON: it ends too early"},
		"cut off":      {`{"detail":{`, "EventBridge event: not JSON: it ends too early"},
		"no JSON":      {"hello", "EventBridge event: not JSON: invalid character 'h' looking for beginning of value"},
		"two":          {`{"detail":{}} {}`, "EventBridge event: not JSON: '{' after the object"},
		"a list":       {`[]`, "EventBridge event: a list, want an object"},
		"a number":     {`7`, "EventBridge event: a number, want an object"},
		"null":         {`null`, "EventBridge event: null or missing, want an object"},
		"no detail":    {`{"source":"aws.iam"}`, "EventBridge event: detail is null or missing, want an object"},
		"detail null":  {`{"detail":null}`, "EventBridge event: detail is null or missing, want an object"},
		"detail text":  {`{"detail":"{}"}`, "EventBridge event: detail is a string, want an object"},
		"detail true":  {`{"detail":true}`, "EventBridge event: detail is a boolean, want an object"},
		"detail empty": {`{"detail":{}}`, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			e, err := Parse([]byte(test.in))
			switch {
			case test.want == "":
				if err != nil || e == nil {
					t.Errorf("got %v, %v", e, err)
				}
			case err == nil || err.Error() != test.want || e != nil:
				t.Errorf("got %v, %v, want %s", e, err, test.want)
			}
		})
	}
}

func TestFromRecord(t *testing.T) {
	e, err := FromRecord([]byte("\n " + created + " \n"))
	if err != nil {
		t.Fatal(err)
	}
	if e.ID != "e-1" || e.Source != "aws.iam" || e.Account != "222222222222" || e.Region != "us-east-1" || !e.Time.Equal(e.Record.Time) || e.Time.IsZero() {
		t.Errorf("got %+v", e)
	}
	if !bytes.HasSuffix(e.JSON, []byte(`"detail":`+created+`}`)) {
		t.Errorf("the record's bytes have changed: %s", e.JSON)
	}
	// The wrapped event parses as the event of the record.
	again, err := Parse(e.JSON)
	if err != nil {
		t.Fatal(err)
	}
	if again.ID != e.ID || again.DetailType != e.DetailType || again.Source != e.Source || again.Account != e.Account || again.Region != e.Region ||
		!again.Time.Equal(e.Time) || again.Record.EventID != e.Record.EventID {
		t.Errorf("got  %+v\nwant %+v", again, e)
	}
	var envelope map[string]any
	if err := json.Unmarshal(e.JSON, &envelope); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail"} {
		if _, ok := envelope[key]; !ok {
			t.Errorf("the envelope has no %s: %s", key, e.JSON)
		}
	}
	if len(envelope) != 9 {
		t.Errorf("the envelope has %d keys, want 9: %s", len(envelope), e.JSON)
	}
}

func TestFromRecordEnvelope(t *testing.T) {
	tests := map[string]struct{ record, detailType, source, account string }{
		"call":             {`{"eventType":"AwsApiCall","eventSource":"ec2.amazonaws.com"}`, "AWS API Call via CloudTrail", "aws.ec2", ""},
		"sign-in":          {`{"eventType":"AwsConsoleSignIn","eventSource":"signin.amazonaws.com"}`, "AWS Console Sign In via CloudTrail", "aws.signin", ""},
		"service event":    {`{"eventType":"AwsServiceEvent","eventSource":"kms.amazonaws.com"}`, "AWS Service Event via CloudTrail", "aws.kms", ""},
		"console action":   {`{"eventType":"AwsConsoleAction","eventSource":"x.amazonaws.com"}`, "AWS Console Action via CloudTrail", "aws.x", ""},
		"insight":          {`{"eventType":"AwsCloudTrailInsight"}`, "AWS Insight via CloudTrail", "aws.cloudtrail", ""},
		"network activity": {`{"eventType":"AwsVpceEvent","eventSource":"s3.amazonaws.com"}`, "AWS Network Activity Event via CloudTrail", "aws.s3", ""},
		"no type":          {`{"eventSource":"iam.amazonaws.com"}`, "AWS API Call via CloudTrail", "aws.iam", ""},
		"no type, sign-in": {`{"eventSource":"signin.amazonaws.com"}`, "AWS Console Sign In via CloudTrail", "aws.signin", ""},
		"no type, insight": {`{"eventID":"x","eventCategory":"Insight"}`, "AWS Insight via CloudTrail", "aws.cloudtrail", ""},
		"a type to come":   {`{"eventType":"AwsSomething","eventSource":"x.amazonaws.com"}`, "AWS API Call via CloudTrail", "aws.x", ""},
		"no source":        {`{"eventName":"X"}`, "AWS API Call via CloudTrail", "", ""},
		"recipient":        {`{"eventName":"X","recipientAccountId":"222222222222","userIdentity":{"accountId":"111111111111"}}`, "AWS API Call via CloudTrail", "", "222222222222"},
		"caller":           {`{"eventName":"X","userIdentity":{"accountId":"111111111111"}}`, "AWS API Call via CloudTrail", "", "111111111111"},
		"floats":           {`{"eventName":"X","recipientAccountId":123123123123.0}`, "AWS API Call via CloudTrail", "", "123123123123"},
		"text to escape":   {`{"eventName":"X","recipientAccountId":"\"<\u2028\n","eventSource":"a\\b.c"}`, "AWS API Call via CloudTrail", `aws.a\b`, "\"<\u2028\n"},
	}
	if e, err := FromRecord([]byte(`{"eventName":"X","eventTime":1773480413.0}`)); err != nil || !bytes.Contains(e.JSON, []byte(`"time":"2026-03-14T09:26:53Z"`)) {
		t.Errorf("a time in seconds: %v, %v", e, err)
	}
	known := map[string]bool{}
	for _, detailType := range DetailTypes() {
		known[detailType] = true
	}
	if len(known) != 7 {
		t.Errorf("%d detail-types, want 7", len(known))
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			e, err := FromRecord([]byte(test.record))
			if err != nil {
				t.Fatal(err)
			}
			if e.DetailType != test.detailType || e.Source != test.source || e.Account != test.account {
				t.Errorf("got %q, %q, %q, want %q, %q, %q", e.DetailType, e.Source, e.Account, test.detailType, test.source, test.account)
			}
			if !known[e.DetailType] {
				t.Errorf("%q is none of the detail-types", e.DetailType)
			}
			again, err := Parse(e.JSON)
			if err != nil || again.Source != e.Source || again.Account != e.Account || again.DetailType != e.DetailType {
				t.Errorf("parsed again: %+v, %v", again, err)
			}
		})
	}
}

func TestFromRecordErrors(t *testing.T) {
	tests := map[string]struct{ in, want string }{
		"nothing":   {"", "CloudTrail record: not JSON: it ends too early"},
		"a list":    {"[]", "CloudTrail record: a list, want an object"},
		"no record": {`{"a":1}`, "CloudTrail record: none of eventName, eventSource, eventType, eventID, userIdentity, insightDetails is there"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if e, err := FromRecord([]byte(test.in)); err == nil || err.Error() != test.want || e != nil {
				t.Errorf("got %v, %v, want %s", e, err, test.want)
			}
		})
	}
}

// No error quotes more than one character of the event: it may be a secret.
func TestErrorsDoNotQuoteTheEvent(t *testing.T) {
	for _, in := range []string{`{"detail":"hunter2"}`, `{"detail":hunter2}`, `hunter2`, `{"hunter2":1}`, `"hunter2"`, `{} hunter2`} {
		for _, parse := range []func([]byte) (*Event, error){Parse, FromRecord} {
			if _, err := parse([]byte(in)); err == nil || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("%s: %v", in, err)
			}
		}
	}
}
