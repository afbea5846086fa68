// Package config is the command config.
package config

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/trailbus/trailbus/cmd/trailbus/internal/cli"
	"github.com/trailbus/trailbus/internal/config"
	"github.com/trailbus/trailbus/rules"
)

// NewCommand makes the command config, with check.
func NewCommand(s *cli.Streams, options *cli.Options) *cobra.Command {
	return cli.NewGroup("config", "Look at the configuration", newCheckCommand(s, options))
}

func newCheckCommand(s *cli.Streams, options *cli.Options) *cobra.Command {
	asJSON := false
	command := &cobra.Command{
		Use:   "check [FILE]",
		Short: "Check a configuration and say what it asks for",
		Example: `  trailbus config check
  trailbus config check staging.yaml
  trailbus config check --json | jq .deployments`,
		Args: cli.ArgumentRange(0, 1, "one FILE at most"),
		RunE: func(_ *cobra.Command, args []string) error {
			path := cmp.Or(options.ConfigPath(), config.File)
			if len(args) == 1 {
				path = args[0]
			}
			c, err := cli.LoadConfig(s, path)
			if problems, ok := errors.AsType[config.Problems](err); ok && asJSON {
				return errors.Join(cli.PrintJSON(s, map[string]any{"file": path, "problems": problems}), cli.ErrSilent)
			}
			if err != nil {
				return err
			}
			deployments := c.Deployments()
			if asJSON {
				return cli.PrintJSON(s, map[string]any{
					"file": path, "accounts": len(c.Accounts), "rules": len(c.Rules.Rules()),
					"replaced": append([]string{}, c.Replaced...),
					"off":      append([]string{}, c.Off...), "severities": changedSeverities(c),
					"warnings": append([]string{}, c.Warnings...), "deployments": deployments,
				})
			}
			fmt.Fprintf(s.Out, "%s is fine: %s, %s, %s%s\n", path,
				cli.Pluralize(len(c.Accounts), "account"), describeForwarders(c), cli.Pluralize(len(c.Rules.Rules()), "rule"),
				describeChanges(c))
			return nil
		},
	}
	command.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return command
}

// changedSeverities are the severities that differ from the catalogue's, by rule.
func changedSeverities(c *config.Config) map[string]rules.Severity {
	catalog, changed := map[string]rules.Severity{}, map[string]rules.Severity{}
	for _, rule := range rules.CatalogRules() {
		catalog[rule.ID] = rule.Severity
	}
	for _, rule := range c.Rules.Rules() {
		if severity, ok := catalog[rule.ID]; ok && c.Own[rule.ID] == "" && severity != rule.Severity {
			changed[rule.ID] = rule.Severity
		}
	}
	return changed
}

// describeChanges counts the rules that differ from the catalogue's.
func describeChanges(c *config.Config) string {
	var parts []string
	for _, part := range []struct {
		n    int
		text string
	}{
		{len(c.Own) - len(c.Replaced), "your own"}, {len(c.Replaced), "your own in place of the catalogue's"},
		{len(changedSeverities(c)), "with another severity"}, {len(c.Off), "switched off"},
	} {
		if part.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", part.n, part.text))
		}
	}
	if parts == nil {
		return ""
	}
	return " (" + strings.Join(parts, ", ") + ")"
}

// describeForwarders counts the forwarders. The file does not say how many a stack set makes.
func describeForwarders(c *config.Config) string {
	n := len(c.Stacks())
	switch {
	case c.StackSet == nil:
		return cli.Pluralize(n, "forwarder")
	case n == 0:
		return fmt.Sprintf("forwarders by a stack set in %s", cli.Pluralize(len(c.StackSet.Regions), "Region"))
	}
	return fmt.Sprintf("forwarders by a stack set in %s and %s beside it",
		cli.Pluralize(len(c.StackSet.Regions), "Region"), cli.Pluralize(n, "forwarder"))
}
