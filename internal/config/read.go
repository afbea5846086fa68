package config

import (
	"errors"
	"io/fs"
	"regexp"
	"slices"
	"strings"

	"github.com/trailbus/trailbus/internal/yamldoc"
)

var (
	accountID      = regexp.MustCompile(`^\d{12}$`)
	organizationID = regexp.MustCompile(`^o-[a-z0-9]{10,32}$`)
)

// reader reads one trailbus.yaml. Each part is read to its end whatever is wrong with it, so that all problems are found.
type reader struct {
	dir      string
	readFile func(string) ([]byte, error)
	problems yamldoc.Problems // of the rule files
	// partition is that of the central Region, nil where it is not known.
	partition *partition
	mixed     bool // a second partition was reported
	// organization says that there is one, even where its id is wrong.
	organization bool
	// known are the rules that are on, for routes to name. Nil where the file says nothing of rules.
	known *ruleReader
}

// maxAccounts is how many accounts fit the 10,240 characters that the policy of a bus may have (quota L-FC354966 of
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html) when it names each of them.
const maxAccounts = 250

// maxName is how long an account's name may be: it stands in every message.
const maxName = 100

func (r *reader) config(root yamldoc.Value) *Config {
	fields := root.Fields("central", "organization", "regions", "accounts", "accountNames", "rules", "slack", "accessPortal", "alarms", "dashboard",
		"deploy", "forwarders", "management", "stackSet", "pipeline", "trail", "inspectionRole", "heartbeat")
	c := &Config{}
	c.Central = r.central(fields["central"])
	if organization := fields["organization"]; organization.Present() {
		if c.Organization = organization.Text(); !organizationID.MatchString(c.Organization) {
			organization.Problemf("found organization %q, allowed: an id such as o-a1b2c3d4e5", c.Organization)
		}
	}
	r.partition = partitionOf(c.Central.Region)
	road, byStackSet := r.road(fields)
	c.Deploy = road
	c.Management = r.managementAccount(fields, byStackSet)
	everywhere := r.regions(fields["regions"])
	ofStackSet := regionList{}
	if byStackSet {
		c.StackSet, ofStackSet = r.stackSet(fields["stackSet"], c, everywhere)
	}
	c.Accounts = r.accounts(fields["accounts"], c, everywhere, ofStackSet)
	c.Names = r.names(fields["accountNames"], fields, c)
	r.organization = fields["organization"].Present()
	if len(c.Accounts) > maxAccounts && !r.organization {
		fields["accounts"].Problemf("found %d accounts and no organization, allowed: %d, because the policy of the central bus names each; with organization, any number",
			len(c.Accounts), maxAccounts)
	}
	central := func(a Account) bool { return a.ID == c.Central.Account || a.ID == "" } // one that could not be read may be it
	if c.Central.Account != "" && len(c.Accounts) > 0 && !slices.ContainsFunc(c.Accounts, central) && !c.StackSet.Takes(c.Central.Account) {
		fields["central"].Warningf("the central account %s is not in accounts, so nobody watches it", c.Central.Account)
	}
	if required(fields["rules"], "rules") {
		r.rules(fields["rules"], c)
	}
	c.Slack = r.slack(fields["slack"], c)
	r.watchSecret(fields["rules"], c)
	c.AccessPortal = r.accessPortal(fields["accessPortal"])
	c.Trail = r.trail(fields, c)
	c.Alarms = r.alarms(fields["alarms"])
	c.Dashboard = fields["dashboard"].Bool()
	c.InspectionRole = fields["inspectionRole"].Bool()
	c.Heartbeat = r.heartbeat(fields["heartbeat"])
	if road == RoadPipeline {
		c.Pipeline = r.pipeline(fields["pipeline"], c)
		c.fits(fields["pipeline"])
	}
	r.tooMany(fields["accounts"], c)
	return c
}

func required(v yamldoc.Value, name string) bool {
	if !v.Present() {
		v.Problemf("%s is missing", name)
	}
	return v.Present()
}

func (r *reader) central(v yamldoc.Value) Central {
	if !required(v, "central") {
		return Central{}
	}
	fields := v.Fields("account", "region")
	central := Central{}
	if required(fields["account"], "central.account") {
		central.Account = r.accountID(fields["account"])
	}
	if required(fields["region"], "central.region") {
		central.Region = r.region(fields["region"])
	}
	return central
}

// accountID reads 12 digits, and gives "" where it found something else.
func (r *reader) accountID(v yamldoc.Value) string {
	text := v.Text()
	switch {
	case !accountID.MatchString(text):
		v.Problemf("found account id %q, allowed: 12 digits", text)
	case strings.Trim(text, "0") == "":
		v.Problemf("found account id %q, allowed: the id of an account, which this is not", text)
	default:
		return text
	}
	return ""
}

