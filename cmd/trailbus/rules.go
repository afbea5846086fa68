package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
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
	command.AddCommand(rulesListCommand(s, options), rulesShowCommand(s, options), rulesMatchCommand(s, options))
	return command
}

// listed is a rule as `rules list --json` prints it.
type listed struct {
	Packs []string `json:"packs"` // of the catalogue; none for a rule of one's own
	On    bool     `json:"on"`
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
			on := known.Rules.Rules()
			list := []listed{}
			for _, rule := range rules.CatalogRules() {
				isOn := slices.ContainsFunc(on, func(r *rules.Rule) bool { return r.ID == rule.ID })
				list = append(list, listed{Packs: packsOf(rule), On: isOn, Rule: rule})
			}
			for _, rule := range on {
				if packs := packsOf(rule); len(packs) == 0 {
					list = append(list, listed{Packs: packs, On: true, Rule: rule})
				}
			}
			if asJSON {
				return printJSON(s, list)
			}
			table := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
			fmt.Fprintln(table, "ON\tPACKS\tRULE\tSEVERITY\tTITLE")
			for _, l := range list {
				mark := ""
				if l.On {
					mark = "on"
				}
				fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", mark, cmp.Or(strings.Join(l.Packs, ", "), "(own)"), l.ID, l.Severity, l.Title)
			}
			return table.Flush()
		},
	}
	command.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return command
}

// packsOf names the packs of the catalogue that have a rule.
func packsOf(rule *rules.Rule) []string {
	packs := []string{}
	for _, pack := range rules.Catalog() {
		if slices.ContainsFunc(pack.Rules, func(r *rules.Rule) bool { return r.ID == rule.ID }) {
			packs = append(packs, pack.Name)
		}
	}
	return packs
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
