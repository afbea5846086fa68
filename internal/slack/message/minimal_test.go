package message

import (
	"strings"
	"testing"

	"github.com/trailbus/trailbus/internal/cloudtrail"
	"github.com/trailbus/trailbus/rules"
)

// A message that cannot be rendered is posted all the same: rule, call, place and id.
func TestMinimal(t *testing.T) {
	e := event(t, `{"eventName":"StopLogging","eventSource":"cloudtrail.amazonaws.com","recipientAccountId":"111111111111","awsRegion":"eu-west-1","eventID":"0a1b","requestParameters":{"password":"hunter2"}}`)
	rule := &rules.Rule{ID: "r", Title: "Trail <stopped>", Severity: rules.Critical}
	payload := Minimal(Alert{Event: e, Rules: []*rules.Rule{rule}, Mention: "<!here>"}).Slack()
	const want = "<!here> 🔴 CRITICAL · Trail &lt;stopped&gt;: cloudtrail:StopLogging, event 0a1b — by somebody (a bug of Trailbus: the event itself says who) in 111111111111, eu-west-1"
	if payload.Text != want || payload.Blocks != nil {
		t.Errorf("got %q, %v, want %q", payload.Text, payload.Blocks, want)
	}
}

// It has no external text that is not a name, and needs no field of the alert.
func TestMinimalOfEveryRecord(t *testing.T) {
	hostile := `"eventName":"<!channel> hunter2","eventSource":"a.b|c","recipientAccountId":"<@U012AB3CD>","awsRegion":"https://evil.example.com","eventID":"\u202e> "`
	alerts := map[string]Alert{
		"nothing":   {},
		"nil rule":  {Rules: []*rules.Rule{nil}},
		"no record": {Event: &cloudtrail.Event{}},
		"hostile":   {Event: event(t, "{"+hostile+"}")},
	}
	for name, alert := range alerts {
		payload := Minimal(alert).Slack()
		if !strings.Contains(payload.Text, " · CloudTrail event") || strings.ContainsAny(payload.Text, "<>|\u202e") || strings.Contains(payload.Text, "evil") {
			t.Errorf("%s: %q", name, payload.Text)
		}
		if key := NewGroup(Minimal(alert)).First.Key(); key == "" {
			t.Errorf("%s: no key", name)
		}
	}
}