func (r *reader) region(v yamldoc.Value) string {
	text := v.Text()
	if partitionOf(text) == nil {
		v.Problemf("found unknown Region %q%s, allowed: a Region of AWS such as eu-central-1", text, yamldoc.DidYouMean(text, Regions()))
		return ""
	}
	return text
}

// regionList is a list of Regions as it was read.
type regionList struct {
	at      yamldoc.Value
	regions []string
	places  []yamldoc.Value // of the Regions, one each
	wrong   bool            // some were left out, and reported
}

func (r *reader) regions(v yamldoc.Value) regionList {
	list := regionList{at: v}
	for _, item := range v.Items() {
		region := r.region(item)
		if region == "" {
			list.wrong = true
			continue
		}
		if slices.Contains(list.regions, region) {
			item.Problemf("Region %s is given twice", region)
			continue
		}
		list.regions, list.places = append(list.regions, region), append(list.places, item)
	}
	list.wrong = list.wrong || v.Wrong()
	return list
}

// deploy looks at a list of Regions that some account has. It refuses Regions that EventBridge cannot connect, and warns where the
// one Region is missing in which global services are recorded.
func (r *reader) deploy(list regionList) {
	for i, region := range list.regions {
		if p := partitionOf(region); r.partition != nil && p != r.partition && !r.mixed {
			r.mixed = true // once: it may be the central Region that is the wrong one
			list.places[i].Problemf("found Region %s, which is in the partition %s, allowed: a Region of the partition of central.region, %s",
				region, p.name, r.partition.name)
		}
	}
	if len(list.regions) == 0 || list.wrong { // the missing one may be misspelt
		return
	}
	if global := partitionOf(list.regions[0]).global; !slices.Contains(list.regions, global) {
		list.at.Warningf("%s is not in the list: IAM, Organizations and other global services are recorded only there, and would not be seen", global)
	}
}

// accounts reads the accounts. With a stack set they need not be listed; those that it takes have its Regions.
func (r *reader) accounts(v yamldoc.Value, c *Config, everywhere, ofStackSet regionList) []Account {
	if c.StackSet == nil && !required(v, "accounts") {
		return nil
	}
	var accounts []Account
	ids, names := map[string]int{}, map[string]int{} // the lines where they stand
	usesEverywhere := false
	if c.StackSet != nil {
		r.deploy(ofStackSet)
		usesEverywhere = ofStackSet.at == everywhere.at
	}
	for _, item := range v.Items() {
		fields := item.Fields("id", "name", "regions", "ou", "tags")
		account, regions := Account{}, everywhere
		if required(fields["id"], "id") {
			account.ID = r.accountID(fields["id"])
		}
		if first, ok := ids[account.ID]; ok && account.ID != "" {
			fields["id"].Problemf("account %s is given twice, first in line %d", account.ID, first)
			continue
		}
		ids[account.ID], _ = fields["id"].Position()
		if required(fields["name"], "name") {
			account.Name = fields["name"].Line("name", maxName)
		}
		if first, ok := names[strings.ToLower(account.Name)]; ok && account.Name != "" {
			fields["name"].Problemf("account name %q is given twice, first in line %d", account.Name, first)
		} else {
			names[strings.ToLower(account.Name)], _ = fields["name"].Position()
		}
		if byStackSet := account.ID != "" && c.StackSet.Takes(account.ID); byStackSet {
			regions = ofStackSet
			if fields["regions"].Present() {
				fields["regions"].Problemf("%s has Regions of its own, but the stack set takes it to those of all, allowed: no regions here, or the account in stackSet.accounts.except, which gives it stacks of its own",
					strings.TrimSpace("account "+account.ID))
			}
		} else if fields["regions"].Present() {
			regions = r.regions(fields["regions"])
			r.deploy(regions)
		} else if !usesEverywhere {
			usesEverywhere = true
			r.deploy(everywhere)
		}
		account.OU = readOU(fields["ou"])
		account.Tags = tags(fields["tags"])
		account.Regions = regions.regions
		if len(account.Regions) == 0 && !regions.wrong && !c.StackSet.Takes(account.ID) {
			item.Problemf("%s has no Regions, allowed: regions of its own or regions for all at the top of the file",
				strings.TrimSpace("account "+account.ID))
		}
		accounts = append(accounts, account)
	}
	if c.StackSet != nil {
		return withManagement(accounts, c)
	}
	if len(accounts) == 0 {
		v.Problemf("no account is given, allowed: at least one")
	}
	return accounts
}

// unwrapPath leaves the path out of an error, where the message names it already.
func unwrapPath(err error) error {
	if pathError := (*fs.PathError)(nil); errors.As(err, &pathError) {
		return pathError.Err
	}
	return err
}
