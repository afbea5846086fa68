// Command trailbus tries rules on CloudTrail records, shows their messages, and checks and operates
// what is deployed.
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

	"github.com/trailbus/trailbus/cmd/trailbus/internal/backtest"
	"github.com/trailbus/trailbus/cmd/trailbus/internal/cli"
	"github.com/trailbus/trailbus/cmd/trailbus/internal/config"
	"github.com/trailbus/trailbus/cmd/trailbus/internal/cost"
	"github.com/trailbus/trailbus/cmd/trailbus/internal/demo"
	"github.com/trailbus/trailbus/cmd/trailbus/internal/doctor"
	"github.com/trailbus/trailbus/cmd/trailbus/internal/doctor/verify"
	"github.com/trailbus/trailbus/cmd/trailbus/internal/preview"
	"github.com/trailbus/trailbus/cmd/trailbus/internal/redrive"
	"github.com/trailbus/trailbus/cmd/trailbus/internal/redrive/replay"
	"github.com/trailbus/trailbus/cmd/trailbus/internal/rules"
	"github.com/trailbus/trailbus/cmd/trailbus/internal/scp"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	code := run(ctx, cli.NewStreams(), os.Args[1:])
	stop()
	os.Exit(code)
}

// run runs the command and returns its exit code. It is separate from main for tests.
func run(ctx context.Context, s *cli.Streams, args []string) int {
	root := rootCommand(s)
	root.SetArgs(args)
	root.SetIn(s.In)
	root.SetOut(s.Out)
	root.SetErr(s.Err)
	command, err := root.ExecuteContextC(ctx)
	if err == nil {
		err = s.Out.Err
	}
	input, isInput := errors.AsType[*cli.InputError](err)
	switch {
	case ctx.Err() != nil:
		fmt.Fprintln(s.Err, "interrupted")
		return cli.ExitInterrupted
	case err == nil:
		return 0
	case s.Out.Err != nil:
		fmt.Fprintf(s.Err, "the output cannot be written: %v\n", s.Out.Err)
		return cli.ExitInput
	case isInput:
		if input.Err != nil {
			fmt.Fprintln(s.Err, input.Err)
		}
		return cli.ExitInput
	default:
		fmt.Fprintf(s.Err, "%v\nrun: %s --help\n", err, command.CommandPath())
		return cli.ExitUsage
	}
}

// version is the module's, or (devel) in a working tree.
func version() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}

func rootCommand(s *cli.Streams) *cobra.Command {
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
	options := &cli.Options{}
	root.PersistentFlags().StringVar(&options.Path, "config", "",
		"the configuration (default: that of the environment variable TRAILBUS_CONFIG, else trailbus.yaml where there is one, else every rule of the catalogue)")
	root.SetFlagErrorFunc(cli.FlagError)
	root.AddCommand(
		preview.NewCommand(s, options), backtest.NewCommand(s, options), rules.NewCommand(s, options),
		rules.NewRoutesCommand(s, options),
		rules.NewPatternCommand(s), config.NewCommand(s, options), cost.NewCommand(s, options), scp.NewCommand(s, options),
		demo.NewCommand(s), demo.NewDrillCommand(s),
		doctor.NewCommand(s, options), doctor.NewForwardersCommand(s, options), verify.NewCommand(s, options),
		redrive.NewCommand(s, options), replay.NewCommand(s, options),
	)
	return root
}
