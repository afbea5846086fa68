package message

import (
	"fmt"
	"testing"

	"github.com/trailbus/trailbus/rules"
)

// The signature depends on what a call did, and not on when and from where.
func TestSignature(t *testing.T) {
	signature := func(severity rules.Severity, record string) string {
		t.Helper()
		e := event(t, `{"eventSource":"iam.amazonaws.com","recipientAccountId":"111111111111","awsRegion":"us-east-1",`+record)
		return NewRenderer(Alert{Event: e, Rules: []*rules.Rule{{ID: "a", Title: "T", Severity: severity}}}).Signature
	}
	const alice = `"eventName":"AttachUserPolicy","requestParameters":{"userName":"alice","policyArn":"arn:aws:iam::aws:policy/ReadOnlyAccess"}}`
	first := signature(rules.High, `"eventID":"1","sourceIPAddress":"198.51.100.7",`+alice)
	if first == "" || first != signature(rules.Critical, `"eventID":"2","sourceIPAddress":"198.51.100.8",`+alice) {
		t.Errorf("the same call has %q and then has another signature", first)
	}
	seen := map[string]string{first: alice}
	for _, record := range []string{
		`"eventName":"AttachUserPolicy","requestParameters":{"userName":"alice","policyArn":"arn:aws:iam::aws:policy/AdministratorAccess"}}`,
		`"eventName":"DetachUserPolicy","requestParameters":{"userName":"alice","policyArn":"arn:aws:iam::aws:policy/ReadOnlyAccess"}}`,
		`"eventName":"AttachUserPolicy","requestParameters":{"userName":"bob","policyArn":"arn:aws:iam::aws:policy/ReadOnlyAccess"}}`,
		`"eventName":"PutUserPolicy","requestParameters":{"userName":"bob","x":["a","b"]}}`,
		`"eventName":"PutUserPolicy","requestParameters":{"userName":"bob","x":["a\" \"b"]}}`,
		`"eventName":"PutUserPolicy","requestParameters":{"userName":"bob","x":["a b"]}}`,
		`"eventName":"PutUserPolicy","requestParameters":{"userName":"bob","x":"[a b]"}}`,
		`"eventName":"PutUserPolicy","requestParameters":{"userName":"bob","x":true}}`,
		`"eventName":"PutUserPolicy","requestParameters":{"userName":"bob","x":1}}`,
	} {
		s := signature(rules.High, record)
		if before, found := seen[s]; found || s == "" {
			t.Errorf("%s has the signature %q, as %s", record, s, before)
		}
		seen[s] = record
	}
	way := func(user, policy string) string {
		e := event(t, fmt.Sprintf(`{"eventSource":"iam.amazonaws.com","eventName":"AttachUserPolicy","requestParameters":{"userName":%q,"policyArn":%q}}`, user, policy))
		return NewRenderer(Alert{Event: e, Rules: []*rules.Rule{{ID: "a", Title: "T", Severity: rules.High}}}).UntargetedSignature
	}
	if w := way("alice", "policy/alice"); w == "" || w != way("bob", "policy/alice") || w == way("bob", "policy/bob") {
		t.Errorf("ways are %q, %q and %q", w, way("bob", "policy/alice"), way("bob", "policy/bob"))
	}
	if s := signature(rules.Medium, alice); s != "" {
		t.Errorf("a call of medium severity has the signature %q", s)
	}
	if s := signature(rules.High, `"errorCode":"AccessDenied",`+alice); s != "" {
		t.Errorf("a denied call has the signature %q", s)
	}
}
