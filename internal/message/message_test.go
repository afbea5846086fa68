package message

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/trailbus/trailbus/rules"
)

// A denied call, a failed one and a success differ at first sight, in the notification as well.
func TestOutcomes(t *testing.T) {
	rule := []*rules.Rule{{ID: "r", Title: "User created", Severity: rules.High}}
	tests := map[string]struct{ record, want, reason string }{
		"success": {`{"eventName":"CreateUser","requestParameters":{"userName":"bob"}}`, "🟠 High · User created: bob", ""},
		"200":     {`{"eventName":"CreateUser","errorCode":"200","requestParameters":{"userName":"bob"}}`, "🟠 High · User created: bob", ""},
		"denied":  {`{"eventName":"CreateUser","errorCode":"AccessDenied","requestParameters":{"userName":"bob"}}`, "🟠 High · ⛔ DENIED · tried: User created: bob", "AccessDenied"},
		"failed":  {`{"eventName":"CreateUser","errorCode":"EntityAlreadyExists","requestParameters":{"userName":"bob"}}`, "🟠 High · ❌ FAILED · tried: User created: bob", "EntityAlreadyExists"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			m := New(Alert{Event: event(t, test.record), Rules: rule})
			payload := m.Slack()
			checkPayload(t, payload)
			first, _, _ := strings.Cut(m.Text(), "\n")
			if first != test.want || !strings.HasPrefix(payload.Text, test.want+" — by ") || !strings.Contains(string(indented(t, payload.Blocks)), `"`+test.want+`"`) {
				t.Errorf("text begins %q, notification is %q, want %q", first, payload.Text, test.want)
			}
			if got := strings.Contains(m.Text(), "\n  error"); got != (test.reason != "") || !strings.Contains(payload.Text, test.reason) {
				t.Errorf("reason: %s", m.Text())
			}
			if got := strings.Contains(string(indented(t, payload.Blocks)), "rich_text_quote"); got != (test.reason != "") {
				t.Errorf("quotes a reason: %v", got)
			}
		})
	}
}

