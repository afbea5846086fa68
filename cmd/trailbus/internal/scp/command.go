package scp

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/trailbus/trailbus/cmd/trailbus/internal/cli"
	"github.com/trailbus/trailbus/internal/config"
)

var (
	// https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-customizing.html
	qualifier = regexp.MustCompile(`^[a-z0-9]{1,10}$`)
	trailName = regexp.MustCompile(`^[\w.*?-]{1,128}$`)
	secret    = regexp.MustCompile(`^[\w/+=.@-]{1,256}$`)
)

// NewCommand makes the command scp.
func NewCommand(s *cli.Streams, options *cli.Options) *cobra.Command {
	o := Options{}
	explain, asJSON := false, false
	command := &cobra.Command{
		Use:   "scp",
		Short: "Print a service control policy that keeps Trailbus from being changed",
		Long: `Print a service control policy that denies changes to Trailbus' own resources, and to the trails that feed it, to all but the roles
that deploy it: those of the CDK's bootstrap (cdk-hnb659fds-*) and of CloudFormation's stack sets (stacksets-exec-*). Break-glass roles,
people who renew the Slack secret or move dead letters, and roles that bootstrap accounts, are to be named with --allow-role.

The partition, the central account and the secret are those of the configuration. --explain says what is denied and why.
Nothing is asked of AWS: attach the policy to the root or the units yourself, after trying it on one account. A service control
policy holds in every account but the management account, and not for service-linked roles.`,
		Example: `  trailbus scp > trailbus-scp.json
  trailbus scp --explain
  trailbus scp --allow-role BreakGlass --allow-role 'aws-reserved/sso.amazonaws.com/*/AWSReservedSSO_Security_*'
  aws organizations create-policy --type SERVICE_CONTROL_POLICY --name trailbus --description "Keeps Trailbus" --content file://trailbus-scp.json`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if explain && asJSON {
				return errors.New("found --explain and --json, allowed: one of them; --json has the explanations, too")
			}
			c, err := options.Config(s)
			if err != nil {
				return err
			}
			if err := complete(&o, c); err != nil {
				return err
			}
			policy, err := New(o)
			if err != nil {
				return cli.NewInputError(err)
			}
			if o.CentralAccount == "" {
				fmt.Fprintln(s.Err, "warning: without a configuration or --central-account, the policy of the central bus is not kept")
			}
			switch {
			case asJSON:
				return cli.PrintJSON(s, policyJSON(policy))
			case explain:
				return printPolicy(s.Out, policy)
			}
			_, err = s.Out.Write(policy.JSON())
			return err
		},
	}
	flags := command.Flags()
	flags.StringArrayVar(&o.AllowRoles, "allow-role", nil,
		"a further role that may change Trailbus, by its name, with its path where it has one; * stands for any text")
	flags.StringVar(&o.Qualifier, "qualifier", "hnb659fds", "the qualifier of the CDK's bootstrap")
	flags.StringVar(&o.Partition, "partition", "", "aws, aws-us-gov or aws-cn (default: that of the configuration, else aws)")
	flags.StringVar(&o.CentralAccount, "central-account", "",
		"the account of the central bus (default: that of the configuration)")
	flags.StringVar(&o.Secret, "secret", "", "the name of the Slack secret (default: that of the configuration, else trailbus/slack)")
	flags.StringArrayVar(&o.Trails, "trail", nil, "the name of a trail to keep (default: every trail)")
	flags.BoolVar(&explain, "explain", false, "say what is denied, statement by statement, and why")
	flags.BoolVar(&asJSON, "json", false, "print JSON with the policy and the reasons of its parts")
	return command
}

// complete takes defaults from the configuration, and checks all options.
func complete(o *Options, c *config.Config) error {
	o.Partition = cmp.Or(o.Partition, config.PartitionOf(c.Central.Region), "aws")
	o.CentralAccount = cmp.Or(o.CentralAccount, c.Central.Account)
	o.Secret = cmp.Or(o.Secret, c.Slack.Secret, "trailbus/slack")
	if !slices.Contains(Partitions, o.Partition) {
		return fmt.Errorf("found partition %q, allowed: %s", o.Partition, strings.Join(Partitions, ", "))
	}
	if o.CentralAccount != "" && !cli.AccountID.MatchString(o.CentralAccount) {
		return fmt.Errorf("found --central-account %q, allowed: 12 digits", o.CentralAccount)
	}
	if !qualifier.MatchString(o.Qualifier) {
		return fmt.Errorf("found --qualifier %q, allowed: up to 10 lower-case letters and digits", o.Qualifier)
	}
	if !secret.MatchString(o.Secret) {
		return fmt.Errorf("found secret %q, allowed: the name of a secret in Secrets Manager", o.Secret)
	}
	for _, name := range o.Trails {
		if !trailName.MatchString(name) {
			return fmt.Errorf("found --trail %q, allowed: the name of a trail, without %s", name, "arn:")
		}
	}
	return nil
}

// statementJSON is a statement with its parts.
type statementJSON struct {
	Sid        string     `json:"sid"`
	Parts      []Part     `json:"parts"`
	Conditions Conditions `json:"conditions"`
}

func policyJSON(policy *Policy) any {
	var list []statementJSON
	for _, s := range policy.Statement {
		list = append(list, statementJSON{s.Sid, s.Parts, s.Condition})
	}
	return map[string]any{"policy": policy, "characters": utf8.RuneCount(policy.JSON()), "allowed": MaxLength,
		"statements": list}
}

func printPolicy(to io.Writer, policy *Policy) error {
	var out bytes.Buffer
	for _, s := range policy.Statement {
		fmt.Fprintf(&out, "%s, denied to all but\n", s.Sid)
		for _, role := range s.Condition["ArnNotLike"]["aws:PrincipalArn"] {
			fmt.Fprintln(&out, "    "+role)
		}
		for _, condition := range []struct{ operator, key string }{{"ArnLike", "lambda:FunctionArn"},
			{"StringEquals", "aws:PrincipalAccount"}} {
			for _, value := range s.Condition[condition.operator][condition.key] {
				fmt.Fprintf(&out, "  where %s is %s\n", condition.key, value)
			}
		}
		for _, part := range s.Parts {
			fmt.Fprintf(&out, "\n  %s\n  %s\n    %s\n", part.Name, part.Why, strings.Join(part.Action, " "))
			for _, resource := range part.Resource {
				fmt.Fprintln(&out, "    on "+resource)
			}
		}
		fmt.Fprintln(&out)
	}
	fmt.Fprintf(&out, "%d of %d characters.\n", utf8.RuneCount(policy.JSON()), MaxLength)
	_, err := to.Write(out.Bytes())
	return err
}
