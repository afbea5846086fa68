package doctor

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/spf13/cobra"

	"github.com/trailbus/trailbus/cmd/trailbus/internal/cli"
	"github.com/trailbus/trailbus/internal/config"
	"github.com/trailbus/trailbus/internal/contract"
	"github.com/trailbus/trailbus/internal/contract/state"
	"github.com/trailbus/trailbus/internal/slack/message"
)

func NewForwardersCommand(s *cli.Streams, options *cli.Options) *cobra.Command {
	asJSON := false
	command := &cobra.Command{
		Use:   "forwarders",
		Short: "List the forwarders that the notifier knows, and when each was last heard",
		Long: `List the forwarders that the notifier knows or waits for: account, name, Region, when it was last heard, and whether people were told that
it is silent.

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

// forwarderStatus is a forwarder that is known or waited for.
type forwarderStatus struct {
	Account string     `json:"account"`
	Name    string     `json:"name,omitempty"`
	Region  string     `json:"region"`
	Heard   *time.Time `json:"heard,omitempty"`
	// Configured says that trailbus.yaml lists it, Silent that people were told that it is silent.
	Configured bool `json:"configured"`
	Silent     bool `json:"silent"`
}

// openState is where the notifier keeps what it knows.
func openState(ctx context.Context, s *cli.Streams, options *cli.Options) (*config.Config, state.Store, error) {
	c, central, err := options.Central(ctx, s)
	if err != nil {
		return nil, nil, err
	}
	return c, &state.Table{Client: dynamodb.NewFromConfig(central.Config), Name: central.TableName, Timeout: time.Minute}, nil
}

// listForwarders lists what is known and what is in the configuration, by account and Region.
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
	for _, account := range slices.Sorted(maps.Keys(merged(configured, known))) {
		regions := slices.Concat(configured[account], slices.Collect(maps.Keys(known[account])))
		slices.Sort(regions)
		for _, region := range slices.Compact(regions) {
			kept := known[account][region]
			f := forwarderStatus{Account: account, Name: names[account], Region: region, Silent: kept.Told != 0,
				Configured: slices.Contains(configured[account], region)}
			if kept.Heard != 0 {
				heard := time.Unix(kept.Heard, 0).UTC()
				f.Heard = &heard
			}
			list = append(list, f)
		}
	}
	return list, nil
}

func merged(configured map[string][]string, known map[string]contract.AccountHeartbeats) map[string]bool {
	all := map[string]bool{}
	for account := range configured {
		all[account] = true
	}
	for account := range known {
		all[account] = true
	}
	return all
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
		Short: "Stop waiting for forwarders that are gone for good",
		Long: `Take forwarders out of what the notifier knows, so that their silence is not waited for: those of an account that was closed or left the
units of a stack set, or of a Region of it. One that is still there is known again with its next heartbeat. What trailbus.yaml lists cannot be
forgotten: take it out of the file and deploy that.

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
	command.Flags().BoolVar(&dryRun, "dry-run", false, "say what would be forgotten, and forget nothing")
	return command
}

// forget forgets all that is named, or, where some of it cannot be, nothing.
func forget(ctx context.Context, s *cli.Streams, c *config.Config, store state.Store, args []string, dryRun bool) error {
	list, err := listForwarders(ctx, c, store)
	if err != nil {
		return cli.AWSError(err)
	}
	var chosen []forwarderStatus
	for _, arg := range args {
		account, region, _ := strings.Cut(arg, "/")
		meant := func(f forwarderStatus) bool { return f.Account == account && (region == "" || f.Region == region) }
		for _, f := range list {
			if !meant(f) {
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
		if !slices.ContainsFunc(list, meant) {
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
