package message

import (
	"slices"
	"strings"
	"testing"

	"github.com/trailbus/trailbus/rules"
)

// The names of accounts may be found after a message was rendered once. Only accounts that are
// known to be external are called so.
func TestExternalAccounts(t *testing.T) {
	const record = `{"eventName":"CreateSnapshot","eventSource":"ec2.amazonaws.com","recipientAccountId":"333333333333","awsRegion":"eu-west-1",
		"userIdentity":{"type":"IAMUser","userName":"eve","accountId":"444444444444"},
		"requestParameters":{"users":["555555555555","666666666666","111111111111"]}}`
	write := func(names map[string]string, external map[string]bool) *Message {
		rule := &rules.Rule{ID: "a", Title: "T", Show: []string{"users"}}
		return New(Alert{Event: event(t, record), Rules: []*rules.Rule{rule}, AccountNames: names, ExternalAccounts: external})
	}
	before := write(names, map[string]bool{})
	if want := []string{"333333333333", "444444444444", "555555555555", "666666666666"}; !slices.Equal(before.Unknown, want) {
		t.Errorf("unknown are %v, want %v", before.Unknown, want)
	}
	if before.Who != "IAM user eve from account 444444444444" || before.Where != "333333333333, eu-west-1" || before.Outside != "" {
		t.Errorf("nothing known: %q in %q, outside %q", before.Who, before.Where, before.Outside)
	}
	found := map[string]string{"111111111111": "production", "333333333333": "payments", "555555555555": "billing"}
	after := write(found, map[string]bool{"444444444444": true, "666666666666": true})
	if len(after.Unknown) > 0 {
		t.Errorf("unknown are %v", after.Unknown)
	}
	if after.Who != "IAM user eve from account 444444444444 (not in your organization)" || after.Where != "payments (333333333333), eu-west-1" ||
		after.Outside != "account 666666666666 (not in your organization)" {
		t.Errorf("all known: %q in %q, outside %q", after.Who, after.Where, after.Outside)
	}
	unasked := write(names, nil)
	if !strings.HasSuffix(unasked.Who, "444444444444 (not in trailbus.yaml)") || unasked.Outside != "accounts 555555555555, 666666666666 (not in trailbus.yaml)" {
		t.Errorf("without external accounts: %q, outside %q", unasked.Who, unasked.Outside)
	}
	// Repeats that wait are found by the key, also when a name is known by then.
	if before.Key() != after.Key() || before.Key() != unasked.Key() {
		t.Error("a name changes the key")
	}
}
