package cli

import (
	"fmt"

	"github.com/spf13/cobra"
)

// ArgumentRange refuses fewer or more arguments than a command takes; allowed says which those are.
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
