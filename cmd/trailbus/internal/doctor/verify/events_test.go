package verify

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/trailbus/trailbus/internal/contract"
)

// standIn is an AWS in which every role can be assumed and every event put, by default.
type standIn struct {
	mu    sync.Mutex
	calls []string // what was asked for, with whose key in which Region
	sts   string   // the code of a refusal
	put   string   // the code of a refusal
	entry string   // the code of a refusal of an entry
	body  string   // of the last PutEvents
}

func (s *standIn) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	body, _ := io.ReadAll(r.Body)
	scope := strings.Split(strings.SplitN(strings.SplitN(r.Header.Get("Authorization"), "Credential=", 2)[1], ",", 2)[0], "/")
	if r.Header.Get("X-Amz-Target") == "AWSEvents.PutEvents" {
		s.calls, s.body = append(s.calls, "PutEvents "+scope[0]+" "+scope[2]), string(body)
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		switch {
		case s.put != "":
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprintf(w, `{"__type":"%s","message":"not you"}`, s.put)
		case s.entry != "":
			fmt.Fprintf(w, `{"FailedEntryCount":1,"Entries":[{"ErrorCode":"%s","ErrorMessage":"not this"}]}`, s.entry)
		default:
			fmt.Fprint(w, `{"FailedEntryCount":0,"Entries":[{"EventId":"1"}]}`)
		}
		return
	}
	form, _ := url.ParseQuery(string(body))
	s.calls = append(s.calls, form.Get("Action")+" "+form.Get("RoleArn")+" "+form.Get("RoleSessionName")+" "+scope[2])
	w.Header().Set("Content-Type", "text/xml")
	if s.sts != "" {
		w.WriteHeader(http.StatusForbidden)
		fmt.Fprintf(w, "<ErrorResponse><Error><Code>%s</Code><Message>not you</Message></Error></ErrorResponse>", s.sts)
		return
	}
	fmt.Fprintf(w, "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIA%s</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>"+
		"<Expiration>%s</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>", strings.Split(form.Get("RoleArn"), ":")[4], time.Now().Add(time.Hour).UTC().Format(time.RFC3339))
}

func newEvents(t *testing.T, s *standIn) *Events {
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return &Events{
		Config: aws.Config{Region: "eu-central-1", BaseEndpoint: aws.String(server.URL), Credentials: credentials.NewStaticCredentialsProvider("AKIAOWN", "s", ""),
			Retryer: func() aws.Retryer { return aws.NopRetryer{} }},
		RoleARN: func(account string) string {
			if account == "111111111111" {
				return ""
			}
			return "arn:aws:iam::" + account + ":role/Inspection"
		},
	}
}

func TestSendUsesTheRoleOfTheAccount(t *testing.T) {
	s := &standIn{}
	e := newEvents(t, s)
	id := contract.NewProbeID()
	for _, place := range [][2]string{{"222222222222", "us-east-1"}, {"222222222222", "eu-west-1"}, {"111111111111", "eu-west-1"}} {
		before := time.Now()
		if begun, err := e.Send(t.Context(), place[0], place[1], id); err != nil || begun.Before(before) || begun.After(time.Now()) {
			t.Errorf("%v: %v, %v", place, begun, err)
		}
	}
	// A role is assumed once, with the central credentials.
	want := []string{
		"AssumeRole arn:aws:iam::222222222222:role/Inspection trailbus-verify eu-central-1",
		"PutEvents ASIA222222222222 us-east-1", "PutEvents ASIA222222222222 eu-west-1", "PutEvents AKIAOWN eu-west-1",
	}
	if fmt.Sprint(s.calls) != fmt.Sprint(want) {
		t.Errorf("asked %q, want %q", s.calls, want)
	}
	var sent struct{ Entries []map[string]string }
	if err := json.Unmarshal([]byte(s.body), &sent); err != nil || len(sent.Entries) != 1 {
		t.Fatalf("%v: %s", err, s.body)
	}
	// Without the name of a bus it is the default one.
	if e := sent.Entries[0]; len(e) != 3 || e["Source"] != "trailbus.verify" || e["DetailType"] != "Trailbus Verify" || e["Detail"] != `{"id":"`+id+`"}` {
		t.Errorf("put %v", e)
	}
}

func TestSendErrors(t *testing.T) {
	for want, s := range map[string]*standIn{
		"taking the role arn:aws:iam::222222222222:role/Inspection: access denied; sts:AssumeRole, and the trust of the role, is needed (not you)": {sts: "AccessDenied"},
		"putting an event on the default event bus of account 222222222222 in us-east-1: access denied; events:PutEvents is needed (not you)":      {put: "AccessDeniedException"},
		"putting an event on the default event bus of account 222222222222 in us-east-1: access denied; events:PutEvents is needed (not this)":     {entry: "AccessDeniedException"},
		"putting an event on the default event bus of account 222222222222 in us-east-1: AWS does not take the credentials; they may have expired (UnrecognizedClientException: not you);" +
			" or the account has the Region not enabled": {put: "UnrecognizedClientException"},
		"putting an event on the default event bus of account 222222222222 in us-east-1: ThrottlingException: not you": {put: "ThrottlingException"},
	} {
		if _, err := newEvents(t, s).Send(t.Context(), "222222222222", "us-east-1", contract.NewProbeID()); err == nil || err.Error() != want {
			t.Errorf("the error is\n%v\nwant\n%s", err, want)
		}
	}
}
