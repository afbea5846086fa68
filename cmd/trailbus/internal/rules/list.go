package rules

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/trailbus/trailbus/cmd/trailbus/internal/cli"
	"github.com/trailbus/trailbus/internal/config"
	"github.com/trailbus/trailbus/rules"
)

// listedRule is a rule and where it comes from, as `rules list --json` and `rules show --json`
// print it.
type listedRule struct {
	Packs []string `json:"packs"` // those of the catalogue that have its id; none for a rule that is only the user's own
	On    bool     `json:"on"`
	Off   bool     `json:"off,omitempty"` // switched off by rules.off
	// of a rule of the user's own; with packs, it stands in place of the catalogue's
	File string `json:"file,omitempty"`
	// CatalogSeverity is what the catalogue says, where the configuration says something else.
	CatalogSeverity rules.Severity `json:"catalogSeverity,omitzero"`
	*rules.Rule
}

// listRules are the rules of the catalogue, the user's own in their place, and then the rest of the
// user's own.
func listRules(c *config.Config) []listedRule {
	on := map[string]*rules.Rule{}
	for _, rule := range c.Rules.Rules() {
		on[rule.ID] = rule
	}
	list := []listedRule{}
	for _, rule := range rules.CatalogRules() {
		l := listedRule{Packs: rules.PacksOf(rule.ID), Off: slices.Contains(c.Off, rule.ID), File: c.Own[rule.ID], Rule: rule}
		if used := on[rule.ID]; used != nil {
			l.On, l.Rule = true, used
			if l.File == "" && used.Severity != rule.Severity {
				l.CatalogSeverity = rule.Severity
			}
		}
		list = append(list, l)
		delete(on, rule.ID)
	}
	for _, rule := range c.Rules.Rules() {
		if on[rule.ID] != nil {
			list = append(list, listedRule{Packs: []string{}, On: true, File: c.Own[rule.ID], Rule: rule})
		}
	}
	return list
}

// origin says where a rule comes from.
func (l *listedRule) origin() string {
	packs := strings.Join(l.Packs, ", ")
	switch {
	case l.File == "":
		return packs
	case packs == "":
		return "(own)"
	}
	return "(own, in place of " + packs + ")"
}

func newListCommand(s *cli.Streams, options *cli.Options) *cobra.Command {
	asJSON := false
	command := &cobra.Command{
		Use:   "list",
		Short: "List the rules of the catalogue and one's own, and which are on",
		Example: `  trailbus rules list
  trailbus rules list --json | jq -r '.[] | select(.severity == "critical") | .id'
  trailbus rules list --json | jq -r '.[] | select(.file) | .id + " " + .file'   # one's own`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			c, err := options.Config(s)
			if err != nil {
				return err
			}
			list := listRules(c)
			if asJSON {
				return cli.PrintJSON(s, list)
			}
			table := tabwriter.NewWriter(s.Out, 0, 0, 2, ' ', 0)
			fmt.Fprintln(table, "ON\tPACKS\tRULE\tSEVERITY\tTITLE")
			for _, l := range list {
				mark := map[bool]string{true: "on"}[l.On]
				if l.Off {
					mark = "off"
				}
				severity := l.Severity.String()
				if l.CatalogSeverity != 0 {
					severity += fmt.Sprintf(" (not %s)", l.CatalogSeverity)
				}
				fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", mark, cmp.Or(l.origin(), "-"), l.ID, severity, l.Title)
			}
			return table.Flush()
		},
	}
	command.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return command
}
