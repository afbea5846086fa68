package inspect

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/organizations/types"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/trailbus/trailbus/eventpattern"
	"github.com/trailbus/trailbus/internal/config"
	"github.com/trailbus/trailbus/internal/contract"
	"github.com/trailbus/trailbus/internal/contract/state"
	"github.com/trailbus/trailbus/internal/inspect/deployed"
	"github.com/trailbus/trailbus/internal/inspect/doctor"
	"github.com/trailbus/trailbus/internal/slack"
)

// Doctor checks a whole deployment.
type Doctor struct {
	Config  *config.Config
	Central *deployed.Central
	// Role is the role in other accounts, as in [Sessions].
	Role string
	// Accounts, by name or id, and Regions limit the check, and then the central stack is left out.
	// Default: all.
	Accounts, Regions []string
	// Send posts a message to each place in Slack.
	Send bool

	checks *ForwarderChecks
}

// Report is the result of a [Doctor].
type Report struct {
	// Accounts are those that were checked.
	Accounts []doctor.Account
	Findings []doctor.Finding
	// Known has the last heartbeats by account.
	Known map[string]contract.AccountHeartbeats
	// Notes say what was not checked.
	Notes []string
}

// Gaps counts the findings that are not warnings.
func (r *Report) Gaps() int {
	gaps := 0
	for _, f := range r.Findings {
		if !f.Warning {
			gaps++
		}
	}
	return gaps
}

// Prepare lists the accounts and Regions to check. An error is about Accounts and Regions, or of
// ctx.
func (d *Doctor) Prepare(ctx context.Context) (*Report, error) {
	report := &Report{}
	c := d.Config
	sessions := NewSessions(d.Central.Config, c.Central.Account, config.PartitionOf(c.Central.Region), d.Role)
	members, err := organizationMembers(ctx, sessions.Config)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	switch {
	case err == nil || c.Organization == "":
	case c.StackSet != nil:
		report.Notes = append(report.Notes, fmt.Sprintf(
			"AWS Organizations does not tell which accounts there are, so only those of %s were looked at (%v)", c.Path, err))
	default:
		report.Notes = append(report.Notes, fmt.Sprintf(
			"AWS Organizations does not tell which accounts there are, so nobody knows of those that are missing in %s (%v)",
			c.Path, err))
	}
	if report.Accounts, report.Findings = doctor.Plan(c, members); len(d.Accounts)+len(d.Regions) > 0 {
		report.Findings = nil // they are about accounts that are not checked
	}
	if report.Accounts, err = d.filterAccounts(report.Accounts); err != nil {
		return nil, err
	}
	if d.Role == "" {
		before := len(report.Accounts)
		report.Accounts = slices.DeleteFunc(report.Accounts, func(a doctor.Account) bool { return a.ID != c.Central.Account })
		if n := before - len(report.Accounts); n > 0 {
			report.Notes = append(report.Notes, fmt.Sprintf(
				"%d accounts beside the central one were not looked at: with inspectionRole: true they offer a role for it, or --role names one", n))
		}
	}
	patterns, err := c.Rules.Forwarding(eventpattern.DefaultQuota)
	if err != nil {
		return nil, err
	}
	d.checks = &ForwarderChecks{Sessions: sessions, Accounts: report.Accounts,
		Global: config.InspectionRegion(config.RegionsLike(c.Central.Region)),
		Wanted: &doctor.Wanted{CentralBus: d.Central.BusARN, Patterns: patterns, Heartbeat: c.Heartbeat}}
	return report, nil
}

// Progress says how many accounts and Regions are checked, and how many there are.
func (d *Doctor) Progress() (done, total int) { return d.checks.Progress() }

