package config

import (
	"errors"
	"io/fs"
	"slices"
	"strings"

	"github.com/trailbus/trailbus/internal/yamldoc"
)

// reader reads one trailbus.yaml, of which the schema has said already what is wrong with each part alone. Each part is read to its end
// whatever is wrong with it, so that all problems are found.
type reader struct {
	dir      string
	readFile func(string) ([]byte, error)
	problems yamldoc.Problems // of the rule files
	// partition is that of the central Region, nil where it is not known.
	partition     *partition
	mixedReported bool // a second partition was reported
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
	central := root.Get("central")
	c := &Config{
		Central: Central{Account: accountID(central.Get("account")), Region: region(central.Get("region"))}, Organization: root.Get("organization").Text(),
		Dashboard: root.Get("dashboard").Bool(), InspectionRole: root.Get("inspectionRole").Bool(), Heartbeat: heartbeat(root.Get("heartbeat")),
	}
	r.partition = partitionOf(c.Central.Region)
	road, byStackSet := r.deployMode(root)
	c.Deploy = road
	c.Management = accountID(root.Get("management"))
	everywhere := regions(root.Get("regions"))
	ofStackSet := regionList{}
	if byStackSet {
		c.StackSet, ofStackSet = r.stackSet(root.Get("stackSet"), c, everywhere)
	}
	c.Accounts = r.accounts(root.Get("accounts"), c, everywhere, ofStackSet)
	c.Names = nameSource(root, c)
	r.organization = root.Get("organization").Present()
	if len(c.Accounts) > maxAccounts && !r.organization {
		root.Get("accounts").Problemf("found %d accounts and no organization, allowed: %d, because the policy of the central bus names each; with organization, any number",
			len(c.Accounts), maxAccounts)
	}
	isCentral := func(a Account) bool { return a.ID == c.Central.Account || a.ID == "" } // one that could not be read may be it
	if c.Central.Account != "" && len(c.Accounts) > 0 && !slices.ContainsFunc(c.Accounts, isCentral) && !c.StackSet.Takes(c.Central.Account) {
		central.Warningf("the central account %s is not in accounts, so nobody watches it", c.Central.Account)
	}
	if root.Get("rules").Present() {
		r.rules(root.Get("rules"), c)
	}
	c.Slack = r.slack(root.Get("slack"), c)
	if secret := root.Get("slack").Get("secret"); secret.Present() && !secret.Invalid() {
		r.nameSecret(root.Get("rules"), c)
	}
	portal := root.Get("accessPortal")
	c.AccessPortal = AccessPortal{URL: portal.Get("url").Text(), Role: portal.Get("role").Text()}
	c.Trail = trail(root, c)
	c.Alarms = Alarms{Emails: root.Get("alarms").Get("emails").Texts()}
	if road == DeployPipeline {
		c.Pipeline = r.pipeline(root.Get("pipeline"), c)
		c.checkPipelineSize(root.Get("pipeline"))
	}
	warnOfManyStacks(root.Get("accounts"), c)
	return c
}

// accountID reads the id of an account, and gives "" for what is none.
func accountID(v yamldoc.Value) string {
	if v.Invalid() {
		return ""
	}
	return v.Text()
}

// region reads a Region, and gives "" for what is none.
func region(v yamldoc.Value) string {
	if text := v.Text(); partitionOf(text) != nil {
		return text
	}
	return ""
}

// regionList is a list of Regions as it was read.
type regionList struct {
	at      yamldoc.Value
	regions []string
	places  []yamldoc.Value // of the Regions, one each
	wrong   bool            // some were left out, and reported
}

func regions(v yamldoc.Value) regionList {
	list := regionList{at: v, wrong: v.Invalid()}
	for _, item := range v.Items() {
		if region := region(item); region == "" {
			list.wrong = true
		} else {
			list.regions, list.places = append(list.regions, region), append(list.places, item)
		}
	}
	return list
}

// checkRegions looks at a list of Regions that some account has. It refuses Regions that EventBridge cannot connect, and warns where the
// one Region is missing in which global services are recorded.
func (r *reader) checkRegions(list regionList) {
	for i, region := range list.regions {
		if p := partitionOf(region); r.partition != nil && p != r.partition && !r.mixedReported {
			r.mixedReported = true // once: it may be the central Region that is the wrong one
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
	var accounts []Account
	ids, names := map[string]int{}, map[string]int{} // the lines where they stand
	usesEverywhere := false
	if c.StackSet != nil {
		r.checkRegions(ofStackSet)
		usesEverywhere = ofStackSet.at == everywhere.at
	}
	for _, item := range v.Items() {
		id, name, own := item.Get("id"), item.Get("name"), item.Get("regions")
		account := Account{ID: accountID(id), Name: name.Line("name", maxName), OU: readOU(item.Get("ou")), Tags: readTags(item.Get("tags"))}
		if first, ok := ids[account.ID]; ok && account.ID != "" {
			id.Problemf("account %s is given twice, first in line %d", account.ID, first)
			continue
		}
		ids[account.ID], _ = id.Position()
		if first, ok := names[strings.ToLower(account.Name)]; ok && account.Name != "" {
			name.Problemf("account name %q is given twice, first in line %d", account.Name, first)
		} else {
			names[strings.ToLower(account.Name)], _ = name.Position()
		}
		list := everywhere
		if byStackSet := account.ID != "" && c.StackSet.Takes(account.ID); byStackSet {
			list = ofStackSet
			if own.Present() {
				own.Problemf("%s has Regions of its own, but the stack set takes it to those of all, allowed: no regions here, or the account in stackSet.accounts.except, which gives it stacks of its own",
					strings.TrimSpace("account "+account.ID))
			}
		} else if own.Present() {
			list = regions(own)
			r.checkRegions(list)
		} else if !usesEverywhere {
			usesEverywhere = true
			r.checkRegions(everywhere)
		}
		account.Regions = list.regions
		if len(account.Regions) == 0 && !list.wrong && !c.StackSet.Takes(account.ID) {
			item.Problemf("%s has no Regions, allowed: regions of its own or regions for all at the top of the file",
				strings.TrimSpace("account "+account.ID))
		}
		accounts = append(accounts, account)
	}
	if c.StackSet != nil {
		return withManagement(accounts, c)
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
