package message

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/trailbus/trailbus/rules"
)

// storm is one rule's messages of one actor: n groups opened, a second apart, from three addresses
// in turn.
func storm(t testing.TB, n int) []*Message {
	t.Helper()
	g := goldens[3]
	if g.name != "open-security-group" {
		t.Fatalf("the golden is %s", g.name)
	}
	alert := golden(t, g.name, g.rules)
	start := time.Date(2026, 3, 14, 11, 59, 0, 0, time.UTC)
	record := alert.Event.JSON
	var all []*Message
	for i := range n {
		changed := record
		for from, to := range map[string]string{
			"2026-03-14T09:26:53Z": start.Add(time.Duration(i) * time.Second).Format(time.RFC3339),
			"203.0.113.99":         fmt.Sprintf("203.0.113.%d", 99+i%3),
			"sg-0abc1234def567890": fmt.Sprintf("sg-0abc1234def5678%02d", i),
		} {
			changed = bytes.ReplaceAll(changed, []byte(from), []byte(to))
		}
		var e struct{ Detail json.RawMessage }
		if err := json.Unmarshal(changed, &e); err != nil {
			t.Fatal(err)
		}
		all = append(all, New(Alert{Event: event(t, string(e.Detail)), Rules: alert.Rules, AccountNames: names}))
	}
	return all
}

func grouped(messages []*Message) *Group {
	g := NewGroup(messages[0])
	for _, m := range messages[1:] {
		g.Add(m.Summary())
	}
	return g
}

func TestGroup(t *testing.T) {
	messages := storm(t, 37)
	for _, m := range messages {
		if m.Key() != messages[0].Key() {
			t.Fatalf("%q has another key", m.Terminal(false))
		}
	}
	g := grouped(messages)
	again := *g
	again.Again = true
	for name, g := range map[string]*Group{"group": g, "group-again": &again} {
		payload := g.Slack()
		checkPayload(t, payload)
		compare(t, name+".slack.json", indented(t, payload))
		compare(t, name+".txt", []byte(g.Terminal(false)))
	}
}

// A group of one is that one; of a repeat alone, it says so.
func TestGroupOfOne(t *testing.T) {
	m := storm(t, 1)[0]
	g := NewGroup(m)
	if !bytes.Equal(mustJSON(t, g.Slack()), mustJSON(t, m.Slack())) || g.Terminal(false) != m.Terminal(false) || g.Terminal(true) != m.Terminal(true) {
		t.Errorf("got %s, want %s", g.Terminal(false), m.Terminal(false))
	}
	g.Again = true
	checkPayload(t, g.Slack())
	if !strings.HasPrefix(g.Terminal(false), "🟠 High · ×1 more · ") {
		t.Errorf("got %q", g.Terminal(false))
	}
}

// A later run posts the same: a group and its first message survive as JSON.
func TestGroupAsJSON(t *testing.T) {
	g := grouped(storm(t, 40))
	g.First.Mention = "<!here>"
	stored := mustJSON(t, g)
	if len(stored) > 20_000 {
		t.Errorf("%d bytes, too many to be stored for each group", len(stored))
	}
	read := &Group{}
	if err := json.Unmarshal(stored, read); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(g, read) {
		t.Errorf("read %+v, want %+v", read, g)
	}
	checkPayload(t, read.Slack(), "<!here>")
	if !bytes.Equal(mustJSON(t, read.Slack()), mustJSON(t, g.Slack())) {
		t.Error("another message")
	}
	if !g.Targets.More || len(g.Targets.Values) != distinctLimit || g.Count != 40 || !strings.Contains(g.Terminal(false), "×40") {
		t.Errorf("counts %d, with %d targets: %s", g.Count, len(g.Targets.Values), g.Terminal(false))
	}
}

