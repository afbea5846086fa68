package replay

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/spf13/cobra"

	"github.com/trailbus/trailbus/cmd/trailbus/internal/cli"
	"github.com/trailbus/trailbus/internal/contract/state"
	"github.com/trailbus/trailbus/internal/slack/message"
)

// commandOptions are the flags of the command.
type commandOptions struct {
	from, to string
	noWait   bool
	asJSON   bool
}

// NewCommand makes the command replay, with status and cancel.
func NewCommand(s *cli.Streams, options *cli.Options) *cobra.Command {
	o := &commandOptions{}
	command := &cobra.Command{
		Use:   "replay --from TIME [--to TIME]",
		Short: "Send the notifier again what the archive of the central bus holds",
		Long: `Send the archive of the central bus to the notifier again, for example after the notifier was broken: an EventBridge replay to the
notifier's rule, and to no other rule on the bus. The archive has only what the forwarders sent; to try new rules on all events, use
trailbus backtest.

TIME is the time of the event: RFC 3339, such as 2026-11-20T08:00:00Z, or a day in UTC, such as 2026-11-20, which means its beginning in
--from and its end, or now, in --to. The archive keeps 30 days, unless it was made otherwise. An event may take 10 minutes to get there.

Nothing is posted twice: the notifier knows for 31 days which events it posted. Those that it posted before that may be posted again.
Events that were muted, or that no rule matched, are matched again, with the rules and mutes of now.

EventBridge goes from minute to minute, in no order within one, and runs 10 replays at a time. Ctrl-C ends the waiting and not the replay.

It needs credentials of the central account, from where the AWS CLI takes them, that may do cloudformation:DescribeStacks and
events:DescribeArchive, StartReplay, DescribeReplay and CancelReplay.`,
		Example: `  trailbus replay --from 2026-11-20T08:00:00Z --to 2026-11-20T09:30:00Z
  trailbus replay --from 2026-11-20 --no-wait
  trailbus replay status trailbus_20261120T080000Z_20261120T093000Z_20261121T100000Z
  trailbus replay cancel trailbus_20261120T080000Z_20261120T093000Z_20261121T100000Z`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return o.run(cmd.Context(), s, options) },
	}
	flags := command.Flags()
	flags.StringVar(&o.from, "from", "", "the time from which on to replay events")
	flags.StringVar(&o.to, "to", "", "the time before which to replay events (default: now)")
	flags.BoolVar(&o.noWait, "no-wait", false, "do not wait for the end")
	flags.BoolVar(&o.asJSON, "json", false, "print JSON")
	for _, sub := range []struct {
		use, short string
		do         func(*Replayer, context.Context, string) (Status, error)
	}{
		{"status NAME", "Say how far a replay is", (*Replayer).Status},
		{"cancel NAME", "End a replay; what was replayed by then stays so", (*Replayer).Cancel},
	} {
		asJSON := false
		c := &cobra.Command{
			Use: sub.use, Short: sub.short, Args: cli.ArgumentRange(1, 1, "one NAME, as trailbus replay has said it"),
			RunE: func(cmd *cobra.Command, args []string) error {
				r, err := findReplayer(cmd.Context(), s, options)
				if err != nil {
					return err
				}
				status, err := sub.do(r, cmd.Context(), args[0])
				if err != nil {
					return cli.AWSError(err)
				}
				return printReplay(s, status, asJSON)
			},
		}
		c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
		command.AddCommand(c)
	}
	return command
}

func findReplayer(ctx context.Context, s *cli.Streams, options *cli.Options) (*Replayer, error) {
	_, central, err := options.Central(ctx, s)
	if err != nil {
		return nil, err
	}
	return &Replayer{Client: eventbridge.NewFromConfig(central.Config), BusARN: central.BusARN,
		ArchiveARN: central.ArchiveARN,
		RuleARN:    central.NotifierRuleARN, PollInterval: 2 * time.Second}, nil
}

// span reads the flags.
func (o *commandOptions) span(now time.Time) (from, to time.Time, err error) {
	if o.from == "" {
		return from, to, errors.New("found no --from, allowed: a time such as 2026-11-20T08:00:00Z, or a day in UTC such as 2026-11-20")
	}
	if from, err = cli.ParseTime("--from", o.from, false); err != nil {
		return from, to, err
	}
	if to, err = cli.ParseTime("--to", o.to, true); err != nil {
		return from, to, err
	}
	// The end of today is now.
	if o.to == "" || len(o.to) == len(time.DateOnly) && to.Sub(now) <= 24*time.Hour && to.After(now) {
		to = now
	}
	return from.Truncate(time.Second), to.Truncate(time.Second), nil // as EventBridge counts
}

func (o *commandOptions) run(ctx context.Context, s *cli.Streams, options *cli.Options) error {
	now := time.Now().UTC()
	from, to, err := o.span(now)
	if err != nil {
		return err
	}
	if err := CheckSpan(from, to, now); err != nil {
		return cli.NewInputError(err) // before credentials are needed
	}
	r, err := findReplayer(ctx, s, options)
	if err != nil {
		return err
	}
	if err := r.Check(ctx, from, to, now); err != nil {
		return cli.AWSError(err)
	}
	if now.Sub(to) < ArchiveDelay {
		fmt.Fprintln(s.Err, "note: events of the last 10 minutes may not be in the archive yet")
	}
	if now.Sub(from) > state.PostedTTL {
		fmt.Fprintf(s.Err, "note: what was told more than %d days ago may be told again\n", state.PostedTTL/(24*time.Hour))
	}
	status, err := r.Start(ctx, from, to, now)
	if err != nil {
		return cli.AWSError(err)
	}
	if !o.noWait {
		fmt.Fprintf(s.Err, "%s: started\n", status.Name)
		if status, err = waitForReplay(ctx, s, r, status); err != nil {
			if ctx.Err() != nil {
				err = ctx.Err()
			}
			fmt.Fprintf(s.Err, "the replay goes on; to end it: trailbus replay cancel %s\n", status.Name)
			return cli.AWSError(err)
		}
	}
	if err := printReplay(s, status, o.asJSON); err != nil || o.noWait || status.State == types.ReplayStateCompleted {
		return err
	}
	return cli.ErrSilent
}

// waitForReplay shows how far a replay is until it is over.
func waitForReplay(ctx context.Context, s *cli.Streams, r *Replayer, started Status) (Status, error) {
	var now atomic.Pointer[Status]
	now.Store(&started)
	progress := s.StartProgress(func() string {
		status := now.Load()
		text := fmt.Sprintf("%s %3.0f %%  %s", cli.Bar(status.Progress()), 100*status.Progress(), status.State)
		if !status.Last.IsZero() {
			text += ", at the events of " + status.Last.UTC().Format("2006-01-02 15:04:05 UTC")
		}
		return text
	})
	defer progress.Stop()
	status, err := r.Wait(ctx, started.Name, func(status Status) { now.Store(&status) })
	if err != nil {
		return started, err
	}
	return status, nil
}

func printReplay(s *cli.Streams, status Status, asJSON bool) error {
	status.Reason = message.Line(status.Reason, cli.MaxErrorLength)
	if asJSON {
		return cli.PrintJSON(s, status)
	}
	text := fmt.Sprintf("%s: %s", status.Name, status.State)
	if status.Reason != "" {
		text += ", " + status.Reason
	}
	if !status.Last.IsZero() {
		text += ", last the events of " + status.Last.UTC().Format("2006-01-02 15:04:05 UTC")
	}
	_, err := fmt.Fprintln(s.Out, text)
	return err
}
