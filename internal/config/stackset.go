package config

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/trailbus/trailbus/internal/yamldoc"
)

// StackSet is a stack set with service-managed permissions that brings the forwarders.
type StackSet struct {
	// Units are organizational units, whose child units count too, or the root alone.
	Units []string `json:"organizationalUnits"`
	// Accounts narrows which accounts of the units get forwarders.
	Accounts AccountFilter `json:"accounts,omitempty"`
	// Regions are those of every account that the stack set takes. A file that gives none means those of all accounts.
	Regions []string `json:"regions,omitempty"`
	// AutomaticDeployment brings the forwarders to accounts that join the units. Default: true.
	AutomaticDeployment bool `json:"automaticDeployment,omitempty"`
	// RetainStacksOnAccountRemoval leaves the forwarders in accounts that leave the units.
	RetainStacksOnAccountRemoval bool                 `json:"retainStacksOnAccountRemoval,omitempty"`
	CallAs                       CallAs               `json:"callAs,omitempty"`
	Operations                   OperationPreferences `json:"operationPreferences,omitempty"`

	management string
}

// FilterKind is how an [AccountFilter] narrows.
type FilterKind string

// The kinds of filters.
const (
	AllAccounts    FilterKind = ""
	OnlyAccounts   FilterKind = "only"
	ExceptAccounts FilterKind = "except"
)

// AccountFilter narrows a set of accounts. The zero value takes them all.
type AccountFilter struct {
	Kind     FilterKind
	Accounts []string // ids; none where Kind is AllAccounts
}

// takes says whether the filter lets an account through.
func (f AccountFilter) takes(id string) bool {
	return f.Kind == AllAccounts || slices.Contains(f.Accounts, id) == (f.Kind == OnlyAccounts)
}

// CallAs is as whom the stack set is made.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudformation-stackset.html#cfn-cloudformation-stackset-callas
type CallAs string

// Who can make a stack set with service-managed permissions.
const (
	// CallAsSelf makes it in the management account.
	CallAsSelf CallAs = "self"
	// CallAsDelegatedAdmin makes it in the central account, which the management account has registered as a delegated administrator.
	CallAsDelegatedAdmin CallAs = "delegatedAdmin"
)

// OperationPreferences say how an operation goes through the accounts and Regions. They do not apply to automatic deployment.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_StackSetOperationPreferences.html
type OperationPreferences struct {
	Regions     RegionConcurrency `json:"regions,omitempty"`
	Concurrency ConcurrencyMode   `json:"concurrency,omitempty"`
	// MaxConcurrentPercentage is how many of the accounts of a Region are worked on at once, 1 to 100.
	MaxConcurrentPercentage int `json:"maxConcurrentPercentage,omitempty"`
	// FailureTolerancePercentage is in how many of the accounts of a Region the operation may fail before it is stopped, 0 to 100.
	FailureTolerancePercentage int `json:"failureTolerancePercentage,omitempty"`
}

// RegionConcurrency is whether Regions are worked on at once or one by one.
type RegionConcurrency string

// The ways through the Regions.
const (
	RegionsParallel   RegionConcurrency = "parallel"
	RegionsSequential RegionConcurrency = "sequential"
)

// ConcurrencyMode is whether failures make an operation slower.
type ConcurrencyMode string

// The modes.
const (
	// ConcurrencySoft keeps the concurrency up whatever fails.
	ConcurrencySoft ConcurrencyMode = "soft"
	// ConcurrencyStrict never has more accounts under way than may fail.
	ConcurrencyStrict ConcurrencyMode = "strict"
)

// DefaultOperationPreferences get a change everywhere soon, and stop one that fails in more than every tenth account.
func DefaultOperationPreferences() OperationPreferences {
	return OperationPreferences{
		Regions: RegionsParallel, Concurrency: ConcurrencySoft, MaxConcurrentPercentage: 50, FailureTolerancePercentage: 10,
	}
}

// Takes says whether the stack set has an instance in an account, if that account is in one of its units. A nil stack set takes
// none, and none ever takes the management account
// (https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DeploymentTargets.html).
func (s *StackSet) Takes(account string) bool {
	return s != nil && account != s.management && s.Accounts.takes(account)
}

