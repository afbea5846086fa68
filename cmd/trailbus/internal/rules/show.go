package rules

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/spf13/cobra"

	"github.com/trailbus/trailbus/cmd/trailbus/internal/cli"
)

func newShowCommand(s *cli.Streams, options *cli.Options) *cobra.Command {
	asJSON := false
	command := &cobra.Command{
		Use:   "show RULE…",
		Short: "Show rules whole: why they matter, what to do first, what they match",
		Example: `  trailbus rules show cloudtrail-stopped
  trailbus rules show --json root-user-used | jq .[0].pattern`,
		Args: cli.ArgumentRange(1, math.MaxInt, "one RULE or more, see: trailbus rules list"),
		RunE: func(_ *cobra.Command, ids []string) error {
			c, err := options.Config(s)
			if err != nil {
				return err
			}
			list := listRules(c)
			names := make([]string, len(list))
			for i, l := range list {
				names[i] = l.ID
			}
			var shown []listedRule
			for _, id := range ids {
				i := slices.Index(names, id)
				if i < 0 {
					return cli.UnknownRule(id, names)
				}
				shown = append(shown, list[i])
			}
			if asJSON {
				return cli.PrintJSON(s, shown)
			}
			for i, rule := range shown {
				if i > 0 {
					fmt.Fprintln(s.Out)
				}
				if err := printRule(s, rule); err != nil {
					return err
				}
			}
			return nil
		},
	}
	command.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return command
}

func printRule(s *cli.Streams, rule listedRule) error {
	row := func(label, text string) {
		if text = strings.TrimSpace(text); text != "" {
			fmt.Fprintf(s.Out, "  %-11s%s\n", label, strings.ReplaceAll(text, "\n", "\n             "))
		}
	}
	fmt.Fprintf(s.Out, "%s: %s\n", rule.ID, rule.Title)
	severity := rule.Severity.String()
	if rule.CatalogSeverity != 0 {
		severity += fmt.Sprintf(", by the configuration; %s in the catalogue", rule.CatalogSeverity)
	}
	row("severity", severity)
	row("packs", strings.Join(rule.Packs, ", "))
	if rule.File != "" && len(rule.Packs) > 0 {
		row("file", rule.File+", your own in place of the catalogue's")
	} else {
		row("file", rule.File)
	}
	switch {
	case rule.Off:
		row("on", "no, switched off by rules.off")
	case rule.On:
		row("on", "yes")
	default:
		row("on", "no, none of its packs is switched on")
	}
	row("why", rule.Why)
	row("first", rule.First)
	row("references", strings.Join(rule.References, "; "))
	row("page", rule.Page)
	row("show", strings.Join(rule.Show, ", "))
	row("calls", strings.Join(rule.Calls, "\n"))
	for _, part := range []struct {
		label    string
		patterns []json.RawMessage
	}{{"pattern", []json.RawMessage{rule.Pattern}}, {"unless", rule.Unless}} {
		for _, pattern := range part.patterns {
			if pattern == nil {
				continue
			}
			text, err := yaml.JSONToYAML(pattern)
			if err != nil {
				return err
			}
			row(part.label, string(text))
		}
	}
	if rule.ReadOnly {
		row("read-only", "calls that only read are wanted too")
	}
	return nil
}
