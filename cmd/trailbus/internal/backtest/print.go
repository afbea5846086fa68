package backtest

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/trailbus/trailbus/cmd/trailbus/internal/cli"
)

const (
	// maxDetailedRules is how many rules are shown with their principals; with --rule, or in JSON,
	// any is.
	maxDetailedRules = 5
	// maxAccounts is how many accounts of a rule are named.
	maxAccounts = 3
)

// print writes the result for people.
func (r *result) print(to io.Writer) error {
	out := bufio.NewWriter(to)
	r.printTotals(out)
	if len(r.Rules) > 0 {
		fmt.Fprintln(out)
		r.printRules(out)
	}
	shown := 0
	for _, rule := range r.Rules {
		if len(rule.Principals) > 0 && shown < maxDetailedRules {
			shown++
			printPrincipals(out, rule)
		}
	}
	if more := r.alertingRules() - shown; more > 0 {
		fmt.Fprintf(out, "\nThe principals of %s more: --rule RULE, or --json.\n", cli.Pluralize(more, "rule"))
	}
	if shown > 0 {
		fmt.Fprintln(out, "\nA mute goes into the list rules.mutes of trailbus.yaml as it stands. Say there why it is fine.")
	}
	return out.Flush()
}

// alertingRules is how many rules would have alerted.
func (r *result) alertingRules() (n int) {
	for _, rule := range r.Rules {
		if rule.Alerts > 0 {
			n++
		}
	}
	return n
}

func (r *result) printTotals(out io.Writer) {
	fmt.Fprintf(out, "%s in %s", cli.Pluralize(r.Records, "record"), cli.Pluralize(r.Files, "file"))
	if r.First != nil {
		fmt.Fprintf(out, ", %s, %.1f a day", describeDays(r.Report), r.RecordsPerDay)
	}
	fmt.Fprintf(out, "\n%s (%.1f a day): ", cli.Pluralize(r.Messages, "message"), r.MessagesPerDay)
	fmt.Fprintf(out, "%s of %s, %d muted, %d of %s silent\n", cli.Pluralize(r.Alerts, "alert"),
		cli.Pluralize(r.alertingRules(), "rule"), r.Muted, len(r.Silent), cli.Pluralize(len(r.Silent)+len(r.Rules), "rule"))
	fmt.Fprintf(out, "forwarded though no rule wants it: %d (%.2f %%)\n", r.Unwanted, 100*r.UnwantedShare)
	for _, also := range []struct {
		n          int
		noun, what string
	}{
		{r.Duplicates, "record", "came again, told once"},
		{r.Refused, "record", "cannot have come from AWS, not told"},
		{r.OutOfRange, "record", "of other days, left out"},
		{r.Digests, "digest", "left out, which holds no records"},
		{r.Dated, "path", "of other days, left out"},
		{r.Damaged, "file", "damaged, as named above"},
	} {
		if also.n > 0 {
			fmt.Fprintf(out, "%s %s\n", cli.Pluralize(also.n, also.noun), also.what)
		}
	}
	for _, rule := range r.Rules {
		if rule.Undelivered > 0 {
			fmt.Fprintf(out, "rule %s matches %s that EventBridge delivers only with readOnly: true\n", rule.ID,
				cli.Pluralize(rule.Undelivered, "read-only event"))
		}
	}
}

// describeDays says for which days the records speak.
func describeDays(r *Report) string {
	first, last := r.First.Format(time.DateOnly), r.Last.Format(time.DateOnly)
	if first == last {
		return first
	}
	return fmt.Sprintf("%s to %s (%.1f days)", first, last, r.Days)
}

func (r *result) printRules(out io.Writer) {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "ALERTS\tA DAY\tMUTED\tSEVERITY\t  RULE")
	for _, rule := range r.Rules {
		var accounts []string
		for i, account := range rule.Accounts {
			if i == maxAccounts {
				accounts = append(accounts, fmt.Sprintf("%d more", len(rule.Accounts)-maxAccounts))
				break
			}
			name := account.Name
			if name == "" {
				name = account.Key
			}
			if name == "" {
				name = "no account"
			}
			accounts = append(accounts, fmt.Sprintf("%s %d", name, account.Alerts))
		}
		line := rule.ID
		if len(accounts) > 0 {
			line += " (" + strings.Join(accounts, ", ") + ")"
		}
		fmt.Fprintf(table, "%d\t%.1f\t%d\t%s\t  %s\n", rule.Alerts, rule.PerDay, rule.Muted, rule.Severity, line)
	}
	table.Flush()
}

func printPrincipals(out io.Writer, rule RuleReport) {
	fmt.Fprintf(out, "\n%s: %s\n", rule.ID, rule.Title)
	for _, p := range rule.Principals {
		alerts := fmt.Sprint(p.Alerts)
		if p.AtLeast < p.Alerts {
			alerts = fmt.Sprintf("%d to %d", p.AtLeast, p.Alerts)
		}
		fmt.Fprintf(out, "  %s by %s\n", alerts, p.Name)
		if p.Mute == "" {
			fmt.Fprintf(out, "    # no mute: %s\n", p.NoMute)
			continue
		}
		for line := range strings.Lines(p.Mute) {
			fmt.Fprint(out, "    ", line)
		}
	}
}
