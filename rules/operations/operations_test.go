package operations

import "testing"

func TestKnownCalls(t *testing.T) {
	for call, want := range map[[2]string]bool{
		{"iam", "CreateUser"}:             true,
		{"iam", "CreatUser"}:              false,
		{"iam", "createuser"}:             false,
		{"organizations", "CreatePolicy"}: true,
		{"signin", "ConsoleLogin"}:        true,
		{"lambda", "UpdateFunctionCode"}:  true,
		{"nothing", "CreateUser"}:         false,
	} {
		if got := Known(call[0], call[1]); got != want {
			t.Errorf("%s:%s is known: %v, want %v", call[0], call[1], got, want)
		}
	}
	if n := len(Services()); n < 300 {
		t.Errorf("%d services, want at least 300", n)
	}
	total := 0
	for _, service := range Services() {
		total += len(Of(service))
	}
	if total < 15000 {
		t.Errorf("%d operations, want at least 15,000", total)
	}
}
