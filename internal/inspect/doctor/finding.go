// Package doctor decides, from what was found in AWS, where Trailbus does not see what it should.
// It makes no calls and takes the time from its caller; package inspect calls AWS.
package doctor

import (
	"cmp"
	"fmt"
	"slices"
)

// Place is what a finding is about: a Region of an account, or an account where Region is empty.
type Place struct {
	Account string `json:"account,omitempty"`
	Region  string `json:"region,omitempty"`
}

// Finding is something that is not as it should be.
type Finding struct {
	Place
	// Check made the finding.
	Check Check `json:"check"`
	// Warning says that Trailbus still sees all that it was asked to.
	Warning bool `json:"warning,omitempty"`
	// Found says what was found and what was wanted.
	Found string `json:"found"`
}

// Check is the name of a check, as in the JSON of the command.
type Check string

// explanation is what a finding of a check means, and how to fix it.
type explanation struct{ means, fix string }

// Means says what a finding of the check means.
func (c Check) Means() string { return explanations[c].means }

// Fix says how to fix what the check found.
func (c Check) Fix() string { return explanations[c].fix }

// Gap makes a finding of something that Trailbus does not see.
func (p Place) Gap(check Check, format string, args ...any) Finding {
	return Finding{Place: p, Check: check, Found: fmt.Sprintf(format, args...)}
}

// Warn makes a finding that is a warning.
func (p Place) Warn(check Check, format string, args ...any) Finding {
	f := p.Gap(check, format, args...)
	f.Warning = true
	return f
}

// Sort puts gaps before warnings, and among each the central stack before the accounts.
func Sort(findings []Finding) {
	slices.SortStableFunc(findings, func(a, b Finding) int {
		return cmp.Or(rank(a)-rank(b), cmp.Compare(a.Account, b.Account), cmp.Compare(a.Region, b.Region),
			cmp.Compare(a.Check, b.Check), cmp.Compare(a.Found, b.Found))
	})
}

func rank(f Finding) (n int) {
	if f.Warning {
		n += 2
	}
	if !slices.Contains(CentralChecks(), f.Check) {
		n++
	}
	return n
}
