package rules

import "testing"

// Rules that an app in Go writes itself come past no file, and so past no check of one.
func TestASetRefusesWhatIsNoRule(t *testing.T) {
	good := &Rule{ID: "made", Calls: []string{"iam:CreateUser"}}
	for want, list := range map[string][]*Rule{
		"rule 2 of 2 is nil":         {good, nil},
		`rule "made" is given twice`: {good, good},
		`rule "bad": found call "CreateUser", allowed: service:Operation as in iam:CreateUser`: {{ID: "bad", Calls: []string{"iam:CreateUser", "CreateUser"}}},
	} {
		if set, err := NewSet(list...); set != nil || err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	if set, err := NewSet(good); err != nil || set.Len() != 1 {
		t.Errorf("%v", err)
	}
}
