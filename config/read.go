package config

import (
	"errors"
	"io/fs"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/trailbus/trailbus/internal/yamldoc"
	"github.com/trailbus/trailbus/routes"
	"github.com/trailbus/trailbus/rules"
)

var (
	accountID      = regexp.MustCompile(`^\d{12}$`)
	organizationID = regexp.MustCompile(`^o-[a-z0-9]{10,32}$`)
	// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html
	secretName = regexp.MustCompile(`^[A-Za-z0-9/_+=.@-]{1,512}$`)
	// The notifier knows a secret by a partial ARN. Secrets Manager puts a hyphen and six characters behind each name itself, takes
	// a name that ends so for a complete ARN, and finds nothing. The same page says not to end a name so.
	likeARN     = regexp.MustCompile(`-.{6}$`)
	webhookName = regexp.MustCompile(`^[a-z0-9]+([_-][a-z0-9]+)*$`)
)

// reader reads one trailbus.yaml. Each part is read to its end whatever is wrong with it, so that all problems are found.
type reader struct {
	dir      string
	readFile func(string) ([]byte, error)
	problems yamldoc.Problems // of the rule files
}

func (r *reader) config(root yamldoc.Value) *Config {
	fields := root.Fields("central", "organization", "regions", "accounts", "rules", "slack")
	c := &Config{}
	c.Central = r.central(fields["central"])
	if organization := fields["organization"]; organization.Present() {
		if c.Organization = organization.Text(); !organizationID.MatchString(c.Organization) {
			organization.Problemf("found organization %q, allowed: an id such as o-a1b2c3d4e5", c.Organization)
		}
	}
	regions := r.regions(fields["regions"])
	c.Accounts = r.accounts(fields["accounts"], regions)
	if c.Central.Account != "" && len(c.Accounts) > 0 && !slices.ContainsFunc(c.Accounts, func(a Account) bool { return a.ID == c.Central.Account }) {
		fields["central"].Warningf("the central account %s is not in accounts, so nobody watches it", c.Central.Account)
	}
	r.onePartition(fields["central"], c)
	r.rules(fields["rules"], c)
	c.Slack = r.slack(fields["slack"], c)
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
	if text := v.Text(); accountID.MatchString(text) {
		return text
	} else {
		v.Problemf("found account id %q, allowed: 12 digits", text)
		return ""
	}
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
	regions []string
	wrong   bool // some were left out, and reported
}

// regions reads a list of Regions. Where the one Region is missing in which global services are recorded, it warns.
func (r *reader) regions(v yamldoc.Value) regionList {
	var regions []string
	items := v.Items()
	wrong := items == nil && v.Present() // no list
	for _, item := range items {
		region := r.region(item)
		if region == "" {
			wrong = true
			continue
		}
		if slices.Contains(regions, region) {
			item.Problemf("Region %s is given twice", region)
			continue
		}
		regions = append(regions, region)
	}
	if len(regions) > 0 && !wrong { // else it may be the one that is misspelt
		if global := partitionOf(regions[0]).global; !slices.Contains(regions, global) {
			v.Warningf("%s is not in the list: IAM, Organizations and other global services are recorded only there, and would not be seen", global)
		}
	}
	return regionList{regions, wrong}
}

func (r *reader) accounts(v yamldoc.Value, everywhere regionList) []Account {
	if !required(v, "accounts") {
		return nil
	}
	var accounts []Account
	ids, names := map[string]int{}, map[string]int{}
	for _, item := range v.Items() {
		fields := item.Fields("id", "name", "regions")
		line, _ := item.Position()
		account, regions := Account{}, everywhere
		if required(fields["id"], "id") {
			account.ID = r.accountID(fields["id"])
		}
		if first, ok := ids[account.ID]; ok && account.ID != "" {
			fields["id"].Problemf("account %s is given twice, first in line %d", account.ID, first)
			continue
		}
		ids[account.ID] = line
		if required(fields["name"], "name") {
			account.Name = strings.TrimSpace(fields["name"].Text())
			if account.Name == "" {
				fields["name"].Problemf("found an empty name, allowed: the name that people know the account by")
			}
		}
		if first, ok := names[strings.ToLower(account.Name)]; ok && account.Name != "" {
			fields["name"].Problemf("account name %q is given twice, first in line %d", account.Name, first)
		}
		names[strings.ToLower(account.Name)] = line
		if fields["regions"].Present() {
			regions = r.regions(fields["regions"])
		}
		account.Regions = regions.regions
		if len(account.Regions) == 0 && !regions.wrong {
			item.Problemf("%s has no Regions, allowed: regions of its own or regions for all at the top of the file",
				strings.TrimSpace("account "+account.ID))
		}
		accounts = append(accounts, account)
	}
	if len(accounts) == 0 {
		v.Problemf("no account is given, allowed: at least one")
	}
	return accounts
}