// A call that did not succeed never reads as one that did, and a title that says so is not told twice.
func TestAttempt(t *testing.T) {
	tests := map[string]struct {
		outcome     outcome
		title, want string
	}{
		"success":  {succeeded, "IAM policy changed", "IAM policy changed"},
		"denied":   {denied, "IAM policy changed", "tried: IAM policy changed"},
		"failed":   {failed, "IAM policy changed", "tried: IAM policy changed"},
		"says so":  {denied, "API call denied", "API call denied"},
		"sign-in":  {failed, "Console sign-in failed", "Console sign-in failed"},
		"failures": {failed, "Console sign-in failures", "Console sign-in failures"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := test.outcome.attempt(test.title); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// Every message of a call says how it went.
func TestVerdict(t *testing.T) {
	tests := map[string]struct{ record, want string }{
		"success": {`{"eventName":"DeleteUser","requestParameters":{"userName":"bob"}}`, "succeeded"},
		"made":    {`{"eventName":"CreateAccessKey","requestParameters":{"userName":"bob"},"responseElements":{"accessKey":{"accessKeyId":"AKIAEXAMPLE333333333"}}}`, "succeeded: made AKIAEXAMPLE333333333"},
		"denied":  {`{"eventName":"DeleteUser","errorCode":"AccessDenied"}`, "denied"},
		"failed":  {`{"eventName":"DeleteUser","errorCode":"NoSuchEntity"}`, "failed"},
		"insight": {`{"insightDetails":{"eventName":"DeleteUser"}}`, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			m := New(Alert{Event: event(t, test.record)})
			checkPayload(t, m.Slack())
			if got := strings.Contains(m.Text(), "\n  result   "+test.want+"\n"); got != (test.want != "") {
				t.Errorf("want %q in %s", test.want, m.Text())
			}
		})
	}
}

func TestSeverities(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range append(rules.Severities(), 0) {
		m := New(Alert{Event: event(t, `{"eventName":"X"}`), Rules: []*rules.Rule{{Title: "T", Severity: s}}})
		first, _, _ := strings.Cut(m.Text(), "\n")
		if s != 0 && !strings.Contains(strings.ToLower(first), s.String()) {
			t.Errorf("%v is not named in %q", s, first)
		}
		if seen[first] {
			t.Errorf("%v looks like another severity: %q", s, first)
		}
		seen[first] = true
		if colored := m.Terminal(true); !strings.HasPrefix(colored, "\x1b[") || !strings.Contains(colored, first+"\x1b[0m\n") || strings.Count(colored, "\x1b") != 2 {
			t.Errorf("first line is not coloured: %q", colored)
		}
		if strings.Contains(m.Text(), "\x1b") {
			t.Errorf("text is coloured: %q", m.Text())
		}
	}
	if len(seen) != 5 {
		t.Errorf("tried %d severities, want 5", len(seen))
	}
}

func TestSeveralRules(t *testing.T) {
	matching := []*rules.Rule{
		{ID: "a", Title: "First", Severity: rules.High, Show: []string{"x"}},
		{ID: "b", Title: "Second", Severity: rules.Low, Show: []string{"w", "x"}},
		{ID: "c", Title: "First", Severity: rules.Low}, // the same title says nothing new
	}
	m := New(Alert{Event: event(t, `{"eventName":"X","requestParameters":{"x":1,"w":2,"z":3}}`), Rules: matching})
	if got, want := strings.Join(m.also, "|"), "Second"; got != want {
		t.Errorf("also %q, want %q", got, want)
	}
	if got, want := m.params, "x: 1\nw: 2"; got != want {
		t.Errorf("parameters %q, want %q", got, want)
	}
	for i := range 20 {
		matching = append(matching, &rules.Rule{Title: "Rule " + count(i)})
	}
	m = New(Alert{Event: event(t, `{"eventName":"X"}`), Rules: matching})
	if len(m.also) != othersLimit+1 || m.also[othersLimit] != "…" {
		t.Errorf("also %q", m.also)
	}
	checkPayload(t, m.Slack())
}

// A caller that breaks the promise of at least one rule gets a message all the same.
func TestNoRules(t *testing.T) {
	m := New(Alert{Event: event(t, `{"eventName":"CreateUser","eventSource":"iam.amazonaws.com"}`)})
	checkPayload(t, m.Slack())
	if !strings.HasPrefix(m.Text(), "⚪ Note · iam:CreateUser\n") {
		t.Errorf("got %q", m.Text())
	}
}

func TestTime(t *testing.T) {
	m := New(Alert{Event: event(t, `{"eventName":"X","eventTime":"2026-03-14T09:26:53Z"}`)})
	const want = "<!date^1773480413^{date_short_pretty} {time_secs}|2026-03-14 09:26:53 UTC>"
	if got := footOf(t, m); !strings.Contains(got, want) {
		t.Errorf("got %q, want %q in it", got, want)
	}
	if got := m.Text(); !strings.Contains(got, "2026-03-14 09:26:53 UTC") {
		t.Errorf("no time in %q", got)
	}
	m = New(Alert{Event: event(t, `{"eventName":"X","eventTime":"yesterday"}`)})
	if got := footOf(t, m); strings.Contains(got, "date") {
		t.Errorf("a time where there is none: %q", got)
	}
	if !m.time.Equal(time.Time{}) || strings.Contains(m.Text(), "when") {
		t.Errorf("a time where there is none: %q", m.Text())
	}
}

// footOf gives the text of the last block.
func footOf(t *testing.T, m *Message) string {
	t.Helper()
	encoded, err := json.Marshal(m.foot())
	if err != nil {
		t.Fatal(err)
	}
	var block struct{ Elements []struct{ Text string } }
	if err := json.Unmarshal(encoded, &block); err != nil || len(block.Elements) != 1 {
		t.Fatal(err, string(encoded))
	}
	return block.Elements[0].Text
}

func TestFootWithoutAnything(t *testing.T) {
	m := &Message{}
	if got := footOf(t, m); got == "" {
		t.Error("the last block is empty, which Slack refuses")
	}
	m = &Message{eventID: "evil.com <x>"}
	if got, want := footOf(t, m), "event evil.\u200bcom &lt;x&gt;"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// The name of an account cannot end the link that it labels.
func TestLinkLabel(t *testing.T) {
	e := event(t, `{"eventName":"X","recipientAccountId":"111111111111","awsRegion":"eu-west-1","eventID":"0a1b"}`)
	m := New(Alert{Event: e, AccountNames: map[string]string{"111111111111": "a|b> <!channel> c.com"}})
	checkPayload(t, m.Slack())
	if got, want := footOf(t, m), "|Open in CloudTrail, signed in to a/b&gt; &lt;!channel&gt; c.\u200bcom>"; !strings.HasSuffix(got, want) {
		t.Errorf("got %q, want %q at the end", got, want)
	}
}

func TestNote(t *testing.T) {
	tests := map[string]struct{ addendum, want string }{
		"none":    {`null`, ""},
		"late":    {`{"reason":"DELIVERY_DELAY"}`, "CloudTrail sent this record late (DELIVERY_DELAY)"},
		"changed": {`{"reason":"UPDATED_DATA","originalEventID":"0a1b"}`, "CloudTrail changed this record later (UPDATED_DATA), the first was 0a1b"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			m := New(Alert{Event: event(t, `{"eventName":"X","addendum":`+test.addendum+`}`)})
			if m.note != test.want || strings.Contains(m.Text(), "\n  note") != (test.want != "") {
				t.Errorf("got %q in %q, want %q", m.note, m.Text(), test.want)
			}
		})
	}
}

// Whatever each part holds, the whole stays within Slack's limits.
func TestLimits(t *testing.T) {
	for _, filler := range []string{"x", "&", "<", "👋", "\xff", "\u202e", "` ", "\n", "日本", `\"`} {
		long := strings.Repeat(filler, 5000)
		quoted, err := json.Marshal(long)
		if err != nil {
			t.Fatal(err)
		}
		q := string(quoted)
		parameters := `{"userName":` + q + `,"b":` + q
		for i := range 40 {
			parameters += `,"k` + count(i) + `":[` + q + `,{"x":` + q + `}]`
		}
		e := event(t, `{"eventName":`+q+`,"eventSource":`+q+`,"awsRegion":`+q+`,"eventID":`+q+`,"userAgent":`+q+`,"sourceIPAddress":`+q+`,
			"errorCode":`+q+`,"errorMessage":`+q+`,"recipientAccountId":`+q+`,"vpcEndpointId":`+q+`,"eventTime":"2026-03-14T09:26:53Z",
			"addendum":{"reason":`+q+`,"originalEventID":`+q+`},
			"userIdentity":{"type":`+q+`,"userName":`+q+`,"invokedBy":`+q+`},"requestParameters":`+parameters+`}}`)
		rule := rules.Rule{ID: long, Title: long, Why: long, Severity: rules.Critical}
		alert := Alert{Event: e, AccountNames: map[string]string{e.Account: long, "1": "x"}}
		for i := range 100 {
			other := rule
			other.Title = count(i) + long
			alert.Rules = append(alert.Rules, &other)
		}
		m := New(alert)
		checkPayload(t, m.Slack())
		if n := length(m.Text()); n > totalLimit {
			t.Errorf("text of %d characters for %q", n, filler)
		}
	}
}
