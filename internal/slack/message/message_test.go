package message

import (
	"encoding/json"
	"fmt"
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
			first, _, _ := strings.Cut(m.Terminal(false), "\n")
			if first != test.want || !strings.HasPrefix(payload.Text, test.want+" — by ") || !strings.Contains(string(indented(t, payload.Blocks)), `"`+test.want+`"`) {
				t.Errorf("text begins %q, notification is %q, want %q", first, payload.Text, test.want)
			}
			if got := strings.Contains(m.Terminal(false), "\n  error"); got != (test.reason != "") || !strings.Contains(payload.Text, test.reason) {
				t.Errorf("reason: %s", m.Terminal(false))
			}
			if got := strings.Contains(string(indented(t, payload.Blocks)), "rich_text_quote"); got != (test.reason != "") {
				t.Errorf("quotes a reason: %v", got)
			}
		})
	}
}

// A call that did not succeed never reads as one that did, a title that says so is not repeated,
// and where one title stands for many calls, the call is named.
func TestHeadline(t *testing.T) {
	policy := &rules.Rule{Title: "IAM policy changed", Severity: rules.Medium, Calls: []string{"iam:AttachUserPolicy", "iam:CreatePolicy", "iam:DeletePolicy"}}
	user := &rules.Rule{Title: "User created", Severity: rules.Medium, Calls: []string{"iam:CreateUser"}}
	any := func(title string) *rules.Rule {
		return &rules.Rule{Title: title, Severity: rules.Medium, Pattern: []byte("{}")}
	}
	const attach = `{"eventSource":"iam.amazonaws.com","eventName":"AttachUserPolicy","requestParameters":{"userName":"bob"}%s}`
	const list = `{"eventSource":"s3.amazonaws.com","eventName":"ListBuckets"%s}`
	const deny, fail = `,"errorCode":"AccessDenied"`, `,"errorCode":"NoSuchEntity"`
	tests := map[string]struct {
		rule         *rules.Rule
		record, more string
		want         string
	}{
		"many calls":         {policy, attach, "", "🟡 Medium · IAM policy changed: AttachUserPolicy on bob"},
		"many calls, denied": {policy, attach, deny, "🟡 Medium · ⛔ DENIED · tried AttachUserPolicy on bob (IAM policy changed)"},
		"many calls, failed": {policy, attach, fail, "🟡 Medium · ❌ FAILED · tried AttachUserPolicy on bob (IAM policy changed)"},
		"one call":           {user, attach, "", "🟡 Medium · User created: bob"},
		"one call, denied":   {user, attach, deny, "🟡 Medium · ⛔ DENIED · tried: User created: bob"},
		"any call":           {any("Root user used"), list, "", "🟡 Medium · Root user used: s3:ListBuckets"},
		"any call, denied":   {any("API call denied"), list, deny, "🟡 Medium · ⛔ DENIED · API call denied: s3:ListBuckets"},
		"failures":           {any("Console sign-in failures"), list, fail, "🟡 Medium · ❌ FAILED · Console sign-in failures"},
		"sign-in":            {any("Console sign-in without MFA"), list, "", "🟡 Medium · Console sign-in without MFA"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			m := New(Alert{Event: event(t, fmt.Sprintf(test.record, test.more)), Rules: []*rules.Rule{test.rule}})
			checkPayload(t, m.Slack())
			if got := m.headline(); got != test.want {
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
			if got := strings.Contains(m.Terminal(false), "\n  result   "+test.want+"\n"); got != (test.want != "") {
				t.Errorf("want %q in %s", test.want, m.Terminal(false))
			}
		})
	}
}

func TestSeverities(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range append(rules.Severities(), 0) {
		m := New(Alert{Event: event(t, `{"eventName":"X"}`), Rules: []*rules.Rule{{Title: "T", Severity: s}}})
		first, _, _ := strings.Cut(m.Terminal(false), "\n")
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
		if strings.Contains(m.Terminal(false), "\x1b") {
			t.Errorf("text is coloured: %q", m.Terminal(false))
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
	if got, want := strings.Join(m.Also, "|"), "Second"; got != want {
		t.Errorf("also %q, want %q", got, want)
	}
	if got, want := m.Params, "x: 1\nw: 2"; got != want {
		t.Errorf("parameters %q, want %q", got, want)
	}
	for i := range 20 {
		matching = append(matching, &rules.Rule{Title: "Rule " + count(i)})
	}
	m = New(Alert{Event: event(t, `{"eventName":"X"}`), Rules: matching})
	if len(m.Also) != othersLimit+1 || m.Also[othersLimit] != "…" {
		t.Errorf("also %q", m.Also)
	}
	checkPayload(t, m.Slack())
}

// A caller that breaks the promise of at least one rule gets a message all the same.
func TestNoRules(t *testing.T) {
	m := New(Alert{Event: event(t, `{"eventName":"CreateUser","eventSource":"iam.amazonaws.com"}`)})
	checkPayload(t, m.Slack())
	if !strings.HasPrefix(m.Terminal(false), "⚪ Note · iam:CreateUser\n") {
		t.Errorf("got %q", m.Terminal(false))
	}
}

func TestTime(t *testing.T) {
	m := New(Alert{Event: event(t, `{"eventName":"X","eventTime":"2026-03-14T09:26:53Z"}`)})
	checkPayload(t, m.Slack())
	shown := string(mustJSON(t, m.Slack()))
	const want = `{"type":"date","timestamp":1773480413,"format":"{date_short_pretty} {time_secs}","fallback":"2026-03-14 09:26:53 UTC"}`
	if !strings.Contains(shown, want) {
		t.Errorf("got %s, want %s in it", shown, want)
	}
	if got := m.Terminal(false); !strings.Contains(got, "  when     2026-03-14 09:26:53 UTC\n") {
		t.Errorf("no time in %q", got)
	}
	m = New(Alert{Event: event(t, `{"eventName":"X","eventTime":"yesterday"}`)})
	if got := string(mustJSON(t, m.Slack())); strings.Contains(got, "date") {
		t.Errorf("a time where there is none: %q", got)
	}
	if !m.Time.Equal(time.Time{}) || strings.Contains(m.Terminal(false), "when") {
		t.Errorf("a time where there is none: %q", m.Terminal(false))
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

func TestEmptyFoot(t *testing.T) {
	m := &Message{}
	if got := footOf(t, m); got == "" {
		t.Error("the last block is empty, which Slack refuses")
	}
	m = &Message{EventID: "evil.com <x>"}
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
			if m.Note != test.want || strings.Contains(m.Terminal(false), "\n  note") != (test.want != "") {
				t.Errorf("got %q in %q, want %q", m.Note, m.Terminal(false), test.want)
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
		if n := length(m.Terminal(false)); n > totalLimit {
			t.Errorf("text of %d characters for %q", n, filler)
		}
	}
}
