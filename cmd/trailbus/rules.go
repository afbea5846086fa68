package main

import (
	"encoding/json"
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/trailbus/trailbus/internal/cloudtrail"
	"github.com/trailbus/trailbus/rules"
)

func rulesCommand(s *streams, options *configOptions) *cobra.Command {
	command := &cobra.Command{
		Use:   "rules",
		Short: "List rules and try them",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	command.AddCommand(rulesListCommand(s, options), rulesMatchCommand(s, options))
	return command
}

// listed is a rule as `rules list --json` prints it.
type listed struct {
	Pack string `json:"pack,omitempty"` // of the catalogue; empty for a rule of one's own
	On   bool   `json:"on"`
	*rules.Rule
}

func rulesListCommand(s *streams, options *configOptions) *cobra.Command {
	asJSON := false
	command := &cobra.Command{
		Use:   "list",
		Short: "List the rules of the catalogue and one's own, and which are on",
		Example: `  trailbus rules list
  trailbus rules list --json | jq -r '.[] | select(.severity == "critical") | .id'`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			known, err := options.settings(s)
			if err != nil {
				return err
			}
			on := map[string]*rules.Rule{}
			for _, rule := range known.Rules.Rules() {
				on[rule.ID] = rule
			}
			list := []listed{}
			for _, pack := range rules.Catalog() {
				for _, rule := range pack.Rules {
					list = append(list, listed{Pack: pack.Name, On: on[rule.ID] != nil, Rule: rule})
					delete(on, rule.ID)
				}
			}
			for _, rule := range known.Rules.Rules() {
				if on[rule.ID] != nil {
					list = append(list, listed{On: true, Rule: rule})
				}
			}
			if asJSON {
				return printJSON(s, list)
			}
			table := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
			fmt.Fprintln(table, "ON\tPACK\tRULE\tSEVERITY\tTITLE")
			for _, l := range list {
				mark, pack := "", l.Pack
				if l.On {
					mark = "on"
				}
				if pack == "" {
					pack = "(own)"
				}
				fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", mark, pack, l.ID, l.Severity, l.Title)
			}
			return table.Flush()
		},
	}
	command.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return command
}

func rulesMatchCommand(s *streams, options *configOptions) *cobra.Command {
	return &cobra.Command{
		Use:   "match [FILE…]",
		Short: "Say which rules each CloudTrail record matches",
		Long: `Say which rules each CloudTrail record matches: one line {"eventID": "…", "rules": ["…"]} for each record,
the most urgent rule first. Mutes are not applied. Files are read as by trailbus preview.`,
		Example: `  trailbus rules match events.jsonl
  zcat *.json.gz | trailbus rules match | jq -r '.rules[]' | sort | uniq -c`,
		RunE: func(_ *cobra.Command, files []string) error {
			known, err := options.settings(s)
			if err != nil {
				return err
			}
			encoder := json.NewEncoder(s.out)
			return eachEvent(s, files, func(event *cloudtrail.Event) error {
				matched, err := known.Rules.Match(event.JSON)
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
