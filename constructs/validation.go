package trailbus

import (
	"errors"
	"fmt"
	"regexp"

	"github.com/aws/aws-cdk-go/awscdk/v2"
)

// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-cloudformation-stackset-deploymenttargets.html
var unitID = regexp.MustCompile(`^(ou-[a-z0-9]{4,32}-[a-z0-9]{8,32}|r-[a-z0-9]{4,32})$`)

// check refuses what CloudFormation would, or would take and then do something else with. What CloudFormation fills in later cannot
// be checked.
func (p *ForwarderStackSetProps) check() error {
	var problems []error
	for _, id := range p.OrganizationalUnits {
		if !matches(id, unitID) {
			problems = append(problems, fmt.Errorf("OrganizationalUnits: found %s, allowed: the id of a unit such as ou-a1b2-c3d4e5f6, or of the root such as r-a1b2", quoted(id)))
		}
	}
	for _, region := range p.Regions {
		if region == nil || *region == "" {
			problems = append(problems, errors.New("Regions: found nothing, allowed: a Region of AWS such as eu-central-1"))
		}
	}
	if p.Accounts.kind != "" && len(p.Accounts.accounts) == 0 {
		problems = append(problems, errors.New("Accounts: found no account id, allowed: one at least, or no filter"))
	}
	for _, id := range p.Accounts.accounts {
		if !matches(id, accountID) {
			problems = append(problems, fmt.Errorf("Accounts: found account id %s, allowed: 12 digits", quoted(id)))
		}
	}
	if p.Accounts.kind == "INTERSECTION" && p.AutomaticDeployment != AutomaticDeploymentOff {
		problems = append(problems, errors.New("Accounts: found OnlyAccounts with automatic deployment, which heeds no filter, allowed: with AutomaticDeploymentOff"))
	}
	if err := checkStackSetName(p.StackSetName); err != nil {
		problems = append(problems, err)
	}
	return joinErrors(problems)
}

// https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStackSet.html
var stackSetName = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9-]{0,127}$`)

// checkStackSetName refuses what CloudFormation would. None is the default's.
func checkStackSetName(name *string) error {
	if name == nil || matches(name, stackSetName) {
		return nil
	}
	return fmt.Errorf("StackSetName: found %q, allowed: up to 128 letters, digits and hyphens, a letter first", *name)
}

// joinErrors makes one line of the errors that there are, where errors.Join makes one of each.
func joinErrors(problems []error) error {
	var all error
	for _, err := range problems {
		switch {
		case all == nil:
			all = err
		case err != nil:
			all = fmt.Errorf("%w; %w", all, err)
		}
	}
	return all
}

func matches(text *string, pattern *regexp.Regexp) bool {
	return text != nil && (*awscdk.Token_IsUnresolved(*text) || pattern.MatchString(*text))
}

func quoted(text *string) string {
	if text == nil {
		return "nothing"
	}
	return fmt.Sprintf("%q", *text)
}
