package cost

import (
	"fmt"
	"math"
	"time"

	"github.com/spf13/cobra"

	"github.com/trailbus/trailbus/cmd/trailbus/internal/cli"
	"github.com/trailbus/trailbus/eventpattern"
	"github.com/trailbus/trailbus/internal/config"
)

// commandOptions are the flags of the command.
type commandOptions struct {
	accounts, regions         int
	events, messages, eventKB float64
	backtest                  string
	heartbeat                 time.Duration
	archiveDays, copies       float64
	alarms, metrics, keys     int
	dashboards                int
	deployments               float64
	asJSON                    bool
	changed                   func(flag string) bool
}

// NewCommand makes the command cost.
func NewCommand(s *cli.Streams, options *cli.Options) *cobra.Command {
	o := &commandOptions{}
	command := &cobra.Command{
		Use:   "cost",
		Short: "Say what Trailbus costs a month, before it does",
		Long: `Say what Trailbus costs a month, item by item, by AWS's list prices: what is paid, what the free tier takes off, and who pays.

Accounts, Regions and rules are those of the configuration, or of --accounts and --regions. How many events there are says a backtest
of log files of the whole organization (--backtest), or --events-per-day. Without either, 20 a day are assumed in each account, and
that each is posted.

The free tier is taken off as if nothing else in the accounts used it. Prices are those that came with this version and are to be
checked; no account and no price list is asked.`,
		Example: `  trailbus cost
  trailbus cost --accounts 100 --regions 17 --events-per-day 2000
  trailbus backtest --json ~/AWSLogs | trailbus cost --backtest -
  trailbus cost --accounts 5000 --heartbeat 6h        # fewer heartbeats cost less, and silence is noticed later
  trailbus cost --json | jq '.items[] | {name, pay}'`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o.changed = func(flag string) bool { return cmd.Flags().Changed(flag) }
			return o.run(s, options)
		},
	}
	flags := command.Flags()
	flags.IntVar(&o.accounts, "accounts", 0, "how many accounts are watched (default: those of the configuration)")
	flags.IntVar(&o.regions, "regions", DefaultRegions, "in how many Regions each account is watched, with --accounts")
	flags.Float64Var(&o.events, "events-per-day", 0, fmt.Sprintf("the events that all forwarders send together (default: %d for each account)", DefaultEventsPerAccount))
	flags.Float64Var(&o.messages, "messages-per-day", 0, "the events among them that are posted (default: all)")
	flags.StringVar(&o.backtest, "backtest", "", "take both from this file, which trailbus backtest --json wrote; - is standard input")
	flags.Float64Var(&o.eventKB, "event-kb", DefaultEventKB, "the size of an event in KB")
	flags.DurationVar(&o.heartbeat, "heartbeat", 24*time.Hour/DefaultHeartbeatsPerDay,
		"how often each forwarder sends a heartbeat, where the configuration does not say; 0 for never")
	flags.Float64Var(&o.archiveDays, "archive-days", DefaultArchiveDays, "how many days of events the archive keeps")
	flags.Float64Var(&o.copies, "trail-copies-per-day", 0,
		"management events that a trail made for Trailbus records, though another trail records them already")
	flags.IntVar(&o.alarms, "alarms", DefaultAlarms, "how many CloudWatch alarms there are")
	flags.IntVar(&o.metrics, "metrics", DefaultMetrics, "how many metrics the notifier makes")
	flags.IntVar(&o.dashboards, "dashboards", 0, "how many CloudWatch dashboards there are (default: one where the configuration has it)")
	flags.IntVar(&o.keys, "keys", 0, "how many KMS keys of one's own there are (default: those of the pipeline, where the configuration has one)")
	flags.Float64Var(&o.deployments, "deployments", DefaultDeployments,
		"how often a month the pipeline runs, where the configuration has one")
	flags.BoolVar(&o.asJSON, "json", false, "print JSON, with the prices and what is assumed")
	return command
}

// check refuses numbers that nothing can have.
func (o *commandOptions) check() error {
	if o.changed("accounts") && o.accounts < 1 || o.accounts > 1_000_000 {
		return fmt.Errorf("found --accounts %d, allowed: 1 to 1000000", o.accounts)
	}
	if o.regions < 1 || o.regions > 100 {
		return fmt.Errorf("found --regions %d, allowed: 1 to 100", o.regions)
	}
	if o.changed("regions") && !o.changed("accounts") {
		return fmt.Errorf("found --regions without --accounts, allowed: both, or neither to take them from the configuration")
	}
	if o.changed("backtest") && (o.changed("events-per-day") || o.changed("messages-per-day")) {
		return fmt.Errorf("found --backtest with --events-per-day or --messages-per-day, allowed: --backtest, which has both, or those without it")
	}
	for _, n := range []struct {
		flag  string
		value float64
	}{
		{"events-per-day", o.events}, {"messages-per-day", o.messages}, {"event-kb", o.eventKB},
		{"archive-days", o.archiveDays},
		{"trail-copies-per-day", o.copies}, {"alarms", float64(o.alarms)}, {"metrics", float64(o.metrics)},
		{"keys", float64(o.keys)}, {"dashboards", float64(o.dashboards)},
		{"deployments", o.deployments},
	} {
		if !(n.value >= 0 && n.value <= 1e12) { // neither NaN
			return fmt.Errorf("found --%s %v, allowed: a number, 0 or more", n.flag, n.value)
		}
	}
	if o.eventKB == 0 || o.eventKB > 1024 { // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html
		return fmt.Errorf("found --event-kb %v, allowed: more than 0, and 1024 at most", o.eventKB)
	}
	if o.heartbeat != 0 && o.heartbeat < time.Minute {
		return fmt.Errorf("found --heartbeat %v, allowed: 1m or more, which is the least that EventBridge takes, or 0 for never", o.heartbeat)
	}
	return nil
}

