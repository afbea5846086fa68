package doctor

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/trailbus/trailbus/cmd/trailbus/internal/cli"
	"github.com/trailbus/trailbus/internal/inspect"
	"github.com/trailbus/trailbus/internal/inspect/doctor"
	"github.com/trailbus/trailbus/internal/slack/message"
)

// maxFindingLength is how much of a finding is printed, in characters: it may repeat text of an
// external account.
const maxFindingLength = 600

// regionJSON is a Region of an account.
type regionJSON struct {
	Region   string     `json:"region"`
	Heard    *time.Time `json:"heard,omitempty"`
	Gaps     int        `json:"gaps"`
	Warnings int        `json:"warnings"`
}

// accountJSON is an account, with counts of its findings.
type accountJSON struct {
	ID      string       `json:"id"`
	Name    string       `json:"name"`
	Regions []regionJSON `json:"regions"`
	// Gaps and Warnings count the findings of no single Region.
	Gaps     int `json:"gaps"`
	Warnings int `json:"warnings"`
	// Reached says that the doctor had access to it.
	Reached bool `json:"reached"`
}

// accountsJSON counts findings by account and Region.
func accountsJSON(r *inspect.Report) []accountJSON {
	gaps, warnings := map[doctor.Place]int{}, map[doctor.Place]int{}
	unreached := map[string]bool{}
	for _, f := range r.Findings {
		unreached[f.Account] = unreached[f.Account] || f.Check == doctor.Access && f.Region == ""
		switch {
		case isCentral(f.Check):
		case f.Warning:
			warnings[f.Place]++
		default:
			gaps[f.Place]++
		}
	}
	list := []accountJSON{}
	for _, account := range r.Accounts {
		whole := doctor.Place{Account: account.ID}
		a := accountJSON{ID: account.ID, Name: account.Name, Regions: []regionJSON{}, Gaps: gaps[whole],
			Warnings: warnings[whole], Reached: !unreached[account.ID]}
		for _, region := range account.Regions {
			at := doctor.Place{Account: account.ID, Region: region}
			line := regionJSON{Region: region, Gaps: gaps[at], Warnings: warnings[at]}
			if heard := r.Known[account.ID][region].LastHeartbeat; heard != 0 {
				when := time.Unix(heard, 0).UTC()
				line.Heard = &when
			}
			a.Regions = append(a.Regions, line)
		}
		list = append(list, a)
	}
	return list
}

// isCentral says whether a check is about the central stack, and not about the account that it is
// in.
func isCentral(check doctor.Check) bool { return slices.Contains(doctor.CentralChecks(), check) }

// findingJSON is a finding with its explanation.
type findingJSON struct {
	doctor.Finding
	Means string `json:"means"`
	Fix   string `json:"mend"`
}

func reportJSON(r *inspect.Report) any {
	findings := []findingJSON{}
	for _, f := range r.Findings {
		findings = append(findings, findingJSON{f, f.Check.Means(), f.Check.Fix()})
	}
	return map[string]any{"accounts": accountsJSON(r), "findings": findings, "gaps": r.Gaps(),
		"warnings": len(r.Findings) - r.Gaps(), "notes": append([]string{}, r.Notes...)}
}

func printReport(s *cli.Streams, r *inspect.Report) {
	for _, account := range accountsJSON(r) {
		printAccount(s, account)
	}
	names := map[string]string{}
	for _, account := range r.Accounts {
		names[account.ID] = account.Name
	}
	for _, group := range groupFindings(r.Findings) {
		f := group[0]
		word, color := "gap", cli.Red
		if f.Warning {
			word, color = "warning", cli.Yellow
		}
		fmt.Fprintf(s.Out, "\n%s %s: %s\n", s.Colored(color, word), f.Check, message.Line(f.Found, maxFindingLength))
		fmt.Fprintf(s.Out, "  where: %s\n  means: %s\n  mend:  %s\n", describePlaces(group, names), f.Check.Means(),
			f.Check.Fix())
	}
	fmt.Fprintln(s.Out)
	for _, note := range r.Notes {
		fmt.Fprintln(s.Out, s.Colored(cli.Yellow, "note: ")+message.Line(note, maxFindingLength))
	}
	places := 0
	for _, account := range r.Accounts {
		places += len(account.Regions)
	}
	gaps, color := r.Gaps(), cli.Green
	if gaps > 0 {
		color = cli.Red
	}
	fmt.Fprintf(s.Out, "%s, %s: %s, %s\n", cli.Pluralize(len(r.Accounts), "account"), cli.Pluralize(places, "forwarder"),
		s.Colored(color, cli.Pluralize(gaps, "gap")), cli.Pluralize(len(r.Findings)-gaps, "warning"))
}

