// Package cli holds what the commands share: streams, exit codes, the configuration, arguments, and
// how input is read and output is written. A command's own folder holds the rest.
package cli

import (
	"fmt"

	"github.com/spf13/cobra"
)

// ArgumentRange takes from least to most arguments; the error says which are allowed.
func ArgumentRange(least, most int, allowed string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		switch n := len(args); {
		case n >= least && n <= most:
			return nil
		case n == 0:
			return fmt.Errorf("found no argument, allowed: %s", allowed)
		default:
			return fmt.Errorf("found %s, allowed: %s", Pluralize(n, "argument"), allowed)
		}
	}
}

// NewGroup makes a command that has subcommands and prints its help when it is run without one.
func NewGroup(use, short string, subcommands ...*cobra.Command) *cobra.Command {
	group := &cobra.Command{
		Use: use, Short: short, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	group.AddCommand(subcommands...)
	return group
}
