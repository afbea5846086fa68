package verify

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/trailbus/trailbus/cmd/trailbus/internal/cli"
	"github.com/trailbus/trailbus/internal/slack/message"
)

// printReport prints a line for each forwarder, a summary, and what to do about probes that did not
// arrive.
func printReport(s *cli.Streams, r *Report) {
	table := tabwriter.NewWriter(s.Out, 0, 0, 2, ' ', 0)
	for _, f := range r.Forwarders {
		said := ""
		switch {
		case f.Outcome == Arrived && f.Probe > 0:
			said = s.Colored(cli.Green, fmt.Sprintf("%s (probe %d; none before it arrived)", seconds(f.Latency), f.Probe))
		case f.Outcome == Arrived:
			said = s.Colored(cli.Green, seconds(f.Latency))
		case f.Outcome == NotArrived:
			said = s.Colored(cli.Red, fmt.Sprintf("not arrived (%s)", cli.Pluralize(f.Probes, "probe")))
		default:
			said = s.Colored(cli.Red, "not sent: "+message.Line(f.Error, cli.MaxErrorLength))
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", f.Name, f.Account, f.Region, said)
	}
	table.Flush()
	summary := fmt.Sprintf("%d of %s verified", r.Arrived, cli.Pluralize(len(r.Forwarders), "forwarder"))
	if r.P50 != nil {
		summary += fmt.Sprintf(": half within %s (p50), 99 of 100 within %s (p99)", seconds(*r.P50), seconds(*r.P99))
	}
	fmt.Fprintln(s.Out, summary)
	if r.ClockSkew > 0 {
		fmt.Fprintf(s.Out, "The clock of this machine and that of AWS differ by %s or more, and the times by as much.\n",
			seconds(r.ClockSkew))
	}
	for _, meaning := range r.Meanings() {
		fmt.Fprintln(s.Out, strings.TrimSpace(meaning))
	}
}

// seconds writes milliseconds in seconds.
func seconds(ms int64) string { return fmt.Sprintf("%.1f s", float64(ms)/1000) }
