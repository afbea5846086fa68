package config

import (
	"errors"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/trailbus/trailbus/internal/contract"
	"github.com/trailbus/trailbus/internal/yamldoc"
)

// reader reads one trailbus.yaml. The schema has reported already what is wrong with each part by
// itself. The reader goes on after a problem, so that it finds them all.
type reader struct {
	dir      string
	readFile func(string) ([]byte, error)
	problems yamldoc.Problems // of the rule files
	// partition is that of the central Region, nil if the Region is unknown.
	partition     *partition
	mixedReported bool // a second partition was reported
	// organization says that the file has the key, even if the id is not valid.
	organization bool
	// known are the rules that routes may name, nil without the key rules.
	known *ruleReader
}

// maxAccounts is the number of accounts that the policy of a bus can name in its 10,240 characters
// (quota L-FC354966 of https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html).
const maxAccounts = 250

// maxName is the greatest length of an account's name in characters: every message has it.
const maxName = 100

func (r *reader) config(root yamldoc.Value) *Config {
	central := root.Get("central")
	c := &Config{
		Central:      Central{Account: accountID(central.Get("account")), Region: region(central.Get("region"))},
		Organization: root.Get("organization").Text(),
		Dashboard:    root.Get("dashboard").Bool(), InspectionRole: root.Get("inspectionRole").Bool(),
		Heartbeat: heartbeat(root.Get("heartbeat")),
	}
	r.partition = partitionOf(c.Central.Region)
	var byStackSet bool
	c.Deploy, byStackSet = r.deployMode(root)
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
	isCentral := func(a Account) bool { return a.ID == c.Central.Account || a.ID == "" } // "": not valid, and may be it
	if c.Central.Account != "" && len(c.Accounts) > 0 && !slices.ContainsFunc(c.Accounts, isCentral) &&
		!c.StackSet.Takes(c.Central.Account) {
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
	if c.Deploy == DeployPipeline {
		c.Pipeline = r.pipeline(root.Get("pipeline"), c)
		c.checkPipelineSize(root.Get("pipeline"))
	}
	warnOfManyStacks(root.Get("accounts"), c)
	return c
}

// accountID reads the id of an account, "" if it is not valid.
func accountID(v yamldoc.Value) string {
	if v.Invalid() {
		return ""
	}
	return v.Text()
}

// region reads a Region, "" if there is no such Region.
func region(v yamldoc.Value) string {
	if text := v.Text(); partitionOf(text) != nil {
		return text
	}
	return ""
}

// regionList is a list of Regions with its places in the file.
type regionList struct {
	at      yamldoc.Value
	regions []string
	places  []yamldoc.Value // of the Regions, one each
	wrong   bool            // some were not valid, and reported
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

// checkRegions checks a list of Regions that an account uses. It reports a Region that EventBridge
// cannot connect with the central one, and warns if the Region is missing in which CloudTrail
// records global services.
func (r *reader) checkRegions(list regionList) {
	for i, region := range list.regions {
		if p := partitionOf(region); r.partition != nil && p != r.partition && !r.mixedReported {
			r.mixedReported = true // once: the central Region may be the wrong one
			list.places[i].Problemf("found Region %s, which is in the partition %s, allowed: a Region of the partition of central.region, %s",
				region, p.name, r.partition.name)
		}
	}
	if len(list.regions) == 0 || list.wrong { // the Region may be misspelt
		return
	}
	if global := partitionOf(list.regions[0]).global; !slices.Contains(list.regions, global) {
		list.at.Warningf("%s is not in the list: IAM, Organizations and other global services are recorded only there, and would not be seen", global)
	}
}

// accounts reads the accounts. Those that a stack set takes have its Regions.
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
		account := Account{ID: accountID(id), Name: name.Line("name", maxName), OU: readOU(item.Get("ou")),
			Tags: readTags(item.Get("tags"))}
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

// unwrapPath removes the path from an error, for a message that names it already.
func unwrapPath(err error) error {
	if pathError, ok := errors.AsType[*fs.PathError](err); ok {
		return pathError.Err
	}
	return err
}

// heartbeat reads the period of heartbeats.
func heartbeat(v yamldoc.Value) time.Duration {
	if !v.Present() {
		return contract.HeartbeatPeriod
	}
	period, err := time.ParseDuration(v.Text())
	if err != nil || !contract.IsHeartbeatPeriod(period) {
		v.Problemf("found heartbeat %q, allowed: whole minutes from 1m to 24h, such as 1h", v.Text())
		return contract.HeartbeatPeriod
	}
	return period
}