// printAccount prints one line for an account without gaps, and one for each Region otherwise.
func printAccount(s *cli.Streams, account accountJSON) {
	fine := account.Gaps == 0 && account.Reached
	var oldest time.Time // the oldest of the last heartbeats
	for _, region := range account.Regions {
		fine = fine && region.Gaps == 0
		if region.Heard != nil && (oldest.IsZero() || region.Heard.Before(oldest)) {
			oldest = *region.Heard
		}
	}
	name := fmt.Sprintf("%s (%s)", message.Line(account.Name, maxFindingLength), account.ID)
	if fine {
		fmt.Fprintf(s.Out, "%-40s %s  %s%s\n", name, s.Colored(cli.Green, "ok"),
			cli.Pluralize(len(account.Regions), "Region"), lastHeard(oldest))
		return
	}
	what := ""
	if account.Gaps > 0 {
		what = s.Colored(cli.Red, cli.Pluralize(account.Gaps, "gap"))
	}
	fmt.Fprintf(s.Out, "%-40s %s\n", name, what)
	for _, region := range account.Regions {
		word := s.Colored(cli.Green, "ok")
		if !account.Reached {
			word = "not looked at"
		}
		if region.Gaps > 0 {
			word = s.Colored(cli.Red, cli.Pluralize(region.Gaps, "gap"))
		}
		heard := time.Time{}
		if region.Heard != nil {
			heard = *region.Heard
		}
		fmt.Fprintf(s.Out, "  %-38s %s%s\n", region.Region, word, lastHeard(heard))
	}
}

func lastHeard(heard time.Time) string {
	if heard.IsZero() {
		return ""
	}
	return ", heard " + heard.Format("2006-01-02 15:04 UTC")
}

// groupFindings groups equal findings of several places, in the order of the first of each.
func groupFindings(findings []doctor.Finding) [][]doctor.Finding {
	type key struct {
		check   doctor.Check
		warning bool
		found   string
	}
	at := map[key]int{}
	var groups [][]doctor.Finding
	for _, f := range findings {
		k := key{f.Check, f.Warning, f.Found}
		i, ok := at[k]
		if !ok {
			i = len(groups)
			at[k] = i
			groups = append(groups, nil)
		}
		groups[i] = append(groups[i], f)
	}
	return groups
}

// describePlaces lists the accounts and Regions of findings.
func describePlaces(group []doctor.Finding, names map[string]string) string {
	var accounts []string
	regions := map[string][]string{}
	for _, f := range group {
		if isCentral(f.Check) {
			return "the central account and Region"
		}
		if _, ok := regions[f.Account]; !ok {
			accounts = append(accounts, f.Account)
			regions[f.Account] = nil
		}
		if f.Region != "" {
			regions[f.Account] = append(regions[f.Account], f.Region)
		}
	}
	var parts []string
	for _, account := range accounts {
		part := account
		if name := names[account]; name != "" {
			part = message.Line(name, maxFindingLength) + " (" + account + ")"
		}
		if list := regions[account]; len(list) > 0 {
			part += " in " + cli.JoinAtMost(list, 5)
		}
		parts = append(parts, part)
	}
	if more := len(parts) - 5; more > 0 {
		parts = append(parts[:5], fmt.Sprintf("%d more accounts", more))
	}
	return strings.Join(parts, "; ")
}
