package rules

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/trailbus/trailbus/internal/cloudtrail"
	"github.com/trailbus/trailbus/internal/contract"
	"github.com/trailbus/trailbus/routes"
	"github.com/trailbus/trailbus/rules"
)

const event = `{"source":"aws.iam","account":"111111111111","detail":{"eventSource":"iam.amazonaws.com","eventName":"CreateUser","requestParameters":{"userName":"<bob> & co"}}}`

var now = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)

func example(t *testing.T, mutes ...rules.Mute) *contract.Settings {
	t.Helper()
	set, err := rules.NewSet(
		&rules.Rule{ID: "users", Title: "A <user> & more", Severity: rules.High, Why: "why", References: []string{"CIS"}, Show: []string{"userName"}, Calls: []string{"iam:CreateUser"},
			Unless: []json.RawMessage{[]byte(`{"detail":{"requestParameters":{"userName":["<eve> & co"]}}}`)}},
		&rules.Rule{ID: "bob", Title: "Bob", Severity: rules.Critical, ReadOnly: true, Pattern: []byte(`{"source":["aws.iam"],"detail":{"requestParameters":{"userName":["<bob> & co"]}}}`)},
	)
	if err != nil {
		t.Fatal(err)
	}
	compiled, err := rules.NewMutes(mutes...)
	if err != nil {
		t.Fatal(err)
	}
	return &contract.Settings{Rules: set, Mutes: compiled, Accounts: map[string]string{"111111111111": "prod <1>"},
		AccessPortal: contract.AccessPortal{URL: "https://example.awsapps.com/start", Role: "ReadOnly"},
		Routes:       routes.Table{{Severities: []rules.Severity{rules.Critical}, Accounts: []string{"111111111111"}, Webhook: "urgent"}}}
}

func parsed(t *testing.T, text string) *cloudtrail.Event {
	t.Helper()
	e, err := cloudtrail.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// The explanation and the notifier must never say different things.
func TestExplainAgreesWithJudge(t *testing.T) {
	later, before := now.Add(time.Hour), now.Add(-time.Hour)
	mutes := []rules.Mute{
		{Rule: "bob", Owner: "ann", Until: later},
		{Rule: "bob", Owner: "expired", Until: before},
		{Rule: "users", Owner: "eve", Until: later, Pattern: []byte(`{"detail":{"requestParameters":{"userName":["carol"]}}}`)},
		{Owner: "all", Until: later, Pattern: []byte(`{"account":["333333333333"]}`)},
	}
	texts := []string{
		event,
		strings.Replace(event, "<bob>", "<eve>", 1),
		strings.Replace(event, "<bob> & co", "carol", 1),
		strings.Replace(event, "CreateUser", "DeleteUser", 1),
		strings.Replace(event, "111111111111", "333333333333", 1),
		strings.Replace(event, "aws.iam", "my.app", 1),
		strings.Replace(event, `"detail":{`, `"detail":{"recipientAccountId":"222222222222",`, 1),
	}
	told, untold := 0, 0
	for some := range len(mutes) + 1 {
		s := example(t, mutes[:some]...)
		x, err := NewExplainer(s)
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range texts {
			e := parsed(t, text)
			want, _, judged := s.Judge(e, now)
			verdicts, refused := x.Explain(e, now)
			if (judged == nil) != (refused == nil) || len(verdicts) != 2 {
				t.Fatalf("%s: Judge says %v, Explain %v", text, judged, refused)
			}
			for _, v := range verdicts {
				if v.Posted != slices.Contains(want, v.Rule) || v.Posted && (v.Mute != nil || !v.Matches()) {
					t.Errorf("with %d mutes, %s: %s is posted: %v", some, text, v.Rule.ID, v.Posted)
				}
				if told++; !v.Posted {
					untold++
				}
			}
		}
	}
	if told -= untold; told < 10 || untold < 10 {
		t.Errorf("%d posted, %d not: too few of one kind to prove anything", told, untold)
	}
}

func TestExplainNamesIneffectiveMutes(t *testing.T) {
	s := example(t, rules.Mute{Rule: "users", Owner: "expired", Until: now}, rules.Mute{Rule: "bob", Owner: "ann", Until: now.Add(1)},
		rules.Mute{Rule: "users", Owner: "eve", Until: now.Add(1), Pattern: []byte(`{"detail":{"requestParameters":{"userName":["carol"]}}}`)})
	x, err := NewExplainer(s, &rules.Rule{ID: "off", Calls: []string{"iam:CreateUser"}})
	if err != nil {
		t.Fatal(err)
	}
	verdicts, refused := x.Explain(parsed(t, event), now)
	if refused != nil || len(verdicts) != 3 {
		t.Fatal(refused, len(verdicts))
	}
	users, bob, off := verdicts[0], verdicts[1], verdicts[2]
	if !users.Posted || len(users.Ineffective) != 2 || len(users.Ineffective[0].Misses) != 0 || len(users.Ineffective[1].Misses) != 1 ||
		users.Ineffective[1].Misses[0].String() != `detail.requestParameters.userName is "<bob> & co", allowed: "carol"` {
		t.Errorf("got %+v", users)
	}
	if bob.Posted || bob.Mute == nil || bob.Mute.Owner != "ann" || bob.Ineffective != nil {
		t.Errorf("got %+v", bob)
	}
	if off.Posted || off.Enabled || !off.Matches() {
		t.Errorf("got %+v", off)
	}
}

// EventBridge gives read-only management events to rules alone that ask for them.
func TestExplainKnowsUndeliveredEvents(t *testing.T) {
	users := &rules.Rule{ID: "users", Severity: rules.High, Calls: []string{"iam:ListUsers", "sts:GetSessionToken"}}
	bob := &rules.Rule{ID: "bob", Severity: rules.Low, ReadOnly: true, Pattern: []byte(`{"detail":{"userAgent":["bob"]}}`), Unless: []json.RawMessage{[]byte(`{"detail":{"errorCode":["x"]}}`)}}
	set, err := rules.NewSet(users, bob)
	if err != nil {
		t.Fatal(err)
	}
	x, err := NewExplainer(&contract.Settings{Rules: set, Mutes: &rules.Mutes{}})
	if err != nil {
		t.Fatal(err)
	}
	record := func(detail string) string {
		return `{"source":"aws.iam","account":"111111111111","detail":{"eventSource":"iam.amazonaws.com","eventName":"ListUsers",` + detail + `}}`
	}
	for text, delivered := range map[string]bool{
		record(`"readOnly":true`):                                   false,
		record(`"readOnly":true,"managementEvent":true`):            false,
		record(`"readOnly":true,"eventCategory":"Management"`):      false,
		record(`"readOnly":true,"managementEvent":false`):           true,
		record(`"readOnly":true,"eventCategory":"Data"`):            true,
		record(`"readOnly":false`):                                  true,
		record(`"eventID":"x"`):                                     true,
		record(`"readOnly":true,"userAgent":"bob"`):                 true, // another rule asks for it
		record(`"readOnly":true,"userAgent":"bob","errorCode":"x"`): true, // and it is delivered even if that one leaves it out
		strings.NewReplacer("iam.", "sts.", "ListUsers", "GetSessionToken").Replace(record(`"readOnly":true`)): true,
	} {
		verdicts, refused := x.Explain(parsed(t, text), now)
		if refused != nil || verdicts[0].Posted != delivered || verdicts[0].Undelivered == delivered {
			t.Errorf("%s: posted %v, undelivered %v (%v)", text, verdicts[0].Posted, verdicts[0].Undelivered, refused)
		}
	}
}
