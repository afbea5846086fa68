package demo

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/trailbus/trailbus/cmd/trailbus/internal/cli"
)

// NewDrillCommand makes the command drill.
func NewDrillCommand(s *cli.Streams) *cobra.Command {
	logFile := ""
	command := &cobra.Command{
		Use:   "drill",
		Short: "Break Trailbus on this machine so that each of its alarms goes off, and fix it",
		Long: `Break Trailbus on this machine: it is deployed to a local AWS, as by trailbus demo, with its alarms. Then each alarm is made to go off:
heartbeats stopped, a webhook revoked, Slack away, the queue not read, the function broken, throttled. For each, the drill shows the metric,
the state of the alarm, and what docs/operate.md says to do; then it fixes the cause, and shows that the alarm ends and that waiting events
are posted. Exit code 1: an alarm did not go off, or did not end.

The local CloudWatch keeps metrics and alarms but evaluates none. The drill does that, by the definitions that were deployed; a period
of an alarm passes with each check. It needs no AWS account and no Slack, and takes about four minutes.`,
		Example: `  make drill
  trailbus drill --log drill.log`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o, err := localOptions(s, logFile)
			if err != nil {
				return err
			}
			start := time.Now()
			if err := Drill(cmd.Context(), o); err != nil {
				return cli.NewInputError(err)
			}
			fmt.Fprintf(s.Out, "Every alarm rang and ended. It took %.0f s; everything that was started is stopped.\n",
				time.Since(start).Seconds())
			return nil
		},
	}
	command.Flags().StringVar(&logFile, "log", "", "a file for what cdk, the local AWS and the notifier say")
	return command
}
