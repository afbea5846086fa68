package redrive

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/spf13/cobra"

	"github.com/trailbus/trailbus/cmd/trailbus/internal/cli"
)

// commandOptions are the flags of the command.
type commandOptions struct {
	filter        Filter
	since, before string
	dryRun        bool
	asJSON        bool
}

// NewCommand makes the command redrive.
func NewCommand(s *cli.Streams, options *cli.Options) *cobra.Command {
	o := &commandOptions{}
	command := &cobra.Command{
		Use:   "redrive",
		Short: "Move dead letters back to the notifier's queue",
		Long: `Move dead letters back to the notifier's queue: events that could not be posted, since Slack said that a webhook is gone, since the queue
did not take them, or since they were tried for days. Each is listed with its time, account, Region, call and the reason why it is in the
dead-letter queue. Fix the reason first: what still cannot be posted becomes a dead letter again.

Nothing is lost: a message is sent to the queue before it is deleted. Nothing is posted twice: the notifier knows for 31 days what it
posted. What is no CloudTrail event, and what AWS cannot have sent, is left where it is, unless --junk asks for it.

SQS cannot list a queue without receiving from it. So a run, even a dry run, hides the messages from other receivers. Those that stay are
made visible again at its end, also after Ctrl-C. If the command is killed, that takes up to 10 minutes.

It needs credentials of the central account, from where the AWS CLI takes them, that may do cloudformation:DescribeStacks;
sqs:GetQueueAttributes, ReceiveMessage, DeleteMessage and ChangeMessageVisibility on the dead-letter queue; sqs:SendMessage on the queue.`,
		Example: `  trailbus redrive --dry-run
  trailbus redrive
  trailbus redrive --account 222222222222 --event iam:CreateUser
  trailbus redrive --reason channel_not_found --since 2026-11-20T08:00:00Z
  trailbus redrive --dry-run --json | jq -r .reason | sort | uniq -c`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return o.run(cmd.Context(), s, options) },
	}
	flags := command.Flags()
	flags.BoolVar(&o.dryRun, "dry-run", false, "list what would be moved, and move nothing")
	flags.StringArrayVar(&o.filter.Accounts, "account", nil, "move events of this account alone; may be given again")
	flags.StringArrayVar(&o.filter.Events, "event", nil,
		"move these events alone, such as CreateUser or iam:CreateUser; may be given again")
	flags.StringVar(&o.filter.Reason, "reason", "", "move what has this text in its reason alone")
	flags.StringVar(&o.since, "since", "", "move events from this time on alone: RFC 3339, or a day in UTC")
	flags.StringVar(&o.before, "before", "", "move events before this time alone: RFC 3339, or a day in UTC")
	flags.BoolVar(&o.filter.Junk, "junk", false, "move what can never be posted, too; it comes straight back")
	flags.BoolVar(&o.asJSON, "json", false, "print JSON, a line for each dead letter, also for those that the filter leaves")
	return command
}

// check reads the flags.
func (o *commandOptions) check() (err error) {
	for _, account := range o.filter.Accounts {
		if !cli.AccountID.MatchString(account) {
			return fmt.Errorf("found --account %q, allowed: an account id of 12 digits", account)
		}
	}
	if o.filter.Since, err = cli.ParseTime("--since", o.since, false); err != nil {
		return err
	}
	if o.filter.Before, err = cli.ParseTime("--before", o.before, false); err != nil {
		return err
	}
	if o.since != "" && o.before != "" && !o.filter.Since.Before(o.filter.Before) {
		return fmt.Errorf("found --since %s --before %s, allowed: a --since that is earlier than --before", o.since, o.before)
	}
	return nil
}

func (o *commandOptions) run(ctx context.Context, s *cli.Streams, options *cli.Options) error {
	if err := o.check(); err != nil {
		return err
	}
	c, central, err := options.Central(ctx, s)
	if err != nil {
		return err
	}
	settings, err := cli.NewSettings(c)
	if err != nil {
		return err
	}
	r := &Redrive{Client: sqs.NewFromConfig(central.Config), QueueURL: central.QueueURL,
		DeadLetterQueueURL: central.DeadLetterQueueURL,
		Settings:           settings, Filter: o.filter, DryRun: o.dryRun}
	progress := s.StartProgress(func() string {
		seen, total := r.Progress()
		return fmt.Sprintf("%s %d of about %s", cli.Bar(float64(seen)/float64(max(1, total, seen))), seen,
			cli.Pluralize(max(total, seen), "dead letter"))
	})
	defer progress.Stop()
	out, notes := progress.Above(s.Out), progress.Above(s.Err)
	encoder := json.NewEncoder(out)
	r.OnDeadLetter = func(l *DeadLetter) {
		if o.asJSON {
			encoder.Encode(l)
		} else if l.Outcome != Filtered {
			printDeadLetter(out, l, c.AccountNames())
		}
	}
	err = r.Run(ctx)
	counts := r.Outcomes()
	if seen, _ := r.Progress(); err == nil || seen > 0 {
		if !o.asJSON {
			notes = out
		}
		fmt.Fprintln(notes, summarize(r, counts, o.dryRun))
	}
	if err == nil && counts[NotMoved]+counts[NotDeleted] > 0 {
		return cli.ErrSilent
	}
	return cli.AWSError(err)
}

func printDeadLetter(out io.Writer, l *DeadLetter, names map[string]string) {
	when, account := "(no time)", cmp.Or(l.Account, "(no account)")
	if !l.Time.IsZero() {
		when = l.Time.Format("2006-01-02 15:04:05 UTC")
	}
	if name := names[l.Account]; name != "" {
		account = name + " (" + l.Account + ")"
	}
	outcome := string(l.Outcome)
	if l.Remark != "" {
		outcome += ", " + l.Remark
	}
	fmt.Fprintf(out, "%s  %s, %s  %s\n  in the dead-letter queue: %s\n  %s\n", when, account,
		cmp.Or(l.Region, "(no Region)"),
		cmp.Or(l.Event, "(no CloudTrail event)"), l.Reason, outcome)
}

// summarize counts the outcomes in one line.
func summarize(r *Redrive, counts map[Outcome]int, dryRun bool) string {
	seen, _ := r.Progress()
	parts := []string{fmt.Sprintf("%s: %d moved", cli.Pluralize(seen, "dead letter"), counts[Moved])}
	if dryRun {
		parts[0] = fmt.Sprintf("%s: %d would be moved", cli.Pluralize(seen, "dead letter"), counts[WouldMove])
	}
	for _, part := range []struct {
		outcome Outcome
		text    string
	}{
		{Filtered, "left by the filter"},
		{Junk, "left since they can never be told (--junk moves them, too)"},
		{New, "came after the start, and stay"},
		{NotMoved, "not moved"},
		{NotDeleted, "moved and not deleted (they are told once all the same)"},
	} {
		if n := counts[part.outcome]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, part.text))
		}
	}
	if n := r.NotVisible(); n > 0 {
		parts = append(parts, fmt.Sprintf("about %d more are hidden, since somebody else received them", n))
	}
	return strings.Join(parts, ", ")
}
