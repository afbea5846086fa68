package preview

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/trailbus/trailbus/cmd/trailbus/internal/cli"
	"github.com/trailbus/trailbus/internal/cloudtrail"
	"github.com/trailbus/trailbus/internal/contract"
	"github.com/trailbus/trailbus/internal/slack"
	"github.com/trailbus/trailbus/internal/slack/message"
	"github.com/trailbus/trailbus/rules"
)

// commandOptions are the flags of the command.
type commandOptions struct {
	format    string
	html      string
	all, open bool
}

// NewCommand makes the command preview.
func NewCommand(s *cli.Streams, options *cli.Options) *cobra.Command {
	o := &commandOptions{}
	command := &cobra.Command{
		Use:   "preview [FILE…]",
		Short: "Show the messages that CloudTrail records make",
		Long: `Show the messages that CloudTrail records make, as the notifier would post them.

A FILE holds CloudTrail records: one record, a log file {"Records": […]}, an EventBridge event,
JSON Lines of any of these, gzip of any. Without a FILE, standard input is read.

With --open, a local page shows the messages as Slack does, light and dark; with --html, that page is written to a file. The page
loads nothing from anywhere.`,
		Example: `  trailbus preview 111111111111_CloudTrail_us-east-1_20261122T1005Z.json.gz
  aws cloudtrail lookup-events --output json | trailbus preview --all
  trailbus preview --open events.jsonl
  trailbus preview --format slack events.jsonl | head -n 1 | curl -d @- -H 'Content-Type: application/json' "$WEBHOOK"`,
		RunE: func(_ *cobra.Command, files []string) error { return o.run(s, options, files) },
	}
	flags := command.Flags()
	flags.StringVar(&o.format, "format", "text", "text, or slack: one Slack payload a line, as JSON")
	flags.BoolVar(&o.open, "open", false, "show the messages as Slack does, in a browser")
	flags.StringVar(&o.html, "html", "", "write the page that --open shows to this file")
	flags.BoolVar(&o.all, "all", false, "also show records that would not be posted")
	return command
}

func (o *commandOptions) run(s *cli.Streams, options *cli.Options, files []string) error {
	onPage := o.open || o.html != ""
	switch {
	case o.format != "text" && o.format != "slack":
		return fmt.Errorf("unknown format %q, allowed: text, slack", o.format)
	case o.format != "text" && onPage:
		return errors.New("--format is of what is printed, allowed: with neither --open nor --html")
	}
	settings, err := options.Settings(s)
	if err != nil {
		return err
	}
	p := &previewer{Streams: s, settings: settings, all: o.all, print: printText}
	page := &pageBuilder{}
	switch {
	case onPage:
		p.print = func(_ *cli.Streams, m *message.Message, event *cloudtrail.Event, channel string) error {
			return page.add(m, event, channel)
		}
	case o.format == "slack":
		p.print = printPayload
	}
	err = cli.EachEvent(s, files, p.preview)
	summary := p.summary()
	fmt.Fprintln(s.Err, summary)
	if !onPage || err != nil && p.shown == 0 {
		return err
	}
	return errors.Join(err, page.write(s, summary, o.html, o.open))
}

func printText(s *cli.Streams, m *message.Message, _ *cloudtrail.Event, _ string) error {
	_, err := fmt.Fprintln(s.Out, m.Terminal(s.Color))
	return err
}

func printPayload(s *cli.Streams, m *message.Message, _ *cloudtrail.Event, _ string) error {
	payload, err := slack.Payload(m.Slack())
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.Out, "%s\n", payload)
	return err
}

// previewer makes messages of events and counts them.
type previewer struct {
	*cli.Streams
	settings *contract.Settings
	all      bool // also what would not be posted
	// print is called with each message; channel is where it would be posted.
	print func(s *cli.Streams, m *message.Message, event *cloudtrail.Event, channel string) error

	read, shown, muted, refused, unmatched int
}

func (p *previewer) preview(event *cloudtrail.Event) error {
	p.read++
	now := time.Now()
	matched, mute, err := p.settings.Judge(event, now)
	channel, mention := "nowhere", ""
	if len(matched) > 0 {
		targets := p.settings.Routes.Targets(matched, event.Account, now)
		names := make([]string, len(targets))
		for i, target := range targets {
			names[i] = target.Name()
		}
		channel, mention = strings.Join(names, " and "), targets[0].Mention
	} else {
		switch {
		case err != nil:
			fmt.Fprintf(p.Err, "event %s would not be told: %v\n", event.Record.EventID, err)
			p.refused++
		case mute != nil:
			p.muted++
		default:
			p.unmatched++
		}
		if !p.all {
			return nil
		}
		matched = []*rules.Rule{placeholderRule(mute, err)}
	}
	p.shown++
	m := message.New(message.Alert{Event: event, Rules: matched, AccountNames: p.settings.Accounts,
		Portal: message.Portal(p.settings.AccessPortal), Mention: mention})
	return p.print(p.Streams, m, event, channel)
}

// placeholderRule stands for the rule of an event that would not be posted.
func placeholderRule(mute *rules.Mute, refusal error) *rules.Rule {
	rule := &rules.Rule{ID: "none", Title: "No rule matches", Severity: rules.Low,
		Why: "Trailbus would not tell of this event."}
	switch {
	case refusal != nil:
		rule.Title, rule.Why = "Not from AWS", "Trailbus would not tell of this event: "+refusal.Error()
	case mute != nil:
		rule.Title, rule.Why = "Muted", fmt.Sprintf("Muted by %s until %s: %s", mute.Owner, mute.Until.Format(time.DateOnly),
			mute.Reason)
	}
	return rule
}

func (p *previewer) summary() string {
	parts := []string{cli.Pluralize(p.read, "record"), cli.Pluralize(p.shown, "message")}
	for _, part := range []struct {
		n    int
		text string
	}{{p.muted, "muted"}, {p.refused, "refused"}, {p.unmatched, "that no rule wants"}} {
		if part.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", part.n, part.text))
		}
	}
	summary := strings.Join(parts, ", ")
	if !p.all && p.unmatched+p.muted+p.refused > 0 {
		summary += " (--all shows them too)"
	}
	return summary
}