// StackSetHome is where the stack set is made: in the central account, or in the management account, in the central Region.
func (c *Config) StackSetHome() (account, region string) {
	if c.StackSet.CallAs == CallAsSelf {
		return c.Management, c.Central.Region
	}
	return c.Central.Account, c.Central.Region
}

var (
	// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-cloudformation-stackset-deploymenttargets.html
	unitID = regexp.MustCompile(`^ou-[a-z0-9]{4,32}-[a-z0-9]{8,32}$`)
	rootID = regexp.MustCompile(`^r-[a-z0-9]{4,32}$`)
)

// stackSet reads the block of the stack set; everywhere are the Regions for all. The Regions come back as they were read.
func (r *reader) stackSet(v yamldoc.Value, c *Config, everywhere regionList) (*StackSet, regionList) {
	fields := v.Fields("organizationalUnits", "accounts", "regions", "optInRegionsEnabled", "automaticDeployment",
		"retainStacksOnAccountRemoval", "callAs", "operationPreferences")
	s := &StackSet{AutomaticDeployment: true, Operations: r.operationPreferences(fields["operationPreferences"]), management: c.Management}
	if v.Wrong() || !v.Present() {
		return s, everywhere
	}
	if required(fields["organizationalUnits"], "stackSet.organizationalUnits") {
		s.Units = r.units(fields["organizationalUnits"])
	}
	regions := everywhere
	if fields["regions"].Present() {
		regions = r.regions(fields["regions"])
	}
	if s.Regions = regions.regions; len(s.Regions) == 0 && !regions.wrong {
		v.Problemf("the stack set has no Regions, allowed: regions of its own or regions for all at the top of the file")
	}
	r.optIn(fields["optInRegionsEnabled"], regions)
	if fields["automaticDeployment"].Present() {
		s.AutomaticDeployment = fields["automaticDeployment"].Bool()
	}
	s.RetainStacksOnAccountRemoval = fields["retainStacksOnAccountRemoval"].Bool()
	if s.RetainStacksOnAccountRemoval && !s.AutomaticDeployment && !fields["automaticDeployment"].Wrong() {
		fields["retainStacksOnAccountRemoval"].Problemf("retainStacksOnAccountRemoval: true with automaticDeployment: false, allowed: with automaticDeployment: true, which alone removes stacks")
	}
	s.Accounts = r.accountFilter(fields["accounts"], s)
	s.CallAs = r.callAs(fields["callAs"], c)
	return s, regions
}

func (r *reader) units(v yamldoc.Value) []string {
	var units []string
	items := v.Some("unit, or the root of the organization")
	for _, item := range items {
		id := item.Text()
		switch {
		case !unitID.MatchString(id) && !rootID.MatchString(id):
			item.Problemf("found unit %q, allowed: the id of an organizational unit such as ou-a1b2-c3d4e5f6, or of the root such as r-a1b2", id)
		case slices.Contains(units, id):
			item.Problemf("unit %s is given twice", id)
		case rootID.MatchString(id) && len(items) > 1:
			item.Problemf("found the root %s beside other units, allowed: the root alone, which has every unit, or units without it", id)
		}
		units = append(units, id)
	}
	return units
}

// optIn refuses Regions that an account must enable first, until whoever wrote the file says that all have. A stack instance in a
// Region that is not enabled fails.
func (r *reader) optIn(enabled yamldoc.Value, list regionList) {
	var found []string
	for _, region := range list.regions {
		if isOptIn(region) {
			found = append(found, region)
		}
	}
	if said := enabled.Bool(); said || len(found) == 0 || enabled.Wrong() {
		return
	}
	list.at.Problemf("found opt-in %s %s, in which a stack instance fails unless the account and the management account have enabled it, allowed: Regions that every account has, or these with stackSet.optInRegionsEnabled: true once all have enabled them",
		map[bool]string{true: "Region", false: "Regions"}[len(found) == 1], strings.Join(found, ", "))
}

