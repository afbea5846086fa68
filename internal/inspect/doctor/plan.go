package doctor

import (
	"slices"
	"strings"

	"github.com/trailbus/trailbus/internal/config"
)

// Account is an account to check.
type Account struct {
	ID, Name string
	// Regions are those that should have a forwarder.
	Regions []string
	// Optional says that the account may have no forwarder: the stack set covers some of the
	// organization's units.
	Optional bool
	// Filtered says that only some Regions are checked.
	Filtered bool
}

// Member is an account of the organization.
type Member struct{ ID, Name string }

// Plan lists the accounts to check: those of the configuration, and with a stack set those of the
// organization. members are the accounts of the organization, none where they are not known.
func Plan(c *config.Config, members []Member) ([]Account, []Finding) {
	var accounts []Account
	var findings []Finding
	for _, account := range c.Accounts {
		accounts = append(accounts, Account{ID: account.ID, Name: account.Name, Regions: account.Regions})
		if len(members) > 0 && !slices.ContainsFunc(members, func(m Member) bool { return m.ID == account.ID }) {
			findings = append(findings, Place{Account: account.ID}.Warn(Membership,
				"trailbus.yaml lists the account, and it is no active account of the organization"))
		}
	}
	for _, m := range members {
		if slices.ContainsFunc(c.Accounts, func(a config.Account) bool { return a.ID == m.ID }) {
			continue
		}
		if c.StackSet.Takes(m.ID) {
			whole := slices.ContainsFunc(c.StackSet.Units, func(unit string) bool { return strings.HasPrefix(unit, "r-") })
			accounts = append(accounts, Account{ID: m.ID, Name: m.Name, Regions: c.StackSet.Regions, Optional: !whole})
			continue
		}
		findings = append(findings, Place{Account: m.ID}.Warn(Membership,
			"the account %s is in the organization and not in trailbus.yaml", m.Name))
	}
	return accounts, findings
}

// Consolidate replaces a finding of every Region, such as about a trail, by one of the account, and
// the findings of an optional account without forwarders by a warning.
func Consolidate(account *Account, findings []Finding) []Finding {
	missing := 0
	same := map[Finding]int{}
	for _, f := range findings {
		if f.Check == Forwarder {
			missing++
		}
		f.Region = ""
		same[f]++
	}
	if account.Optional && missing > 0 && missing == len(account.Regions) {
		return []Finding{Place{Account: account.ID}.Warn(Membership,
			"no Region of the account %s has a forwarder: it is in none of the units of the stack set, or its instances failed",
			account.Name)}
	}
	var all []Finding
	for _, f := range findings {
		whole := f
		whole.Region = ""
		if same[whole] == len(account.Regions) && len(account.Regions) > 1 {
			f = whole
		}
		if f.Region != "" || !slices.Contains(all, f) {
			all = append(all, f)
		}
	}
	return all
}

// Unreached is the finding about an account without access.
func (p Place) Unreached(account *Account, err error) Finding {
	f := p.Gap(Access, "%v", err)
	f.Warning = account.Optional
	return f
}

// CheckRegions compares the enabled Regions of an account with those that should have a forwarder.
func CheckRegions(account *Account, enabled []string) []Finding {
	var all []Finding
	for _, region := range account.Regions {
		if !slices.Contains(enabled, region) {
			all = append(all, Place{account.ID, region}.Gap(Region,
				"the Region is not enabled in the account, and trailbus.yaml asks for a forwarder there"))
		}
	}
	left := slices.DeleteFunc(slices.Clone(enabled), func(region string) bool {
		return slices.Contains(account.Regions,
			region)
	})
	if len(left) > 0 && !account.Filtered {
		all = append(all, Place{Account: account.ID}.Warn(Region,
			"trailbus.yaml asks for no forwarder in Regions that are enabled: %s", strings.Join(left, ", ")))
	}
	return all
}
