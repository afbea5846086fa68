package doctor

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/spf13/cobra"

	"github.com/trailbus/trailbus/cmd/trailbus/internal/cli"
	"github.com/trailbus/trailbus/internal/config"
	"github.com/trailbus/trailbus/internal/contract/state"
	"github.com/trailbus/trailbus/internal/slack/message"
)

// NewForwardersCommand makes the command forwarders, with forget.
func NewForwardersCommand(s *cli.Streams, options *cli.Options) *cobra.Command {
	asJSON := false
	command := &cobra.Command{
		Use:   "forwarders",
		Short: "List the forwarders that the notifier knows, with the time of each one's last heartbeat",
		Long: `List the forwarders that the notifier knows or expects: account, name, Region, the time of the last heartbeat, and whether Trailbus posted
that it is silent.

It needs credentials of the central account, from where the AWS CLI takes them, that may do cloudformation:DescribeStacks and
dynamodb:BatchGetItem on the table of the notifier.`,
		Example: `  trailbus forwarders
  trailbus forwarders --json | jq '.[] | select(.silent)'
  trailbus forwarders forget --dry-run 222222222222/eu-west-1`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, store, err := openState(cmd.Context(), s, options)
			if err != nil {
				return err
			}
			list, err := listForwarders(cmd.Context(), c, store)
			if err != nil {
				return cli.AWSError(err)
			}
			if asJSON {
				return cli.PrintJSON(s, list)
			}
			for _, f := range list {
				printForwarder(s, f)
			}
			fmt.Fprintf(s.Out, "%s\n", cli.Pluralize(len(list), "forwarder"))
			return nil
		},
	}
	command.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	command.AddCommand(newForgetCommand(s, options))
	return command
}

// forwarderStatus is a forwarder that the notifier knows or that the configuration lists.
type forwarderStatus struct {
	Account string     `json:"account"`
	Name    string     `json:"name,omitempty"`
	Region  string     `json:"region"`
	Heard   *time.Time `json:"heard,omitempty"`
	// Configured says that trailbus.yaml lists it, Silent that its silence was posted.
	Configured bool `json:"configured"`
	Silent     bool `json:"silent"`
}

// openState finds the notifier's table.
func openState(ctx context.Context, s *cli.Streams, options *cli.Options) (*config.Config, state.Store, error) {
	c, central, err := options.Central(ctx, s)
	if err != nil {
		return nil, nil, err
	}
	return c, &state.Table{Client: dynamodb.NewFromConfig(central.Config), Name: central.TableName, Timeout: time.Minute},
		nil
}

// listForwarders lists the forwarders of the table and of the configuration, by account and Region.
func listForwarders(ctx context.Context, c *config.Config, store state.Store) ([]forwarderStatus, error) {
	configured := map[string][]string{}
	for _, d := range c.Deployments() {
		configured[d.Account] = append(configured[d.Account], d.Region)
	}
	known, err := state.Forwarders(ctx, store, slices.Collect(maps.Keys(configured))...)
	if err != nil {
		return nil, err
	}
	list := []forwarderStatus{}
	names := c.AccountNames()
	for _, account := range sortedUnion(slices.Collect(maps.Keys(configured)), maps.Keys(known)) {
		for _, region := range sortedUnion(configured[account], maps.Keys(known[account])) {
			kept := known[account][region]
			f := forwarderStatus{Account: account, Name: names[account], Region: region, Silent: kept.SilencePosted != 0,
				Configured: slices.Contains(configured[account], region)}
			if kept.LastHeartbeat != 0 {
				heard := time.Unix(kept.LastHeartbeat, 0).UTC()
				f.Heard = &heard
			}
			list = append(list, f)
		}
	}
	return list, nil
}

func sortedUnion(list []string, more iter.Seq[string]) []string {
	all := slices.AppendSeq(slices.Clone(list), more)
	slices.Sort(all)
	return slices.Compact(all)
}

