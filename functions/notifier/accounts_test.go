package main

import (
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"

	"github.com/trailbus/trailbus/internal/contract"
	"github.com/trailbus/trailbus/internal/local/lambdaruntime"
	"github.com/trailbus/trailbus/internal/local/slacktest"
)

// Where the settings say so, the function asks AWS Organizations for accounts without a name, once:
// the next process knows them from the table. Without the setting it makes no request.
func TestTheFunctionLooksUpAccounts(t *testing.T) {
	payload, err := json.Marshal(events.SQSEvent{Records: []events.SQSMessage{{
		MessageId: "1", ReceiptHandle: "r1",
		Body: strings.NewReplacer("111111111111", "222222222222", `"userName":"alice"`, `"userName":"alice","accountId":"999999999999"`).Replace(event),
	}}})
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		lookUp      bool
		who, where  string
		asked, kept int
	}{
		"asked":     {true, "from account 999999999999 (not in your organization)", "payments (222222222222), us-east-1", 2, 2},
		"not asked": {false, "from account 999999999999 (not in trailbus.yaml)", `"222222222222, us-east-1`, 0, 0},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			slack := slacktest.New(slacktest.Options{})
			defer slack.Close()
			aws := &cloud{secret: slack.URL("token"), asked: map[string]int{}, last: map[string]string{}}
			endpoint := httptest.NewServer(aws)
			defer endpoint.Close()
			binary := build(t, func(s *contract.Settings) { s.LookUpAccounts = test.lookUp })
			for range 2 { // two processes
				printed := &lambdaruntime.Output{}
				function := start(t, binary, endpoint.URL, printed)
				if _, err := function.Invoke(t.Context(), payload); err != nil {
					t.Fatalf("%v\n%s", err, printed)
				}
				function.Stop()
				// The event is posted by the next process, too, as if it were another.
				aws.table.mu.Lock()
				kept := 0
				for key := range aws.table.items {
					if strings.HasPrefix(key, "entry#account ") {
						kept++
					} else {
						delete(aws.table.items, key)
					}
				}
				aws.table.mu.Unlock()
				if kept != test.kept {
					t.Errorf("%d accounts are kept, want %d", kept, test.kept)
				}
			}
			messages := slack.Messages()
			if len(messages) != 2 {
				t.Fatalf("%d messages, want 2", len(messages))
			}
			for _, m := range messages {
				if text := string(m.Payload); !strings.Contains(text, test.who) || !strings.Contains(text, test.where) {
					t.Errorf("want %q and %q in %s", test.who, test.where, text)
				}
			}
			aws.mu.Lock()
			defer aws.mu.Unlock()
			if n := aws.asked["AWSOrganizationsV20161128.DescribeAccount"]; n != test.asked {
				t.Errorf("AWS Organizations was asked %d times, want %d", n, test.asked)
			}
		})
	}
}