// onePartition refuses Regions that EventBridge cannot connect.
func (r *reader) onePartition(v yamldoc.Value, c *Config) {
	central := partitionOf(c.Central.Region)
	if central == nil {
		return
	}
	for _, account := range c.Accounts {
		for _, region := range account.Regions {
			if p := partitionOf(region); p != central {
				v.Problemf("the central Region %s is in the partition %s and Region %s of account %s in %s, allowed: one partition",
					c.Central.Region, central.name, region, account.ID, p.name)
				return
			}
		}
	}
}

func (r *reader) rules(v yamldoc.Value, c *Config) {
	if !required(v, "rules") {
		return
	}
	fields := v.Fields("packs", "files", "mutes")
	var all []*rules.Rule
	incomplete := false // some rules could not be read, and that was reported
	origin := map[string]string{}
	add := func(at yamldoc.Value, where string, pack *rules.Pack) {
		for _, rule := range pack.Rules {
			if slices.Contains(all, rule) {
				continue // two packs of the catalogue may have the same rule
			}
			if first, ok := origin[rule.ID]; ok {
				at.Problemf("rule %q is in %s and in %s, allowed: one of them", rule.ID, first, where)
				continue
			}
			origin[rule.ID] = where
			all = append(all, rule)
		}
	}
	var packs []string
	for _, item := range fields["packs"].Items() {
		name := item.Text()
		index := slices.IndexFunc(rules.Catalog(), func(p *rules.Pack) bool { return p.Name == name })
		switch {
		case slices.Contains(packs, name):
			item.Problemf("pack %q is given twice", name)
		case index < 0:
			incomplete = true
			item.Problemf("found unknown pack %q%s, allowed: %s", name, yamldoc.DidYouMean(name, rules.PackNames()), strings.Join(rules.PackNames(), ", "))
		default:
			add(item, "pack "+name, rules.Catalog()[index])
		}
		packs = append(packs, name)
	}
	for _, item := range fields["files"].Items() {
		path := item.Text()
		if !filepath.IsAbs(path) {
			path = filepath.Join(r.dir, path)
		}
		data, err := r.readFile(path)
		if err != nil {
			incomplete = true
			item.Problemf("rule file %q cannot be read: %v", item.Text(), unwrapPath(err))
			continue
		}
		pack, err := rules.Load(path, data)
		if problems := (yamldoc.Problems)(nil); errors.As(err, &problems) {
			incomplete = true
			r.problems = append(r.problems, problems...)
			continue
		}
		c.Warnings = append(c.Warnings, pack.Warnings...)
		add(item, path, pack)
	}
	if len(all) == 0 && !incomplete {
		v.Problemf("no rule is switched on, allowed: packs (%s), files of your own, or both", strings.Join(rules.PackNames(), ", "))
	}
	var err error
	if c.Rules, err = rules.NewSet(all...); err != nil {
		v.Problemf("%v", err)
	}
	if incomplete {
		origin = nil // a rule that is not known may stand where nothing could be read
	}
	for _, item := range fields["mutes"].Items() {
		c.Mutes = append(c.Mutes, r.mute(item, origin))
	}
}

