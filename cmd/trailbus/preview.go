package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/trailbus/trailbus/internal/cloudtrail"
	"github.com/trailbus/trailbus/internal/message"
	"github.com/trailbus/trailbus/internal/webhook"
	"github.com/trailbus/trailbus/rules"
)

// noRule stands for the rule of a record that no rule wants, when such records are shown as well.
var noRule = &rules.Rule{ID: "none", Title: "No rule matches", Severity: rules.Low, Why: "Trailbus would not tell of this event."}

func previewCommand(s *streams, options *configOptions) *cobra.Command {
	format, all := "text", false
	command := &cobra.Command{
		Use:   "preview [FILE…]",
		Short: "Show the messages that CloudTrail records make",
		Long: `Show the messages that CloudTrail records make, as the notifier would post them.

A FILE holds CloudTrail records: one record, a log file {"Records": […]}, an EventBridge event,
JSON Lines of any of these, gzip of any. Without a FILE, standard input is read.`,
		Example: `  trailbus preview 111111111111_CloudTrail_us-east-1_20261122T1005Z.json.gz
  aws cloudtrail lookup-events --output json | trailbus preview --all
  trailbus preview --format slack events.jsonl | head -n 1 | curl -d @- -H 'Content-Type: application/json' "$WEBHOOK"`,
		RunE: func(_ *cobra.Command, files []string) error {
			if format != "text" && format != "slack" {
				return fmt.Errorf("unknown format %q, allowed: text, slack", format)
			}
			known, err := options.settings(s)
			if err != nil {
				return err
			}
			read, shown, muted := 0, 0, 0
			err = eachEvent(s, files, func(event *cloudtrail.Event) error {
				read++
				matched, mute, err := known.Judge(event.JSON, time.Now())
				if err != nil {
					return err
				}
				if mute != nil {
					muted++
				}
				if len(matched) == 0 {
					if !all {
						return nil
					}
					matched = []*rules.Rule{noRule}
				}
				shown++
				m := message.New(message.Alert{Event: event, Rules: matched, AccountNames: known.Accounts})
				if format == "slack" {
					payload, err := webhook.Payload(m.Slack())
					if err != nil {
						return err
					}
					_, err = fmt.Fprintf(s.out, "%s\n", payload)
					return err
				}
				_, err = fmt.Fprintln(s.out, m.Terminal(s.color))
				return err
			})
			summary := fmt.Sprintf("%s, %s", count(read, "record"), count(shown, "message"))
			if muted > 0 {
				summary += fmt.Sprintf(", %d muted", muted)
			}
			if rest := read - shown - muted; rest > 0 {
				summary += fmt.Sprintf(", %d that no rule wants (--all shows them too)", rest)
			}
			fmt.Fprintln(s.err, summary)
			return err
		},
	}
	command.Flags().StringVar(&format, "format", format, "text, or slack: one Slack payload a line, as JSON")
	command.Flags().BoolVar(&all, "all", all, "show records that no rule wants as well")
	return command
}
