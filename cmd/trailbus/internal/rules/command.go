// Package rules is the commands rules, routes and pattern, which try rules, routes and event
// patterns on records.
package rules

import (
	"encoding/json"

	"github.com/spf13/cobra"

	"github.com/trailbus/trailbus/cmd/trailbus/internal/cli"
	"github.com/trailbus/trailbus/internal/cloudtrail"
)

// NewCommand makes the command rules, with list, show, match, explain and test.
func NewCommand(s *cli.Streams, options *cli.Options) *cobra.Command {
	return cli.NewGroup("rules", "List rules and try them", newListCommand(s, options), newShowCommand(s, options),
		newMatchCommand(s, options), newExplainCommand(s, options), newTestCommand(s, options))
}

func newMatchCommand(s *cli.Streams, options *cli.Options) *cobra.Command {
	return &cobra.Command{
		Use:   "match [FILE…]",
		Short: "Say which rules each CloudTrail record matches",
		Long: `Say which rules each CloudTrail record matches: one line {"eventID": "…", "rules": ["…"]} for each record,
the most urgent rule first. Mutes are not applied. Files are read as by trailbus preview.`,
		Example: `  trailbus rules match events.jsonl
  zcat *.json.gz | trailbus rules match | jq -r '.rules[]' | sort | uniq -c`,
		RunE: func(_ *cobra.Command, files []string) error {
			settings, err := options.Settings(s)
			if err != nil {
				return err
			}
			encoder := json.NewEncoder(s.Out)
			return cli.EachEvent(s, files, func(event *cloudtrail.Event) error {
				matched, err := settings.Rules.Match(event.JSON)
				if err != nil {
					return err
				}
				ids := make([]string, len(matched))
				for i, rule := range matched {
					ids[i] = rule.ID
				}
				return encoder.Encode(struct {
					EventID string   `json:"eventID"`
					Rules   []string `json:"rules"`
				}{event.Record.EventID, ids})
			})
		},
	}
}