func (r *reader) accountFilter(v yamldoc.Value, s *StackSet) AccountFilter {
	if !v.Present() {
		return AccountFilter{}
	}
	fields := v.Fields("only", "except")
	if v.Wrong() {
		return AccountFilter{}
	}
	kind := ExceptAccounts
	switch only, except := fields["only"].Present(), fields["except"].Present(); {
	case only && except:
		v.Problemf("found only and except, allowed: one of them")
	case !only && !except:
		v.Problemf("found neither only nor except, allowed: one of them, or no stackSet.accounts for every account of the units")
		return AccountFilter{}
	case only:
		kind = OnlyAccounts
	}
	filter := AccountFilter{Kind: kind}
	for _, item := range fields[string(kind)].Some("account") {
		id := r.accountID(item)
		switch {
		case id == "":
			continue
		case slices.Contains(filter.Accounts, id):
			item.Problemf("account %s is given twice", id)
		case kind == OnlyAccounts && id == s.management:
			item.Problemf("found the management account %s, in which a stack set never has instances, allowed: under accounts at the top, where it gets stacks of its own", id)
		}
		filter.Accounts = append(filter.Accounts, id)
	}
	// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-orgs-manage-auto-deployment.html
	if kind == OnlyAccounts && s.AutomaticDeployment {
		fields["only"].Problemf("found only with automatic deployment, which asks for no filter and goes to every account that joins the units, allowed: with automaticDeployment: false")
	}
	return filter
}

func (r *reader) callAs(v yamldoc.Value, c *Config) CallAs {
	inManagement := c.Management != "" && c.Management == c.Central.Account
	if !v.Present() {
		if inManagement {
			return CallAsSelf
		}
		return CallAsDelegatedAdmin
	}
	as := choice(v, "callAs", CallAsSelf, CallAsDelegatedAdmin)
	if as == CallAsDelegatedAdmin && inManagement {
		v.Problemf("found callAs: delegatedAdmin, but the central account %s is the management account, allowed: self", c.Central.Account)
	}
	return as
}

func (r *reader) operationPreferences(v yamldoc.Value) OperationPreferences {
	o := DefaultOperationPreferences()
	fields := v.Fields("regions", "concurrency", "maxConcurrentPercentage", "failureTolerancePercentage")
	if fields["regions"].Present() {
		o.Regions = choice(fields["regions"], "regions", RegionsParallel, RegionsSequential)
	}
	if fields["concurrency"].Present() {
		o.Concurrency = choice(fields["concurrency"], "concurrency", ConcurrencySoft, ConcurrencyStrict)
	}
	percentage(fields["maxConcurrentPercentage"], 1, &o.MaxConcurrentPercentage)
	percentage(fields["failureTolerancePercentage"], 0, &o.FailureTolerancePercentage)
	return o
}

// percentage reads a whole number up to 100. What is absent leaves the default.
func percentage(v yamldoc.Value, least int, value *int) {
	if !v.Present() {
		return
	}
	n, err := strconv.Atoi(v.Text())
	if err != nil || n < least || n > 100 {
		v.Problemf("found percentage %q, allowed: a whole number from %d to 100", v.Text(), least)
		return
	}
	*value = n
}

// managementAccount reads which account is the organization's management account. With a stack set it must be known: it gets no
// instances of it.
func (r *reader) managementAccount(fields map[string]yamldoc.Value, stackSet bool) string {
	management, organization := fields["management"], fields["organization"]
	if stackSet {
		if !organization.Present() {
			organization.Problemf("organization is missing: a stack set reaches the accounts of an organization")
		}
		if !management.Present() {
			management.Problemf("management is missing: a stack set never deploys to the management account of the organization, which gets stacks of its own, allowed: the id of that account")
		}
	}
	if !management.Present() {
		return ""
	}
	return r.accountID(management)
}

// withManagement adds the management account, which a stack set never takes: changes of the organization are recorded only there.
// Whoever leaves it out of the stack set by its id, or takes only some accounts, does not want it.
func withManagement(accounts []Account, c *Config) []Account {
	listed := slices.ContainsFunc(accounts, func(a Account) bool { return a.ID == c.Management || a.ID == "" })
	if c.Management == "" || listed || !c.StackSet.Accounts.takes(c.Management) {
		return accounts
	}
	name := "management"
	if slices.ContainsFunc(accounts, func(a Account) bool { return strings.EqualFold(a.Name, name) }) {
		name += " " + c.Management
	}
	return append(accounts, Account{ID: c.Management, Name: name, Regions: c.StackSet.Regions})
}
