package routes

import (
	"testing"

	"github.com/trailbus/trailbus/rules"
)

func TestTheFirstRouteThatTakesAnAlertHasIt(t *testing.T) {
	table := Table{
		{Severities: []rules.Severity{rules.Critical}, Accounts: []string{"111111111111"}, Webhook: "both"},
		{Severities: []rules.Severity{rules.Critical, rules.High}, Webhook: "urgent"},
		{Accounts: []string{"111111111111", "222222222222"}, Webhook: "team"},
	}
	tests := []struct {
		severity rules.Severity
		account  string
		want     string
	}{
		{rules.Critical, "111111111111", "both"},
		{rules.Critical, "222222222222", "urgent"},
		{rules.High, "111111111111", "urgent"},
		{rules.Low, "222222222222", "team"},
		{rules.Low, "333333333333", Default},
		{rules.Low, "", Default},
	}
	for _, test := range tests {
		if got := table.Webhook(test.severity, test.account); got != test.want {
			t.Errorf("%v in %q goes to %q, want %q", test.severity, test.account, got, test.want)
		}
	}
	if got := (Table)(nil).Webhook(rules.Low, "1"); got != Default {
		t.Errorf("an empty table gives %q, want %q", got, Default)
	}
}
