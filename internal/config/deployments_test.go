package config

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestDeploymentsAreNamedSoThatAPersonFindsThem(t *testing.T) {
	one := []string{"us-east-1"}
	tests := map[string]struct {
		accounts []Account
		want     []string
	}{
		"in the order of the file": {
			[]Account{{ID: "222222222222", Name: "production", Regions: []string{"us-east-1", "eu-west-1"}}, {ID: "111111111111", Name: "audit", Regions: []string{"eu-west-1", "us-east-1"}}},
			[]string{"Forwarder-production-us-east-1", "Forwarder-production-eu-west-1", "Forwarder-audit-eu-west-1", "Forwarder-audit-us-east-1"},
		},
		"what an id cannot hold becomes a hyphen": {
			[]Account{{ID: "111111111111", Name: "Sandbox / Müller (EU)", Regions: one}},
			[]string{"Forwarder-Sandbox-M-ller-EU-us-east-1"},
		},
		"names that would meet get the account": {
			[]Account{{ID: "111111111111", Name: "prod (EU)", Regions: one}, {ID: "222222222222", Name: "Prod EU", Regions: one}, {ID: "333333333333", Name: "prod US", Regions: one}},
			[]string{"Forwarder-prod-EU-111111111111-us-east-1", "Forwarder-Prod-EU-222222222222-us-east-1", "Forwarder-prod-US-us-east-1"},
		},
		"a name that looks like another's with its account": {
			[]Account{{ID: "111111111111", Name: "prod (EU)", Regions: one}, {ID: "222222222222", Name: "prod EU", Regions: one}, {ID: "333333333333", Name: "prod-EU-111111111111", Regions: one}},
			[]string{"Forwarder-prod-EU-111111111111-us-east-1", "Forwarder-prod-EU-222222222222-us-east-1", "Forwarder-prod-EU-111111111111-333333333333-us-east-1"},
		},
		"a name that has its account already": {
			[]Account{{ID: "111111111111", Name: "prod-111111111111", Regions: one}},
			[]string{"Forwarder-prod-111111111111-us-east-1"},
		},
		"a name of which nothing is left": {
			[]Account{{ID: "111111111111", Name: "本番", Regions: one}, {ID: "222222222222", Name: "検証", Regions: one}},
			[]string{"Forwarder-111111111111-us-east-1", "Forwarder-222222222222-us-east-1"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, d := range (&Config{Accounts: test.accounts}).Deployments() {
				got = append(got, d.StackID)
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestDeploymentsDependOnNothingElse(t *testing.T) {
	_, _ = parse(good)
	c, _ := parse(good)
	before := fmt.Sprintf("%+v", c.Accounts)
	first := c.Deployments()
	first[0].StackID = "changed by the caller"
	second, third := c.Deployments(), c.Deployments()
	if !reflect.DeepEqual(second, third) || second[0].StackID != "Forwarder-security-us-east-1" {
		t.Errorf("got %v and %v", second, third)
	}
	if after := fmt.Sprintf("%+v", c.Accounts); after != before {
		t.Errorf("the configuration changed from %s to %s", before, after)
	}
}

// Whatever the accounts are called, each account and Region is asked for once, under an id of its
// own.
func TestEveryAccountAndRegionIsDeployedOnce(t *testing.T) {
	// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cfn-using-console-create-stack-parameters.html
	// is what a stack's name may be made of, and the CDK asks the same of a stack's id.
	valid := regexp.MustCompile(`^[A-Za-z][A-Za-z0-9-]*$`)
	random := rand.New(rand.NewPCG(1, 2))
	pieces := []string{"prod", "Prod", "PROD", " ", "-", "--", "(", "ü", "eu", "us-east-1", "100000000000", "100000000001", "100000000002", "/", "1"}
	deployed := 0
	for range 2000 {
		c := &Config{}
		wanted := map[string]bool{}
		for i := range 1 + random.IntN(5) {
			account := Account{ID: fmt.Sprint(100000000000 + i)}
			for range 1 + random.IntN(4) {
				account.Name += pieces[random.IntN(len(pieces))]
			}
			for _, r := range random.Perm(len(Regions()))[:1+random.IntN(3)] {
				account.Regions = append(account.Regions, Regions()[r])
				wanted[account.ID+" "+Regions()[r]] = true
			}
			c.Accounts = append(c.Accounts, account)
		}
		ids := map[string]bool{}
		for _, d := range c.Deployments() {
			deployed++
			if !wanted[d.Account+" "+d.Region] {
				t.Fatalf("%+v is deployed twice or was not asked for", d)
			}
			delete(wanted, d.Account+" "+d.Region)
			if !valid.MatchString(d.StackID) {
				t.Fatalf("%q is no valid id", d.StackID)
			}
			if id := strings.ToLower(d.StackID); ids[id] {
				t.Fatalf("%q is given twice, the accounts are %+v", d.StackID, c.Accounts)
			} else {
				ids[id] = true
			}
		}
		if len(wanted) > 0 {
			t.Fatalf("%v were asked for and are not deployed", wanted)
		}
	}
	if deployed < 2000 {
		t.Fatalf("%d deployments were looked at", deployed)
	}
}