// Run adds findings to the report of Prepare.
func (d *Doctor) Run(ctx context.Context, report *Report) error {
	c := d.Config
	config := d.checks.Sessions.Config
	central := doctor.Place{Account: c.Central.Account, Region: c.Central.Region}
	var ids []string
	for _, account := range report.Accounts {
		ids = append(ids, account.ID)
	}
	known, err := state.Forwarders(ctx, &state.Table{Client: dynamodb.NewFromConfig(config), Name: d.Central.TableName,
		Timeout: time.Minute}, ids...)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case isNotFound(err):
		report.Findings = append(report.Findings, central.Gap(doctor.State, "the table of the notifier is not there"))
	case err != nil:
		report.Findings = append(report.Findings, central.Warn(doctor.State, "%v",
			deployed.Explain("asking when forwarders were heard", "dynamodb:BatchGetItem", err)))
	}
	if err == nil {
		report.Known, d.checks.Known = known, known
		d.checks.Watch, d.checks.Now = &contract.HeartbeatWatch{Period: c.Heartbeat}, time.Now()
	}
	if len(d.Accounts)+len(d.Regions) == 0 {
		secret := &slack.Secret{Reader: secretsmanager.NewFromConfig(config), ID: c.Slack.Secret}
		webhooks, channels := d.wantedPlaces()
		checks := &doctor.Central{Place: central, BusARN: d.Central.BusARN, Organization: c.Organization, Accounts: ids,
			Webhooks: webhooks, Channels: channels}
		report.Findings = append(report.Findings, checks.Check(FindCentral(ctx, config, d.Central, secret, webhooks))...)
		if d.Send {
			places, refused := d.sendTestMessages(ctx, central, secret)
			report.Findings = append(report.Findings, refused...)
			report.Notes = append(report.Notes, fmt.Sprintf("Slack took %d of %d test messages", places-len(refused), places))
		} else {
			report.Notes = append(report.Notes, "Slack was not tried: --send posts a message to each place")
		}
	}
	found, err := d.checks.Run(ctx)
	report.Findings = append(report.Findings, found...)
	doctor.Sort(report.Findings)
	return err
}

// filterAccounts keeps the accounts and Regions of the options.
func (d *Doctor) filterAccounts(accounts []doctor.Account) ([]doctor.Account, error) {
	for _, asked := range d.Accounts {
		if !slices.ContainsFunc(accounts, func(a doctor.Account) bool { return matchesAccount(a, asked) }) {
			return nil, fmt.Errorf("found --account %q, allowed: the name or the id of an account of %s", asked, d.Config.Path)
		}
	}
	regions := map[string]bool{}
	var kept []doctor.Account
	for _, account := range accounts {
		if len(d.Accounts) > 0 && !slices.ContainsFunc(d.Accounts,
			func(asked string) bool { return matchesAccount(account, asked) }) {
			continue
		}
		if len(d.Regions) > 0 {
			account.Regions = slices.DeleteFunc(slices.Clone(account.Regions),
				func(region string) bool { return !slices.Contains(d.Regions, region) })
			account.Filtered = true
		}
		for _, region := range account.Regions {
			regions[region] = true
		}
		if len(account.Regions) > 0 || len(d.Regions) == 0 {
			kept = append(kept, account)
		}
	}
	for _, region := range d.Regions {
		if !regions[region] {
			return nil, fmt.Errorf("found --region %s, allowed: a Region of %s in which these accounts are watched", region,
				d.Config.Path)
		}
	}
	return kept, nil
}

// matchesAccount compares by id, and by name in any case.
func matchesAccount(account doctor.Account, asked string) bool {
	return account.ID == asked || strings.EqualFold(account.Name, asked)
}

// organizationMembers lists the active accounts of the organization. Only its management account
// and delegated administrators may.
func organizationMembers(ctx context.Context, config aws.Config) ([]doctor.Member, error) {
	pages := organizations.NewListAccountsPaginator(organizations.NewFromConfig(config),
		&organizations.ListAccountsInput{})
	var all []doctor.Member
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if _, alone := errors.AsType[*types.AWSOrganizationsNotInUseException](err); alone {
			return nil, errors.New("there is no organization")
		}
		if err != nil {
			return nil, deployed.Explain("listing accounts", "organizations:ListAccounts", err)
		}
		for _, account := range page.Accounts {
			if account.State == types.AccountStateActive || account.State == "" && account.Status == types.AccountStatusActive {
				all = append(all, doctor.Member{ID: aws.ToString(account.Id), Name: strings.TrimSpace(aws.ToString(account.Name))})
			}
		}
	}
	return all, nil
}