func printForwarder(s *cli.Streams, f forwarderStatus) {
	name := f.Account
	if f.Name != "" {
		name = message.Line(f.Name, maxFindingLength) + " (" + f.Account + ")"
	}
	heard := s.Colored(cli.Yellow, "never heard")
	if f.Heard != nil {
		heard = "heard " + f.Heard.Format("2006-01-02 15:04 UTC")
	}
	if f.Silent {
		heard += s.Colored(cli.Red, ", told silent")
	}
	if !f.Configured {
		heard += ", not in the configuration"
	}
	fmt.Fprintf(s.Out, "%-40s %-16s %s\n", name, f.Region, heard)
}

func newForgetCommand(s *cli.Streams, options *cli.Options) *cobra.Command {
	dryRun := false
	command := &cobra.Command{
		Use:   "forget ACCOUNT[/REGION]…",
		Short: "Stop expecting forwarders that were removed",
		Long: `Take forwarders out of the notifier's table, so that it does not report their silence: those of an account that was closed or left the
units of a stack set, or of one Region of it. A forwarder that still exists is added again by its next heartbeat. Those that trailbus.yaml
lists cannot be forgotten: take them out of the file and deploy that.

It needs credentials of the central account, from where the AWS CLI takes them, that may do cloudformation:DescribeStacks, and
dynamodb:BatchGetItem and PutItem on the table of the notifier.`,
		Example: `  trailbus forwarders forget --dry-run 333333333333
  trailbus forwarders forget 333333333333 222222222222/eu-west-1`,
		Args: cli.ArgumentRange(1, math.MaxInt, "one ACCOUNT or ACCOUNT/REGION, or more"),
		RunE: func(cmd *cobra.Command, args []string) error {
			for _, arg := range args {
				account, region, named := strings.Cut(arg, "/")
				if !cli.AccountID.MatchString(account) || named && !slices.Contains(config.Regions(), region) {
					return fmt.Errorf("found %q, allowed: an account id of 12 digits, or one with a Region such as 222222222222/eu-west-1", arg)
				}
			}
			c, store, err := openState(cmd.Context(), s, options)
			if err != nil {
				return err
			}
			return forget(cmd.Context(), s, c, store, args, dryRun)
		},
	}
	command.Flags().BoolVar(&dryRun, "dry-run", false, "print what would be forgotten, and change nothing")
	return command
}

// forget removes all forwarders that args name, or none where one of them may not be removed.
func forget(ctx context.Context, s *cli.Streams, c *config.Config, store state.Store, args []string,
	dryRun bool) error {
	list, err := listForwarders(ctx, c, store)
	if err != nil {
		return cli.AWSError(err)
	}
	var chosen []forwarderStatus
	for _, arg := range args {
		account, region, _ := strings.Cut(arg, "/")
		matches := func(f forwarderStatus) bool { return f.Account == account && (region == "" || f.Region == region) }
		for _, f := range list {
			if !matches(f) {
				continue
			}
			if f.Configured {
				return cli.NewInputError(fmt.Errorf("found %s, which %s lists in %s, allowed: what it does not list; "+
					"take it out of the file and deploy that, and it is forgotten", arg, c.Path, f.Region))
			}
			if !slices.Contains(chosen, f) {
				chosen = append(chosen, f)
			}
		}
		if !slices.ContainsFunc(list, matches) {
			return cli.NewInputError(fmt.Errorf("found %s, which the notifier does not know, allowed: what trailbus forwarders lists", arg))
		}
	}
	for _, f := range chosen {
		if !dryRun {
			if err := state.ForgetForwarders(ctx, store, f.Account, f.Region); err != nil {
				return cli.AWSError(err)
			}
		}
		printForwarder(s, f)
	}
	word := "forgotten"
	if dryRun {
		word = "would be forgotten"
	}
	fmt.Fprintf(s.Out, "%s %s\n", cli.Pluralize(len(chosen), "forwarder"), word)
	return nil
}
