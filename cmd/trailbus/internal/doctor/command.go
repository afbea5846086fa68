// Package doctor is the command doctor, which prints what package inspect finds, and the command
// forwarders.
package doctor

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/trailbus/trailbus/cmd/trailbus/internal/cli"
	"github.com/trailbus/trailbus/internal/contract"
	"github.com/trailbus/trailbus/internal/inspect"
)

// commandOptions are the flags of the command.
type commandOptions struct {
	accounts, regions []string
	role              string
	send, asJSON      bool
}

// NewCommand makes the command doctor.
func NewCommand(s *cli.Streams, options *cli.Options) *cobra.Command {
	o := &commandOptions{}
	command := &cobra.Command{
		Use:   "doctor",
		Short: "Look for what Trailbus does not see, in every account and Region",
		Long: `Look for what Trailbus does not see, and say what it means and how to fix it.

In every account and Region of the configuration: is the forwarder there, are its rules enabled and the ones that trailbus.yaml asks for, do
they send to the central bus with a role that may, is the dead-letter queue empty, does a trail log what the rules want, has a heartbeat
arrived lately? In the central account: does the policy of the bus admit the accounts, are archive, rules, queues, function, event source
mapping and secret as they should be? Enabled Regions without a forwarder are listed, and accounts too, where AWS Organizations may be asked.

It changes nothing; --send posts a test message to each place in Slack. Gaps make it exit with 1, warnings do not.

It needs credentials of the central account, from where the AWS CLI takes them, that may do cloudformation:DescribeStacks;
events:DescribeEventBus and DescribeArchive; lambda:GetFunctionConfiguration and ListEventSourceMappings; cloudwatch:GetMetricStatistics;
dynamodb:BatchGetItem on the table of the notifier; secretsmanager:GetSecretValue; organizations:ListAccounts; and what the role of the
other accounts may: account:ListRegions; cloudtrail:DescribeTrails, GetTrailStatus and GetEventSelectors; events:ListRuleNamesByTarget,
DescribeRule and ListTargetsByRule; iam:GetRole and GetRolePolicy; sqs:GetQueueUrl and GetQueueAttributes. What may not be read is a warning.

That role is the one that accounts offer with inspectionRole: true, or that of --role; sts:AssumeRole on it is needed, too.`,
		Example: `  trailbus doctor
  trailbus doctor --account production --region eu-west-1
  trailbus doctor --role security/Auditor
  trailbus doctor --json | jq '.findings[] | select(.warning | not)'
  trailbus doctor --send`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return o.run(cmd.Context(), s, options) },
	}
	flags := command.Flags()
	flags.StringArrayVar(&o.accounts, "account", nil,
		"check this account only, by name or id, and not the central stack; may be given again")
	flags.StringArrayVar(&o.regions, "region", nil, "check this Region only, and not the central stack; may be given again")
	flags.StringVar(&o.role, "role", "", "the name of the role that reads other accounts, with its path where it has one (default: "+
		contract.InspectionRole+" where the configuration has inspectionRole: true, else none)")
	flags.BoolVar(&o.send, "send", false, "post a test message to each place in Slack")
	flags.BoolVar(&o.asJSON, "json", false, "print JSON")
	return command
}

func (o *commandOptions) check() error {
	if o.role != "" && !cli.IsRoleName(strings.TrimPrefix(o.role, "/")) {
		return fmt.Errorf("found --role %q, allowed: the name of a role, without %s", o.role, "arn:")
	}
	if o.send && len(o.accounts)+len(o.regions) > 0 {
		return fmt.Errorf("found --send with --account or --region, which leave the centre out, allowed: without them")
	}
	return nil
}

func (o *commandOptions) run(ctx context.Context, s *cli.Streams, options *cli.Options) error {
	if err := o.check(); err != nil {
		return err
	}
	c, central, err := options.Central(ctx, s)
	if err != nil {
		return err
	}
	if o.role == "" && c.InspectionRole {
		o.role = contract.InspectionRole
	}
	d := &inspect.Doctor{Config: c, Central: central, Role: o.role, Accounts: o.accounts, Regions: o.regions, Send: o.send}
	report, err := d.Prepare(ctx)
	if err != nil {
		return cli.AWSError(err)
	}
	progress := s.StartProgress(func() string {
		done, total := d.Progress()
		return fmt.Sprintf("%s %d of %d accounts and Regions", cli.Bar(float64(done)/float64(max(1, total))), done, total)
	})
	err = d.Run(ctx, report)
	progress.Stop()
	if err != nil {
		return cli.AWSError(err)
	}
	if o.asJSON {
		err = cli.PrintJSON(s, reportJSON(report))
	} else {
		printReport(s, report)
	}
	if err == nil && report.Gaps() > 0 {
		return cli.ErrSilent
	}
	return err
}
