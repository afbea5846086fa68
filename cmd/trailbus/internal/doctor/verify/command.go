package verify

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/spf13/cobra"

	"github.com/trailbus/trailbus/cmd/trailbus/internal/cli"
	"github.com/trailbus/trailbus/internal/contract/state"
	"github.com/trailbus/trailbus/internal/inspect/deployed"
)

// commandOptions are the flags of the command.
type commandOptions struct {
	accounts, regions []string
	role              string
	timeout           time.Duration
	asJSON            bool
}

// NewCommand makes the command verify.
func NewCommand(s *cli.Streams, options *cli.Options) *cobra.Command {
	o := &commandOptions{}
	command := &cobra.Command{
		Use:   "verify",
		Short: "Send a harmless event through every forwarder and wait until the notifier has it",
		Long: `Send a harmless event, a probe, through the forwarder of every account and Region of trailbus.yaml, and wait until the notifier has recorded
it: by the rule that sends heartbeats, with the forwarder's role, over the central bus, the queue and the function into the table. Nothing
is posted to Slack.

Each line says how long that took: from the call of PutEvents, by the clock of this machine, until the notifier recorded it, by that of AWS.
Where none has come after 10 seconds, another is sent, and more after 30 and 70, until --timeout is over; which one came is said.

It does not prove that a trail is logging, nor that the other rules of a forwarder are there. An administrator of an account
can fake the answer for that account only.

It needs credentials of the central account, from where the AWS CLI takes them, that may do cloudformation:DescribeStacks;
dynamodb:BatchGetItem on the notifier's table; and sts:AssumeRole on a role of each account that may do events:PutEvents on the
default event bus: the one that inspectionRole: true in trailbus.yaml makes, or that of --role, which the central account does not need.

Exit code 1: a probe did not arrive in time, or could not be sent; what that means is said.`,
		Example: `  trailbus verify
  trailbus verify --account production --region us-east-1
  trailbus verify --role OrganizationAccountAccessRole
  trailbus verify --json | jq '.forwarders[] | select(.outcome != "arrived")'`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return o.run(cmd.Context(), s, options) },
	}
	flags := command.Flags()
	flags.StringArrayVar(&o.accounts, "account", nil, "verify this account alone, by name or id; may be given again")
	flags.StringArrayVar(&o.regions, "region", nil, "verify this Region alone; may be given again")
	flags.StringVar(&o.role, "role", "", "the role, in each account but the central one, that puts the event (default: that of inspectionRole)")
	flags.DurationVar(&o.timeout, "timeout", DefaultTimeout, "how long to wait for each")
	flags.BoolVar(&o.asJSON, "json", false, "print JSON")
	return command
}

func (o *commandOptions) check() error {
	if o.timeout < time.Second || o.timeout > MaxTimeout {
		return fmt.Errorf("found --timeout %s, allowed: 1s to %s", o.timeout, MaxTimeout)
	}
	if o.role != "" && !cli.IsRoleName(o.role) {
		return fmt.Errorf("found --role %q, allowed: the name of a role, with its path where it has one, such as OrganizationAccountAccessRole", o.role)
	}
	return nil
}

func (o *commandOptions) run(ctx context.Context, s *cli.Streams, options *cli.Options) error {
	if err := o.check(); err != nil {
		return err
	}
	c, err := options.RequireConfig(s)
	if err != nil {
		return err
	}
	forwarders, err := o.forwarders(c)
	if err != nil {
		return err
	}
	role, err := o.senderRole(c, forwarders)
	if err != nil {
		return err
	}
	central, err := deployed.Find(ctx, c.Central.Account, c.Central.Region)
	if err != nil {
		return cli.AWSError(err)
	}
	v := &Verify{
		Sender: &Events{Config: central.Config, RoleARN: role.arn(central)},
		State: &state.Table{Client: dynamodb.NewFromConfig(central.Config), Name: central.TableName,
			Timeout: tableTimeout},
		Forwarders: forwarders,
		Timeout:    o.timeout,
	}
	progress := s.StartProgress(func() string {
		done, all := v.Done(), len(v.Forwarders)
		return fmt.Sprintf("%s %d of %s", cli.Bar(float64(done)/float64(all)), done, cli.Pluralize(all, "forwarder"))
	})
	report, err := v.Run(ctx)
	progress.Stop()
	if err != nil {
		return cli.AWSError(err)
	}
	if o.asJSON {
		err = cli.PrintJSON(s, report)
	} else {
		printReport(s, report)
	}
	if err == nil && report.Arrived < len(report.Forwarders) {
		err = cli.ErrSilent
	}
	return err
}

// tableTimeout is how long one read of the table may take: the machine may be far from the central
// Region.
const tableTimeout = 20 * time.Second