// Messages that differ in rule, actor, account, Region or outcome are in different groups; other
// differences do not count.
func TestKey(t *testing.T) {
	const record = `{"eventName":"X","eventSource":"iam.amazonaws.com","recipientAccountId":"111111111111","awsRegion":"eu-west-1","userIdentity":{"type":"IAMUser","userName":"bob"}}`
	rule := []*rules.Rule{{ID: "a", Title: "T"}}
	key := func(record string, rule []*rules.Rule) string {
		return New(Alert{Event: event(t, record), Rules: rule, AccountNames: names}).Key()
	}
	want := key(record, rule)
	tests := map[string]struct {
		from, to string
		same     bool
	}{
		"operation": {`"X"`, `"Y"`, true},
		"target":    {`"eventName"`, `"requestParameters":{"name":"z"},"eventName"`, true},
		"address":   {`"eventName"`, `"sourceIPAddress":"192.0.2.1","eventName"`, true},
		"actor":     {"bob", "eve", false},
		"account":   {"111111111111", "222222222222", false},
		"Region":    {"eu-west-1", "eu-west-2", false},
		"denied":    {`"eventName"`, `"errorCode":"AccessDenied","eventName"`, false},
	}
	for name, test := range tests {
		if got := key(strings.ReplaceAll(record, test.from, test.to), rule); (got == want) != test.same {
			t.Errorf("%s: same key %v, want %v", name, got == want, test.same)
		}
	}
	if key(record, []*rules.Rule{{ID: "b", Title: "T"}}) == want {
		t.Error("another rule has the same key")
	}
	if key(record, []*rules.Rule{rule[0], {ID: "b", Title: "U"}}) == want {
		t.Error("one more rule has the same key")
	}
	alert := Alert{Event: event(t, record), Rules: rule, Mention: "<!here>"}
	if New(alert).Key() == want {
		t.Error("one with a mention has the same key")
	}
	if alert.Mention = ""; New(alert).Key() != want {
		t.Error("without the names of accounts it has another key")
	}
	// What is shown of two actors may be cut to the same.
	long := strings.Repeat("x", whoLimit)
	if key(strings.ReplaceAll(record, "bob", long+"1"), rule) == key(strings.ReplaceAll(record, "bob", long+"2"), rule) {
		t.Error("two actors have the same key")
	}
}

// Several operations of one rule: none of them stands for all.
func TestGroupOfCalls(t *testing.T) {
	rule := []*rules.Rule{{ID: "iam", Title: "IAM policy changed", Severity: rules.Medium, Calls: []string{"iam:A", "iam:B", "iam:C"}}}
	var g *Group
	for _, call := range []string{"AttachUserPolicy", "AttachUserPolicy", "DetachUserPolicy"} {
		m := New(Alert{Event: event(t, `{"eventSource":"iam.amazonaws.com","eventName":"`+call+`","requestParameters":{"userName":"bob"}}`), Rules: rule})
		if g == nil {
			g = NewGroup(m)
			continue
		}
		g.Add(m.Summary())
	}
	if want := "🟡 Medium · ×3 · IAM policy changed: bob\n"; !strings.HasPrefix(g.Terminal(false), want) || !strings.Contains(g.Terminal(false), "calls    iam:AttachUserPolicy, iam:DetachUserPolicy\n") {
		t.Errorf("got %q", g.Terminal(false))
	}
	if g.First.Operation != "AttachUserPolicy" {
		t.Error("the first message has changed")
	}
}

// Every group is named once, however many there are, and each message of a digest is within Slack's
// limits.
func TestDigest(t *testing.T) {
	base := storm(t, 5)
	var groups []*Group
	for i := range 200 {
		m := *base[0]
		m.Severity = rules.Severity(1 + i%4)
		m.Target, m.RuleID = fmt.Sprintf("sg-%03d<&>", i), fmt.Sprint("rule-", i)
		m.Who = strings.Repeat("very-long-name-", 12)
		g := NewGroup(&m)
		for range i % 7 {
			g.Add(base[1].Summary())
		}
		groups = append(groups, g)
	}
	pages := Digest("More than the channel takes", groups)
	named, last := map[*Group]int{}, rules.Critical
	for _, page := range pages {
		checkPayload(t, page.Message)
		shown := string(mustJSON(t, page.Message))
		for _, g := range page.Groups {
			named[g]++
			if !strings.Contains(shown, strings.TrimSuffix(g.First.Target, "<&>")) {
				t.Errorf("%s is not named", g.First.Target)
			}
			if g.First.Severity > last {
				t.Errorf("%s stands behind a less urgent one", g.First.Target)
			}
			last = g.First.Severity
		}
		if len(page.Groups) == 0 {
			t.Error("a page without a group")
		}
	}
	if len(named) != len(groups) || len(pages) > 14 {
		t.Errorf("%d of %d groups are named, in %d messages", len(named), len(groups), len(pages))
	}
	for g, n := range named {
		if n != 1 {
			t.Errorf("%s is named %d times", g.First.Target, n)
		}
	}
	if got := Digest("Nothing", nil); len(got) != 0 {
		t.Errorf("a digest of nothing: %v", got)
	}
}

func TestDigestGolden(t *testing.T) {
	var groups []*Group
	for _, g := range goldens {
		m := New(golden(t, g.name, g.rules))
		if m.Severity == rules.Critical {
			m.Mention = "<!subteam^S012AB3CD>"
		}
		groups = append(groups, NewGroup(m))
	}
	groups = append(groups, grouped(storm(t, 37)))
	pages := Digest("More than the channel takes", groups)
	if len(pages) != 1 {
		t.Fatalf("%d messages, want 1", len(pages))
	}
	checkPayload(t, pages[0].Message, "<!subteam^S012AB3CD>")
	compare(t, "digest.slack.json", indented(t, pages[0].Message))
}
