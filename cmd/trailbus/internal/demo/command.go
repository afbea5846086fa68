// Package demo is the commands demo and drill, which run Trailbus on a local AWS.
package demo

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/trailbus/trailbus/cmd/trailbus/internal/cli"
	"github.com/trailbus/trailbus/internal/local"
)

// NewCommand makes the command demo.
func NewCommand(s *cli.Streams) *cobra.Command {
	logFile := ""
	command := &cobra.Command{
		Use:   "demo",
		Short: "Run the whole of Trailbus on this machine",
		Long: `Run the whole of Trailbus on this machine: a local AWS, the real cdk bootstrap and cdk deploy --all for two accounts and
three Regions, CloudTrail events on their default buses, the compiled Lambda, and a local Slack whose messages are shown.
It needs no AWS account, no Slack and no Docker. Run it in the folder of Trailbus' source, or with: make demo`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o, err := localOptions(s, logFile)
			if err != nil {
				return err
			}
			start := time.Now()
			result, err := local.Run(cmd.Context(), o)
			if err != nil {
				return cli.NewInputError(err)
			}
			fmt.Fprintf(s.Out, "%d events went in, %d of them are wanted by a rule: %d crossed to the central bus, %d were posted to Slack, %d are left.\n",
				result.In, result.Wanted, result.Crossed, len(result.Messages), result.Waiting+result.Dead+len(result.Undelivered))
			fmt.Fprintf(s.Out, "The notifier asked for work %d ms after its start. All of it took %.0f s; everything that was started is stopped.\n",
				result.ColdStart.Milliseconds(), time.Since(start).Seconds())
			address, picture, err := writePage(cmd.Context(), result, filepath.Join(o.Dir, ".cache", "demo"))
			if err != nil {
				return cli.NewInputError(err)
			}
			fmt.Fprintf(s.Out, "The messages as Slack shows them: %s (%s)\n", address, picture)
			if err := result.Check(); err != nil {
				return cli.NewInputError(fmt.Errorf("the numbers do not agree:\n%w", err))
			}
			return nil
		},
	}
	command.Flags().StringVar(&logFile, "log", "", "a file for what cdk, the local AWS and the notifier say")
	return command
}

// localOptions are the options of a deployment on a local AWS, from the folder of Trailbus' source.
func localOptions(s *cli.Streams, logFile string) (local.Options, error) {
	dir, err := os.Getwd()
	if err != nil {
		return local.Options{}, err
	}
	if _, err := os.Stat(filepath.Join(dir, "cdk.json")); err != nil {
		return local.Options{}, cli.NewInputError(fmt.Errorf("%s: no cdk.json here; run it in the folder of Trailbus' source",
			dir))
	}
	o := local.Options{Dir: dir, Out: s.Out, Color: s.Color, CacheDir: filepath.Join(dir, ".cache", "localaws"),
		LogFile: logFile}
	if s.Color {
		o.Progress = func(text func() string) func() { return cli.NewProgress(s.Out, 0, text).Stop }
	}
	return o, nil
}