func (o *commandOptions) run(s *cli.Streams, options *cli.Options) error {
	if err := o.check(); err != nil {
		return err
	}
	c, err := options.Config(s)
	if err != nil {
		return err
	}
	u := Typical(len(c.Accounts), 0)
	u.Forwarders = len(c.Deployments())
	var notes []string
	switch {
	case o.changed("accounts"):
		u = Typical(o.accounts, o.regions)
	case u.Accounts == 0:
		return fmt.Errorf("found neither a configuration nor --accounts, allowed: one of them")
	case c.StackSet != nil:
		notes = append(notes, "The units of the stack set may have more accounts than the configuration names: --accounts and --regions say how many.")
	}
	patterns, err := c.Rules.Forwarding(eventpattern.DefaultQuota)
	if err != nil {
		return cli.NewInputError(err)
	}
	u.ForwardingRules = len(patterns)
	if c.Heartbeat > 0 && !o.changed("heartbeat") {
		o.heartbeat = c.Heartbeat
	}
	if u.HeartbeatsPerDay = 0; o.heartbeat > 0 {
		u.ForwardingRules++ // the schedule is one
		u.HeartbeatsPerDay = 24 / o.heartbeat.Hours()
	}
	u.EventKB, u.ArchiveDays, u.TrailCopiesPerDay = o.eventKB, o.archiveDays, o.copies
	u.Alarms, u.Metrics, u.Keys, u.Dashboards = o.alarms, o.metrics, o.keys, o.dashboards
	if c.Dashboard && !o.changed("dashboards") {
		u.Dashboards = 1
	}
	if u.PipelineActions = c.PipelineSize().Actions; u.PipelineActions > 0 {
		u.Deployments = o.deployments
		if !o.changed("keys") {
			u.Keys = pipelineKeys(c)
		}
	}
	from, err := o.setEvents(s, &u)
	if err != nil {
		return err
	}
	estimate := New(u, ListPrices)
	if o.asJSON {
		return cli.PrintJSON(s, struct {
			*Estimate
			EventsFrom string   `json:"eventsFrom"`
			Prices     *Prices  `json:"prices"`
			Assumed    []string `json:"assumed"`
			Notes      []string `json:"notes"`
		}{estimate, from, ListPrices, Assumptions(), append([]string{}, notes...)})
	}
	fmt.Fprintf(s.Out, "%s, %s, %s a day (%s), %s told\n\n", cli.Pluralize(u.Accounts, "account"),
		cli.Pluralize(u.Forwarders, "forwarder"),
		formatEvents(u.EventsPerDay), from, FormatNumber(u.MessagesPerDay))
	if err := estimate.Print(s.Out, ListPrices); err != nil {
		return err
	}
	for _, note := range notes {
		fmt.Fprintln(s.Out, note)
	}
	return nil
}

// pipelineKeys counts the keys that a pipeline's artifacts are encrypted with: one in each Region
// that it is in or deploys to.
func pipelineKeys(c *config.Config) int {
	regions := map[string]bool{c.Pipeline.Region: true, c.Central.Region: true}
	if c.StackSet != nil {
		_, region := c.StackSetHome()
		regions[region] = true
	}
	for _, d := range c.Stacks() {
		regions[d.Region] = true
	}
	return len(regions)
}

func formatEvents(n float64) string {
	if n == 1 {
		return "1 event"
	}
	return FormatNumber(math.Round(n*10)/10) + " events"
}

// setEvents sets how many events there are, and says where the number is from.
func (o *commandOptions) setEvents(s *cli.Streams, u *Usage) (string, error) {
	from := "assumed"
	switch {
	case o.backtest != "":
		found, err := readBacktest(s, o.backtest)
		if err != nil {
			return "", err
		}
		u.EventsPerDay, u.MessagesPerDay = found.perDay()
		return "by a backtest of " + fmt.Sprintf("%.1f", found.Days) + " days", nil
	case o.changed("events-per-day"):
		u.EventsPerDay, u.MessagesPerDay, from = o.events, o.events, "as given"
	}
	if o.changed("messages-per-day") {
		if o.messages > u.EventsPerDay {
			return "", fmt.Errorf("found --messages-per-day %v, allowed: no more than the %v events a day", o.messages,
				u.EventsPerDay)
		}
		u.MessagesPerDay = o.messages
	}
	return from, nil
}
