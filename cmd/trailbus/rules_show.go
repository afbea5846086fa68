package main

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/spf13/cobra"

	"github.com/trailbus/trailbus/internal/yamldoc"
	"github.com/trailbus/trailbus/rules"
)

func rulesShowCommand(s *streams, options *configOptions) *cobra.Command {
	asJSON := false
	command := &cobra.Command{
		Use:   "show RULE…",
		Short: "Show rules whole: why they matter, what to do first, what they match",
		Example: `  trailbus rules show cloudtrail-stopped
  trailbus rules show --json root-user-used | jq .[0].pattern`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, ids []string) error {
			known, err := options.settings(s)
			if err != nil {
				return err
			}
			byID, names := map[string]*rules.Rule{}, []string{}
			for _, rule := range append(rules.CatalogRules(), known.Rules.Rules()...) {
				if byID[rule.ID] == nil {
					names = append(names, rule.ID)
				}
				byID[rule.ID] = rule // one's own comes last, and counts
			}
			var shown []*rules.Rule
			for _, id := range ids {
				if byID[id] == nil {
					return &inputError{fmt.Errorf("there is no rule %q%s, see: trailbus rules list", id, yamldoc.DidYouMean(id, names))}
				}
				shown = append(shown, byID[id])
			}
			if asJSON {
				return printJSON(s, shown)
			}
			for i, rule := range shown {
				if i > 0 {
					fmt.Fprintln(s.out)
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

func printRule(s *streams, rule *rules.Rule) error {
	row := func(label, text string) {
		if text = strings.TrimSpace(text); text != "" {
			fmt.Fprintf(s.out, "  %-11s%s\n", label, strings.ReplaceAll(text, "\n", "\n             "))
		}
	}
	fmt.Fprintf(s.out, "%s: %s\n", rule.ID, rule.Title)
	row("severity", rule.Severity.String())
	row("packs", strings.Join(packsOf(rule), ", "))
	row("why", rule.Why)
	row("first", rule.First)
	row("references", strings.Join(rule.References, "; "))
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
