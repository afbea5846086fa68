package main

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/trailbus/trailbus/internal/slack/message"
	"github.com/trailbus/trailbus/internal/verify"
)

// printVerification prints a line for each forwarder, how long it took in all, and what is to be done.
func printVerification(s *streams, r *verify.Report) {
	table := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	for _, f := range r.Forwarders {
		said := ""
		switch {
		case f.Outcome == verify.Arrived && f.Probe > 0:
			said = s.colored(green, fmt.Sprintf("%s (probe %d; none before it arrived)", seconds(f.Latency), f.Probe))
		case f.Outcome == verify.Arrived:
			said = s.colored(green, seconds(f.Latency))
		case f.Outcome == verify.NotArrived:
			said = s.colored(red, fmt.Sprintf("not arrived (%s)", count(f.Probes, "probe")))
		default:
			said = s.colored(red, "not sent: "+message.Line(f.Error, maxComplaint))
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", f.Name, f.Account, f.Region, said)
	}
	table.Flush()
	summary := fmt.Sprintf("%d of %s verified", r.Arrived, count(len(r.Forwarders), "forwarder"))
	if r.P50 != nil {
		summary += fmt.Sprintf(": half within %s (p50), 99 of 100 within %s (p99)", seconds(*r.P50), seconds(*r.P99))
	}
	fmt.Fprintln(s.out, summary)
	if r.ClockSkew > 0 {
		fmt.Fprintf(s.out, "The clock of this machine and that of AWS differ by %s or more, and the times by as much.\n", seconds(r.ClockSkew))
	}
	for _, meaning := range r.Meanings() {
		fmt.Fprintln(s.out, strings.TrimSpace(meaning))
	}
}
