package config

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// organization is one as AWS knows it: which unit each account is in, by id, and the parent of each
// unit.
type organization struct {
	management string
	unitOf     map[string]string
	parent     map[string]string
}

const root = "r-a1b2"

// in says whether an account is in a unit or in one of its children.
func (o organization) in(account, unit string) bool {
	for u := o.unitOf[account]; u != ""; u = o.parent[u] {
		if u == unit {
			return true
		}
	}
	return false
}

// instances are the accounts in which AWS makes instances of a stack set, as the documentation of
// DeploymentTargets has it.
func (o organization) instances(s *StackSet) []string {
	var accounts []string
	for account := range o.unitOf {
		inUnits := slices.ContainsFunc(s.Units, func(unit string) bool { return o.in(account, unit) })
		listed := slices.Contains(s.Accounts.Accounts, account)
		switch s.Accounts.Kind {
		case OnlyAccounts: // INTERSECTION
			inUnits = inUnits && listed
		case ExceptAccounts: // DIFFERENCE
			inUnits = inUnits && !listed
		}
		if inUnits && account != o.management {
			accounts = append(accounts, account)
		}
	}
	return accounts
}

// scenario is an organization and a file for it.
type scenario struct {
	organization
	random *rand.Rand
	text   string
	// wanted are the accounts and Regions that the file asks for, as "account region".
	wanted map[string]bool
}

func pick(random *rand.Rand, from []string, n int) []string {
	var picked []string
	for _, i := range random.Perm(len(from))[:min(n, len(from))] {
		picked = append(picked, from[i])
	}
	return picked
}

// newScenario makes up an organization of a few units and accounts, and a file that asks for some
// of them.
func newScenario(random *rand.Rand) *scenario {
	s := &scenario{organization: organization{management: "100000000000", unitOf: map[string]string{}, parent: map[string]string{}}, random: random, wanted: map[string]bool{}}
	units := []string{root}
	for i := range 1 + random.IntN(4) {
		unit := fmt.Sprintf("ou-a1b2-c3d4e5f%d", i)
		s.parent[unit] = units[random.IntN(len(units))]
		units = append(units, unit)
	}
	var accounts []string
	for i := range 1 + random.IntN(8) {
		id := fmt.Sprint(100000000000 + i)
		s.unitOf[id] = units[random.IntN(len(units))]
		accounts = append(accounts, id)
	}
	always := []string{"us-east-1", "us-west-2", "eu-west-1", "eu-central-1", "sa-east-1"}
	everywhere := pick(random, always, 1+random.IntN(4))
	mode := []DeployMode{DeployStacks, DeployStackSets, DeployPipeline}[random.IntN(3)]
	bySet := mode == DeployStackSets || mode == DeployPipeline && random.IntN(2) == 0
	central := accounts[random.IntN(len(accounts))]

	var text strings.Builder
	say := func(format string, args ...any) { fmt.Fprintf(&text, format+"\n", args...) }
	say(`central: {account: "%s", region: eu-central-1}`, central)
	say("organization: o-a1b2c3d4e5\nregions: [%s]\ndeploy: %s", strings.Join(everywhere, ", "), mode)
	targets := []string{root}
	ofSet, filter := everywhere, AccountFilter{}
	listed := pick(random, accounts, 1+random.IntN(len(accounts)))
	if bySet {
		if random.IntN(2) == 0 {
			targets = pick(random, units[1:], 1+random.IntN(2))
		}
		say(`management: "%s"`, s.management)
		if mode == DeployPipeline {
			say("forwarders: stacksets")
		}
		say("stackSet:\n  organizationalUnits: [%s]", strings.Join(targets, ", "))
		if random.IntN(2) == 0 {
			ofSet = pick(random, always, 1+random.IntN(4))
			say("  regions: [%s]", strings.Join(ofSet, ", "))
		}
		switch random.IntN(3) {
		case 0:
			// Who is listed but not in the units is named here, as docs/deploy.md asks.
			except := pick(random, accounts, random.IntN(3))
			for _, account := range listed {
				outside := !slices.ContainsFunc(targets, func(unit string) bool { return s.in(account, unit) })
				if outside && account != s.management && !slices.Contains(except, account) {
					except = append(except, account)
				}
			}
			if len(except) > 0 {
				filter = AccountFilter{ExceptAccounts, except}
				say(`  accounts: {except: ["%s"]}`, strings.Join(except, `", "`))
			}
		case 1:
			var only []string
			for _, account := range pick(random, accounts, 1+random.IntN(3)) {
				if account != s.management && slices.ContainsFunc(targets, func(unit string) bool { return s.in(account, unit) }) {
					only = append(only, account)
				}
			}
			if len(only) > 0 {
				filter = AccountFilter{OnlyAccounts, only}
				say("  automaticDeployment: false\n  accounts: {only: [\"%s\"]}", strings.Join(only, `", "`))
			}
		}
		if filter.Kind == AllAccounts {
			listed = slices.DeleteFunc(listed, func(account string) bool {
				return account != s.management && !slices.ContainsFunc(targets, func(unit string) bool { return s.in(account, unit) })
			})
		}
		for account := range s.unitOf {
			inUnits := slices.ContainsFunc(targets, func(unit string) bool { return s.in(account, unit) })
			takesIt := inUnits && filter.takes(account) || account == s.management && filter.takes(account)
			if takesIt && (account != s.management || !slices.Contains(listed, account)) {
				for _, region := range ofSet {
					s.wanted[account+" "+region] = true
				}
			}
		}
		say("accounts:%s", map[bool]string{true: " []"}[len(listed) == 0])
	} else {
		say("accounts:")
	}
	for i, account := range listed {
		regions, own := everywhere, ""
		if bySet && account != s.management && filter.takes(account) {
			regions = ofSet
		} else if random.IntN(3) == 0 {
			regions = pick(random, always, 1+random.IntN(3))
			own = fmt.Sprintf(", regions: [%s]", strings.Join(regions, ", "))
		}
		say(`  - {id: "%s", name: account %d%s}`, account, i, own)
		for _, region := range regions {
			s.wanted[account+" "+region] = true
		}
	}
	say("rules: {packs: [cis]}\nslack: {secret: trailbus/slack}")
	if mode == DeployPipeline {
		say("pipeline: {source: {codeCommit: trailbus}}")
	}
	s.text = text.String()
	return s
}

