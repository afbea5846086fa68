package config

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/trailbus/trailbus/internal/yamldoc"
)

// StackSet is a stack set with service-managed permissions that deploys the forwarders.
type StackSet struct {
	// Units are ids of organizational units, which include their child units, or the id of the root
	// alone.
	Units []string
	// Accounts narrows which accounts of the units get forwarders.
	Accounts AccountFilter
	// Regions are the Regions of every account that the stack set takes.
	// Default: the regions at the top of the file.
	Regions []string
	// AutomaticDeployment deploys the forwarders to accounts that join the units.
	// Default: true.
	AutomaticDeployment bool
	// RetainStacksOnAccountRemoval keeps the forwarders in accounts that leave the units.
	// Default: false.
	RetainStacksOnAccountRemoval bool
	CallAs                       CallAs
	Operations                   OperationPreferences

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

// takes reports whether the filter lets an account through.
func (f AccountFilter) takes(id string) bool {
	return f.Kind == AllAccounts || slices.Contains(f.Accounts, id) == (f.Kind == OnlyAccounts)
}

// CallAs says which account creates the stack set.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudformation-stackset.html#cfn-cloudformation-stackset-callas
type CallAs string

// The accounts that can create a stack set with service-managed permissions.
const (
	// CallAsSelf is the management account.
	CallAsSelf CallAs = "self"
	// CallAsDelegatedAdmin is the central account, which the management account has registered as a
	// delegated administrator.
	CallAsDelegatedAdmin CallAs = "delegatedAdmin"
)

// OperationPreferences say how an operation goes through the accounts and Regions. They do not
// apply to automatic deployment.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_StackSetOperationPreferences.html
type OperationPreferences struct {
	Regions     RegionConcurrency
	Concurrency ConcurrencyMode
	// MaxConcurrentPercentage is the share of the accounts of a Region that an operation works on
	// at once, 1 to 100.
	MaxConcurrentPercentage int
	// FailureTolerancePercentage is the share of the accounts of a Region in which an operation may
	// fail before it stops, 0 to 100.
	FailureTolerancePercentage int
}

// RegionConcurrency says whether an operation works on Regions at once or one by one.
type RegionConcurrency string

// The values of RegionConcurrency.
const (
	RegionsParallel   RegionConcurrency = "parallel"
	RegionsSequential RegionConcurrency = "sequential"
)

// ConcurrencyMode says whether failures slow an operation down.
type ConcurrencyMode string

// The values of ConcurrencyMode.
const (
	// ConcurrencySoft keeps the concurrency in spite of failures.
	ConcurrencySoft ConcurrencyMode = "soft"
	// ConcurrencyStrict never works on more accounts at once than may still fail.
	ConcurrencyStrict ConcurrencyMode = "strict"
)

// Takes reports whether the stack set deploys to an account, if that account is in one of its
// units. A nil stack set takes no account, and no stack set takes the management account
// (https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DeploymentTargets.html).
func (s *StackSet) Takes(account string) bool {
	return s != nil && account != s.management && s.Accounts.takes(account)
}

// StackSetHome returns where the stack set is created: the central account or the management
// account, and the central Region.
func (c *Config) StackSetHome() (account, region string) {
	if c.StackSet.CallAs == CallAsSelf {
		return c.Management, c.Central.Region
	}
	return c.Central.Account, c.Central.Region
}

// stackSet reads the stack set and its Regions, which by default are everywhere.
func (r *reader) stackSet(v yamldoc.Value, c *Config, everywhere regionList) (*StackSet, regionList) {
	automatic, retain := v.Get("automaticDeployment"), v.Get("retainStacksOnAccountRemoval")
	s := &StackSet{
		Units: units(v.Get("organizationalUnits")), AutomaticDeployment: !automatic.Present() || automatic.Bool(),
		RetainStacksOnAccountRemoval: retain.Bool(),
		Operations:                   operationPreferences(v.Get("operationPreferences")), management: c.Management,
	}
	if v.Invalid() || !v.Present() {
		return s, everywhere
	}
	list := everywhere
	if v.Get("regions").Present() {
		list = regions(v.Get("regions"))
	}
	if s.Regions = list.regions; len(s.Regions) == 0 && !list.wrong {
		v.Problemf("the stack set has no Regions, allowed: regions of its own or regions for all at the top of the file")
	}
	optInAllowed(v.Get("optInRegionsEnabled"), list)
	if s.RetainStacksOnAccountRemoval && !s.AutomaticDeployment && !automatic.Invalid() {
		retain.Problemf("retainStacksOnAccountRemoval: true with automaticDeployment: false, allowed: with automaticDeployment: true, which alone removes stacks")
	}
	s.Accounts = accountFilter(v.Get("accounts"), s)
	s.CallAs = callAs(v.Get("callAs"), c)
	return s, list
}

func units(v yamldoc.Value) []string {
	units := v.Texts()
	for i, item := range v.Items() {
		if strings.HasPrefix(units[i], "r-") && len(units) > 1 {
			item.Problemf("found the root %s beside other units, allowed: the root alone, which has every unit, or units without it", units[i])
		}
	}
	return units
}

// optInAllowed reports Regions that an account must enable first, unless the file says that all
// accounts have: a stack instance in a Region that is not enabled fails.
func optInAllowed(enabled yamldoc.Value, list regionList) {
	var found []string
	for _, region := range list.regions {
		if isOptIn(region) {
			found = append(found, region)
		}
	}
	if said := enabled.Bool(); said || len(found) == 0 || enabled.Invalid() {
		return
	}
	list.at.Problemf("found opt-in %s %s, in which a stack instance fails unless the account and the management account have enabled it, allowed: Regions that every account has, or these with stackSet.optInRegionsEnabled: true once all have enabled them",
		map[bool]string{true: "Region", false: "Regions"}[len(found) == 1], strings.Join(found, ", "))
}

func accountFilter(v yamldoc.Value, s *StackSet) AccountFilter {
	if v.Invalid() || !v.Present() {
		return AccountFilter{}
	}
	kind := ExceptAccounts
	switch only, except := v.Get("only").Present(), v.Get("except").Present(); {
	case only && except:
		v.Problemf("found only and except, allowed: one of them")
	case !only && !except:
		v.Problemf("found neither only nor except, allowed: one of them, or no stackSet.accounts for every account of the units")
		return AccountFilter{}
	case only:
		kind = OnlyAccounts
	}
	filter := AccountFilter{Kind: kind}
	for _, item := range v.Get(string(kind)).Items() {
		id := accountID(item)
		switch {
		case id == "":
			continue
		case kind == OnlyAccounts && id == s.management:
			item.Problemf("found the management account %s, in which a stack set never has instances, allowed: under accounts at the top, where it gets stacks of its own", id)
		}
		filter.Accounts = append(filter.Accounts, id)
	}
	// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-orgs-manage-auto-deployment.html
	if kind == OnlyAccounts && s.AutomaticDeployment {
		v.Get("only").Problemf("found only with automatic deployment, which asks for no filter and goes to every account that joins the units, allowed: with automaticDeployment: false")
	}
	return filter
}

func callAs(v yamldoc.Value, c *Config) CallAs {
	inManagement := c.Management != "" && c.Management == c.Central.Account
	if !v.Present() {
		if inManagement {
			return CallAsSelf
		}
		return CallAsDelegatedAdmin
	}
	as := CallAs(v.Text())
	if as == CallAsDelegatedAdmin && inManagement {
		v.Problemf("found callAs: delegatedAdmin, but the central account %s is the management account, allowed: self",
			c.Central.Account)
	}
	return as
}

// operationPreferences reads how an operation goes. By default it gets a change everywhere soon,
// and stops if more than every tenth account fails.
func operationPreferences(v yamldoc.Value) OperationPreferences {
	o := OperationPreferences{
		Regions:                    cmp.Or(RegionConcurrency(v.Get("regions").Text()), RegionsParallel),
		Concurrency:                cmp.Or(ConcurrencyMode(v.Get("concurrency").Text()), ConcurrencySoft),
		MaxConcurrentPercentage:    50,
		FailureTolerancePercentage: 10,
	}
	percentage(v.Get("maxConcurrentPercentage"), &o.MaxConcurrentPercentage)
	percentage(v.Get("failureTolerancePercentage"), &o.FailureTolerancePercentage)
	return o
}

// percentage reads a number into value, which keeps its default if there is none.
func percentage(v yamldoc.Value, value *int) {
	if n, err := strconv.Atoi(v.Text()); err == nil {
		*value = n
	}
}

// withManagement adds the management account, which a stack set never takes: changes of the
// organization are recorded only there. It does not if the file lists the account, excepts it from
// the stack set, or takes only some accounts.
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
