// Trailbus, the command for people: try rules on records, look at messages, check the configuration, see the demo.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

// The exit codes.
const (
	exitInput = 1 // what was given to read is wrong
	exitUsage = 2 // the command line is wrong
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, newStreams(), os.Args[1:])
	stop()
	os.Exit(code)
}

// run is main without the process, for tests.
func run(ctx context.Context, s *streams, args []string) int {
	root := rootCommand(s)
	root.SetArgs(args)
	root.SetIn(s.in)
	root.SetOut(s.out)
	root.SetErr(s.err)
	err := root.ExecuteContext(ctx)
	input := (*inputError)(nil)
	switch {
	case err == nil:
		return 0
	case errors.As(err, &input):
		if input.err != nil {
			fmt.Fprintln(s.err, input.err)
		}
		return exitInput
	default:
		fmt.Fprintf(s.err, "%v\nrun: trailbus --help\n", err)
		return exitUsage
	}
}

// inputError is what exits with 1. Without err, everything has been said already.
type inputError struct{ err error }

func (e *inputError) Error() string { return fmt.Sprint(e.err) }

func rootCommand(s *streams) *cobra.Command {
	root := &cobra.Command{
		Use:   "trailbus",
		Short: "Tells people in Slack what they must know of CloudTrail",
		Long: `Trailbus watches CloudTrail in every account and Region and tells people in Slack.
This command tries it on a laptop: which rules match a record, what its message looks like.

Exit codes: 0 fine, 1 the input is wrong, 2 wrong usage.`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.NoArgs,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.CompletionOptions.HiddenDefaultCmd = true
	options := &configOptions{}
	root.PersistentFlags().StringVar(&options.path, "config", "", "the configuration (default: trailbus.yaml where there is one, else every rule of the catalogue)")
	root.AddCommand(previewCommand(s, options), rulesCommand(s, options), patternCommand(s), configCommand(s), demoCommand(s))
	return root
}