// For whatever organization and file, every account and Region that is asked for has one forwarder,
// and none has two.
func TestEveryAccountAndRegionHasOneForwarderInEveryMode(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	forwarders, modes, filters := 0, map[string]int{}, map[FilterKind]int{}
	for range 2000 {
		s := newScenario(random)
		c, problems := parse(s.text)
		if c == nil {
			t.Fatalf("%s\nin\n%s", problems, s.text)
		}
		found := map[string]int{}
		for _, d := range c.Stacks() {
			found[d.Account+" "+d.Region]++
		}
		mode := string(c.Deploy)
		if c.StackSet != nil {
			for _, account := range s.instances(c.StackSet) {
				for _, region := range c.StackSet.Regions {
					found[account+" "+region]++
				}
			}
			filters[c.StackSet.Accounts.Kind]++
			mode += " with a stack set"
		}
		for place, n := range found {
			forwarders++
			if n != 1 || !s.wanted[place] {
				t.Fatalf("%s has %d forwarders, asked for: %t, in\n%s%+v", place, n, s.wanted[place], s.text, s.organization)
			}
		}
		for place := range s.wanted {
			if found[place] == 0 {
				t.Fatalf("%s has no forwarder, in\n%s%+v", place, s.text, s.organization)
			}
		}
		if c.Pipeline != nil {
			inWaves := map[string]int{}
			for _, wave := range c.Pipeline.Waves {
				for _, account := range wave.Accounts {
					inWaves[account]++
				}
			}
			for _, d := range c.Stacks() {
				if inWaves[d.Account] != 1 {
					t.Fatalf("account %s is in %d waves, in\n%s", d.Account, inWaves[d.Account], s.text)
				}
			}
		}
		// What the list of deployments says of an account is what AWS does with it.
		for _, d := range c.Deployments() {
			bySet := c.StackSet != nil && slices.Contains(s.instances(c.StackSet), d.Account)
			if d.StackSet != bySet || found[d.Account+" "+d.Region] != 1 {
				t.Fatalf("%+v is listed, in\n%s%+v", d, s.text, s.organization)
			}
		}
		modes[mode]++
	}
	if forwarders < 10000 || len(modes) != 4 || len(filters) != 3 {
		t.Errorf("%d forwarders on the modes %v with the filters %v were looked at", forwarders, modes, filters)
	}
	for mode, n := range modes {
		if n < 300 {
			t.Errorf("the mode %s was tried %d times", mode, n)
		}
	}
}