// mute reads one mute. known has the ids of all rules; nil where they are not known.
func (r *reader) mute(item yamldoc.Value, known map[string]string) rules.Mute {
	fields := item.Fields("rule", "pattern", "reason", "owner", "until")
	mute := rules.Mute{Rule: fields["rule"].Text(), Pattern: fields["pattern"].JSON()}
	if fields["rule"].Present() && known != nil && known[mute.Rule] == "" {
		fields["rule"].Problemf("found unknown rule %q%s, allowed: the id of a rule that is switched on", mute.Rule,
			yamldoc.DidYouMean(mute.Rule, slices.Sorted(maps.Keys(known))))
	}
	if required(fields["reason"], "reason") {
		mute.Reason = fields["reason"].Text()
	}
	if required(fields["owner"], "owner") {
		mute.Owner = fields["owner"].Text()
	}
	if required(fields["until"], "until") {
		var err error
		if mute.Until, err = time.Parse(time.DateOnly, fields["until"].Text()); err != nil {
			fields["until"].Problemf("found date %q, allowed: a day such as 2027-01-31", fields["until"].Text())
		}
	}
	if !fields["rule"].Present() && !fields["pattern"].Present() {
		item.Problemf("neither rule nor pattern is given, so it would mute everything, allowed: one or both")
	} else if _, err := rules.NewMutes(mute); err != nil {
		item.Problemf("%v", strings.TrimPrefix(err.Error(), "mute 1: "))
	}
	return mute
}

func (r *reader) slack(v yamldoc.Value, c *Config) Slack {
	if !required(v, "slack") {
		return Slack{}
	}
	fields := v.Fields("secret", "routes")
	slack := Slack{}
	if required(fields["secret"], "slack.secret") {
		secret := fields["secret"].Text()
		switch {
		case webhookURL.MatchString(secret):
			fields["secret"].Problemf("found a webhook URL, allowed: the name of the Secrets Manager secret that holds it; take the URL out of this file and its history")
		case !secretName.MatchString(secret):
			fields["secret"].Problemf("found secret %q, allowed: the name of a Secrets Manager secret such as trailbus/slack", secret)
		case likeARN.MatchString(secret):
			fields["secret"].Problemf("found secret %q, which ends in a hyphen and six characters: Secrets Manager takes those for the end of an ARN, allowed: another name such as trailbus/slack", secret)
		}
		slack.Secret = secret
	}
	for _, item := range fields["routes"].Items() {
		slack.Routes = append(slack.Routes, r.route(item, c))
	}
	for i, route := range slack.Routes {
		if i < len(slack.Routes)-1 && len(route.Severities) == 0 && len(route.Accounts) == 0 {
			fields["routes"].Items()[i].Problemf("this route takes everything, so the routes behind it get nothing, allowed: as the last one")
		}
	}
	return slack
}

func (r *reader) route(item yamldoc.Value, c *Config) routes.Route {
	fields := item.Fields("severities", "accounts", "webhook")
	route := routes.Route{}
	for _, severity := range fields["severities"].Items() {
		parsed, err := rules.ParseSeverity(severity.Text())
		if err != nil {
			severity.Problemf("%v", err)
			continue
		}
		route.Severities = append(route.Severities, parsed)
	}
	for _, account := range fields["accounts"].Items() {
		id := r.accountID(account)
		listed := slices.ContainsFunc(c.Accounts, func(a Account) bool { return a.ID == id })
		if id != "" && !listed && c.Organization == "" {
			account.Problemf("account %s is not in accounts, and without an organization no other account can send", id)
		}
		route.Accounts = append(route.Accounts, id)
	}
	if required(fields["webhook"], "webhook") {
		route.Webhook = fields["webhook"].Text()
		if webhookURL.MatchString(route.Webhook) {
			fields["webhook"].Problemf("found a webhook URL, allowed: the name that the URL has in the secret; take the URL out of this file and its history")
		} else if !webhookName.MatchString(route.Webhook) {
			fields["webhook"].Problemf("found webhook %q, allowed: the name that its URL has in the secret, such as security-urgent", route.Webhook)
		}
	}
	return route
}

// unwrapPath leaves the path out of an error, where the message names it already.
func unwrapPath(err error) error {
	if pathError := (*fs.PathError)(nil); errors.As(err, &pathError) {
		return pathError.Err
	}
	return err
}
