package doctor

import (
	"cmp"
	"fmt"
	"slices"
)

// Place is what a finding is about: a Region of an account, an account where there is no Region, or what all have in common, the centre.
type Place struct {
	Account string `json:"account,omitempty"`
	Region  string `json:"region,omitempty"`
}

// Finding is something that is not as it should be.
type Finding struct {
	Place
	// Check is what was looked at.
	Check Check `json:"check"`
	// Warning says that Trailbus sees all that it was asked to all the same.
	Warning bool `json:"warning,omitempty"`
	// Found says what was found, and what is wanted.
	Found string `json:"found"`
}

// Check names what was looked at, as in the JSON of the command.
type Check string

// explanation is what a finding means, and how to mend it.
type explanation struct{ means, fix string }

// Means says what it means that a check found something.
func (c Check) Means() string { return explanations[c].means }

// Fix says what to do about it.
func (c Check) Fix() string { return explanations[c].fix }

// Checks lists all checks.
func Checks() []Check {
	var all []Check
	for check := range explanations {
		all = append(all, check)
	}
	slices.Sort(all)
	return all
}

func (p Place) gap(check Check, format string, args ...any) Finding {
	return Finding{Place: p, Check: check, Found: fmt.Sprintf(format, args...)}
}

func (p Place) warning(check Check, format string, args ...any) Finding {
	f := p.gap(check, format, args...)
	f.Warning = true
	return f
}

// Gap is a finding, for who asks.
func (p Place) Gap(check Check, found string) Finding { return p.gap(check, "%s", found) }

// Note is a finding that is a warning.
func (p Place) Note(check Check, found string) Finding { return p.warning(check, "%s", found) }

// Sort puts gaps before warnings, and in each the centre before the accounts.
func Sort(findings []Finding) {
	slices.SortStableFunc(findings, func(a, b Finding) int {
		return cmp.Or(rank(a)-rank(b), cmp.Compare(a.Account, b.Account), cmp.Compare(a.Region, b.Region),
			cmp.Compare(a.Check, b.Check), cmp.Compare(a.Found, b.Found))
	})
}

func rank(f Finding) int {
	n := 0
	if f.Warning {
		n += 2
	}
	if !slices.Contains(CentralChecks(), f.Check) {
		n++
	}
	return n
}
