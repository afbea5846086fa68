package trailbus

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/trailbus/trailbus/internal/contract"
	"github.com/trailbus/trailbus/rules"
)

// validationError is what a constructor panics with, as the CDK's own do: the path of the
// construct, what was found and what is allowed.
func validationError(c constructs.Construct, format string, args ...any) error {
	return fmt.Errorf("%s: %s", *c.Node().Path(), fmt.Sprintf(format, args...))
}

// check panics with the errors that are not nil, in one line.
func check(c constructs.Construct, errs ...error) {
	if err := joinErrors(errs...); err != nil {
		panic(validationError(c, "%v", err))
	}
}

// joinErrors joins the errors that are not nil in one line; [errors.Join] makes a line of each.
func joinErrors(errs ...error) error {
	var joined error
	for _, err := range errs {
		switch {
		case joined == nil:
			joined = err
		case err != nil:
			joined = fmt.Errorf("%w; %w", joined, err)
		}
	}
	return joined
}

// prefixed puts the name of a property before an error.
func prefixed(property string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", property, err)
}

// requirement is a property that a constructor requires.
type requirement struct {
	name    string
	missing bool
}

// require panics with the names of all properties that are missing.
func require(c constructs.Construct, properties ...requirement) {
	var missing []string
	for _, p := range properties {
		if p.missing {
			missing = append(missing, p.name)
		}
	}
	switch last := len(missing) - 1; last {
	case -1:
	case 0:
		panic(validationError(c, "%s is missing", missing[0]))
	default:
		panic(validationError(c, "%s and %s are missing", strings.Join(missing[:last], ", "), missing[last]))
	}
}

// isEmpty reports whether there is no rule: a forwarder would then forward nothing and a notifier
// post nothing, without an error.
func isEmpty(set *rules.Set) bool { return set == nil || len(set.Rules()) == 0 }

// format is the format of an id or a name of AWS.
type format struct {
	pattern *regexp.Regexp
	allowed string // the end of an error
}

