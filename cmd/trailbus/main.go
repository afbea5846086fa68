// Trailbus, the command for people: try rules on records, look at messages, check the configuration, see the demo.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/spf13/cobra"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
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
	command, err := root.ExecuteContextC(ctx)
	if err == nil {
		err = s.out.err // what was printed did not get where it should
	}
	input := (*inputError)(nil)
	switch {
	case ctx.Err() != nil:
		fmt.Fprintln(s.err, "interrupted")
		return exitInterrupted
	case err == nil:
		return 0
	case s.out.err != nil:
		fmt.Fprintf(s.err, "the output cannot be written: %v\n", s.out.err)
		return exitInput
	case errors.As(err, &input):
		if input.err != nil {
			fmt.Fprintln(s.err, input.err)
		}
		return exitInput
	default:
		fmt.Fprintf(s.err, "%v\nrun: %s --help\n", err, command.CommandPath())
		return exitUsage
	}
}

// version is the module's, or (devel) in a working tree.
func version() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}

func rootCommand(s *streams) *cobra.Command {
	root := &cobra.Command{
		Use:     "trailbus",
		Short:   "Tells people in Slack what they must know of CloudTrail",
		Version: version(),
		Long: `Trailbus watches CloudTrail in every account and Region and tells people in Slack.
This command tries it on a laptop: which rules match a record, what its message looks like.

Exit codes: 0 fine, 1 the input is wrong, 2 wrong usage, 130 interrupted.`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.NoArgs,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.CompletionOptions.HiddenDefaultCmd = true
	options := &configOptions{}
	root.PersistentFlags().StringVar(&options.path, "config", "", "the configuration (default: that of the environment variable TRAILBUS_CONFIG, else trailbus.yaml where there is one, else every rule of the catalogue)")
	root.SetFlagErrorFunc(flagError)
	root.AddCommand(previewCommand(s, options), backtestCommand(s, options), rulesCommand(s, options), routesCommand(s, options), patternCommand(s), configCommand(s, options), costCommand(s, options), scpCommand(s, options), demoCommand(s), drillCommand(s))
	root.AddCommand(doctorCommand(s, options), coverageCommand(s, options), redriveCommand(s, options), replayCommand(s, options), verifyCommand(s, options))
	return root
}
