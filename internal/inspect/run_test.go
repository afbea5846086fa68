package inspect

import (
	"fmt"
	"testing"

	"github.com/trailbus/trailbus/internal/config"
	"github.com/trailbus/trailbus/internal/inspect/doctor"
)

func TestFilterAccounts(t *testing.T) {
	accounts := []doctor.Account{{ID: "111111111111", Name: "security", Regions: []string{"us-east-1", "eu-west-1"}}, {ID: "222222222222", Name: "production", Regions: []string{"us-east-1"}}}
	for name, test := range map[string]struct {
		accounts, regions []string
		want              string
	}{
		"all":       {nil, nil, "[{111111111111 security [us-east-1 eu-west-1] false false} {222222222222 production [us-east-1] false false}] <nil>"},
		"by id":     {[]string{"222222222222"}, nil, "[{222222222222 production [us-east-1] false false}] <nil>"},
		"by name":   {[]string{"Production"}, nil, "[{222222222222 production [us-east-1] false false}] <nil>"},
		"by Region": {nil, []string{"eu-west-1"}, "[{111111111111 security [eu-west-1] false true}] <nil>"},
		"by both":   {[]string{"security"}, []string{"us-east-1"}, "[{111111111111 security [us-east-1] false true}] <nil>"},
		"nobody":    {[]string{"nobody"}, nil, `[] found --account "nobody", allowed: the name or the id of an account of trailbus.yaml`},
		"nowhere":   {[]string{"production"}, []string{"eu-west-1"}, "[] found --region eu-west-1, allowed: a Region of trailbus.yaml in which these accounts are watched"},
	} {
		d := &Doctor{Config: &config.Config{Path: "trailbus.yaml"}, Accounts: test.accounts, Regions: test.regions}
		kept, err := d.filterAccounts(accounts)
		if got := fmt.Sprint(kept, " ", err); got != test.want {
			t.Errorf("%s: %s, want %s", name, got, test.want)
		}
	}
	if len(accounts[0].Regions) != 2 {
		t.Error("what was given was changed")
	}
}
