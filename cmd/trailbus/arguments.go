package main

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// arguments refuses fewer or more arguments than a command takes; allowed says which those are.
func arguments(least, most int, allowed string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		switch n := len(args); {
		case n >= least && n <= most:
			return nil
		case n == 0:
			return fmt.Errorf("found no argument, allowed: %s", allowed)
		default:
			return fmt.Errorf("found %s, allowed: %s", count(n, "argument"), allowed)
		}
	}
}

// flagError says of a value that a flag does not take what it takes; the flag package would say which of Go's functions failed.
func flagError(_ *cobra.Command, err error) error {
	invalid := (*pflag.InvalidValueError)(nil)
	if !errors.As(err, &invalid) {
		return err
	}
	flag, value := invalid.GetFlag(), invalid.GetValue()
	allowed, known := map[string]string{
		"int": "a whole number", "float64": "a number", "bool": "true or false", "duration": "a duration such as 90s, 10m or 6h",
	}[flag.Value.Type()]
	if !known {
		return err
	}
	return fmt.Errorf("found --%s %s, allowed: %s", flag.Name, strconv.Quote(value), allowed)
}