var (
	organizationID = format{regexp.MustCompile(`^o-[a-z0-9]{10,32}$`), "an id such as o-a1b2c3d4e5"}
	accountID      = format{regexp.MustCompile(`^\d{12}$`), "12 digits"}
	regionName     = format{regexp.MustCompile(`^[a-z]+(-[a-z]+)+-\d+$`), "a Region of AWS such as us-east-1"}
	// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-cloudformation-stackset-deploymenttargets.html
	unitID = format{
		regexp.MustCompile(`^(ou-[a-z0-9]{4,32}-[a-z0-9]{8,32}|r-[a-z0-9]{4,32})$`),
		"the id of a unit such as ou-a1b2-c3d4e5f6, or of the root such as r-a1b2",
	}
	// https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStackSet.html
	stackSetName = format{
		regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9-]{0,127}$`),
		"up to 128 letters, digits and hyphens, a letter first",
	}
	// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-friendly-names
	rolePath = format{
		regexp.MustCompile(`^/([!-.0-~]+/)*$`),
		"a path that begins and ends with a slash, such as /platform/",
	}
)

// matches reports whether a text has the format. A token does: CloudFormation fills it in later.
// Nil does not.
func (f format) matches(text *string) bool {
	return text != nil && (f.pattern.MatchString(*text) || *awscdk.Token_IsUnresolved(*text))
}

// check returns an error for a text of another format. found is the beginning of the error.
func (f format) check(found string, text *string) error {
	if f.matches(text) {
		return nil
	}
	return fmt.Errorf("%s %s, allowed: %s", found, quoted(text), f.allowed)
}

// optional is check, but nil has the format too.
func (f format) optional(found string, text *string) error {
	if text == nil {
		return nil
	}
	return f.check(found, text)
}

func quoted(text *string) string {
	if text == nil {
		return "nothing"
	}
	return fmt.Sprintf("%q", *text)
}

// checkDays returns an error for a duration that is no whole number of days, in which archives and
// the life cycles of buckets count, or less than one.
func checkDays(property string, d awscdk.Duration) error {
	if days := *d.ToDays(&awscdk.TimeConversionOptions{Integral: jsii.Bool(false)}); days < 1 || days != math.Trunc(days) {
		return fmt.Errorf("%s: found %s, allowed: whole days, 1 at least", property, *d.ToHumanString())
	}
	return nil
}

// checkRolePath returns an error for a path that IAM would refuse, in the middle of a deployment.
func checkRolePath(path *string) error {
	if path != nil && len(*path) > 512 && !*awscdk.Token_IsUnresolved(*path) {
		return fmt.Errorf("RolePath: found %d characters, allowed: 512", len(*path))
	}
	return rolePath.optional("RolePath: found", path)
}

// heartbeatPeriod is the period of heartbeats, by default [contract.HeartbeatPeriod].
func heartbeatPeriod(given awscdk.Duration) (time.Duration, error) {
	if given == nil {
		return contract.HeartbeatPeriod, nil
	}
	seconds := *given.ToSeconds(&awscdk.TimeConversionOptions{Integral: jsii.Bool(false)})
	period := time.Duration(seconds * float64(time.Second))
	if !contract.IsHeartbeatPeriod(period) {
		return 0, fmt.Errorf("Heartbeat: found %s, allowed: whole minutes, from 1 minute to 1 day", *given.ToHumanString())
	}
	return period, nil
}

func duration(d time.Duration) awscdk.Duration {
	return awscdk.Duration_Seconds(jsii.Number(d.Seconds()))
}

// checkMutedRules returns an error for a mute of an unknown rule, which would mute nothing without
// an error. A mute of a rule of the catalogue may stay while the rule is off.
func checkMutedRules(set *rules.Set, mutes []rules.Mute) error {
	for _, mute := range mutes {
		known := slices.ContainsFunc(set.Rules(), func(rule *rules.Rule) bool { return rule.ID == mute.Rule })
		if mute.Rule != "" && !known && len(rules.PacksOf(mute.Rule)) == 0 {
			return fmt.Errorf("found a mute of %q, which is none of the rules, allowed: the id of one of Rules or of the catalogue, or none for all", mute.Rule)
		}
	}
	return nil
}

// check returns an error for senders that admit no account, or every account of AWS: an environment
// variable that is not set, a wildcard.
func (s Senders) check() error {
	if s.organization == nil && len(s.accounts) == 0 {
		return errors.New("Senders is missing, allowed: SendersFromOrganization or SendersFromAccounts")
	}
	if err := organizationID.optional("Senders: found organization", s.organization); err != nil {
		return err
	}
	for _, id := range s.accounts {
		if id == nil {
			return errors.New("Senders: found no account id, allowed: 12 digits")
		}
		if err := accountID.check("Senders: found account id", id); err != nil {
			return err
		}
	}
	return nil
}

// check returns an error for ids of another format. No organization is valid.
func (o *Organization) check() error {
	if o == nil {
		return nil
	}
	return joinErrors(
		organizationID.check("found organization", o.ID),
		accountID.check("found management account", o.ManagementAccount),
	)
}

func (p *InspectionRoleProps) check() error {
	if p == nil {
		return nil
	}
	if p.Region == nil || *p.Region == "" {
		return errors.New("InspectionRole: Region is missing, allowed: a Region of AWS such as us-east-1")
	}
	if err := regionName.check("InspectionRole: found Region", p.Region); err != nil {
		return err
	}
	for _, name := range p.StackNames {
		if name == nil || *name == "" {
			return fmt.Errorf("InspectionRole: found stack name %s, allowed: the name of a stack", quoted(name))
		}
	}
	return nil
}

func (p *TrailProps) check() error {
	var alone error
	if p.ManagementAccount != nil && p.Organization == nil {
		alone = fmt.Errorf("ManagementAccount: found %q and no Organization, allowed: both or neither", *p.ManagementAccount)
	}
	return joinErrors(
		organizationID.optional("Organization: found", p.Organization),
		accountID.optional("ManagementAccount: found", p.ManagementAccount),
		alone,
	)
}

// check returns all that CloudFormation would refuse, or would take and then ignore.
func (p *ForwarderStackSetProps) check() error {
	var errs []error
	for _, id := range p.OrganizationalUnits {
		errs = append(errs, unitID.check("OrganizationalUnits: found", id))
	}
	for _, region := range p.Regions {
		if region == nil || *region == "" {
			errs = append(errs, prefixed("Regions", errors.New("found nothing, allowed: a Region of AWS such as eu-central-1")))
		}
	}
	if p.Accounts.kind != "" && len(p.Accounts.accounts) == 0 {
		errs = append(errs, prefixed("Accounts", errors.New("found no account id, allowed: one at least, or no filter")))
	}
	for _, id := range p.Accounts.accounts {
		errs = append(errs, accountID.check("Accounts: found account id", id))
	}
	if p.Accounts.kind == intersection && p.AutomaticDeployment != AutomaticDeploymentOff {
		errs = append(errs, prefixed("Accounts", errors.New("found OnlyAccounts with automatic deployment, which heeds no filter, allowed: with AutomaticDeploymentOff")))
	}
	return joinErrors(append(errs, stackSetName.optional("StackSetName: found", p.StackSetName))...)
}
