package preview

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/trailbus/trailbus/cmd/trailbus/internal/cli"
	"github.com/trailbus/trailbus/internal/cloudtrail"
	"github.com/trailbus/trailbus/internal/slack"
	"github.com/trailbus/trailbus/internal/slack/message"
	"github.com/trailbus/trailbus/rules"
)

// placeholderRule stands for the rule of a record of which nobody would be told, when such records are shown as well.
func placeholderRule(mute *rules.Mute, refusal error) *rules.Rule {
	rule := &rules.Rule{ID: "none", Title: "No rule matches", Severity: rules.Low, Why: "Trailbus would not tell of this event."}
	switch {
	case refusal != nil:
		rule.Title, rule.Why = "Not from AWS", "Trailbus would not tell of this event: "+refusal.Error()
	case mute != nil:
		rule.Title, rule.Why = "Muted", fmt.Sprintf("Muted by %s until %s: %s", mute.Owner, mute.Until.Format(time.DateOnly), mute.Reason)
	}
	return rule
}

func NewCommand(s *cli.Streams, options *cli.Options) *cobra.Command {
	format, all, open, file := "text", false, false, ""
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
		RunE: func(_ *cobra.Command, files []string) error {
			if format != "text" && format != "slack" {
				return fmt.Errorf("unknown format %q, allowed: text, slack", format)
			}
			if format != "text" && (open || file != "") {
				return errors.New("--format is of what is printed, allowed: with neither --open nor --html")
			}
			var page *pageBuilder
			if open || file != "" {
				page = &pageBuilder{}
			}
			known, err := options.Settings(s)
			if err != nil {
				return err
			}
			read, shown, muted, refused, unwanted := 0, 0, 0, 0, 0
			err = cli.EachEvent(s, files, func(event *cloudtrail.Event) error {
				read++
				matched, mute, err := known.Judge(event, time.Now())
				switch {
				case err != nil:
					fmt.Fprintf(s.Err, "event %s would not be told: %v\n", event.Record.EventID, err)
					refused++
				case len(matched) > 0:
				case mute != nil:
					muted++
				default:
					unwanted++
				}
				told := len(matched) > 0
				if !told {
					if !all {
						return nil
					}
					matched = []*rules.Rule{placeholderRule(mute, err)}
				}
				shown++
				alert := message.Alert{Event: event, Rules: matched, AccountNames: known.Accounts, Portal: message.Portal(known.AccessPortal)}
				channel := "nowhere"
				if told {
					targets := known.Routes.Targets(matched, event.Account, time.Now())
					channel, alert.Mention = targets[0].Name(), targets[0].Mention
					for _, also := range targets[1:] {
						channel += " and " + also.Name()
					}
				}
				m := message.New(alert)
				if page != nil {
					return page.add(m, event, channel)
				}
				if format == "slack" {
					payload, err := slack.Payload(m.Slack())
					if err != nil {
						return err
					}
					_, err = fmt.Fprintf(s.Out, "%s\n", payload)
					return err
				}
				_, err = fmt.Fprintln(s.Out, m.Terminal(s.Color))
				return err
			})
			summary := fmt.Sprintf("%s, %s", cli.Pluralize(read, "record"), cli.Pluralize(shown, "message"))
			if muted > 0 {
				summary += fmt.Sprintf(", %d muted", muted)
			}
			if refused > 0 {
				summary += fmt.Sprintf(", %d refused", refused)
			}
			if unwanted > 0 {
				summary += fmt.Sprintf(", %d that no rule wants", unwanted)
			}
			if !all && unwanted+muted+refused > 0 {
				summary += " (--all shows them too)"
			}
			fmt.Fprintln(s.Err, summary)
			if page == nil || err != nil && shown == 0 {
				return err
			}
			return errors.Join(err, page.write(s, summary, file, open))
		},
	}
	command.Flags().StringVar(&format, "format", format, "text, or slack: one Slack payload a line, as JSON")
	command.Flags().BoolVar(&open, "open", open, "show the messages as Slack does, in a browser")
	command.Flags().StringVar(&file, "html", file, "write the page that --open shows to this file")
	command.Flags().BoolVar(&all, "all", all, "show records of which nobody would be told as well")
	return command
}
