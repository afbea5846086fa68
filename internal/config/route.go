package config

import (
	"slices"
	"strings"

	"github.com/trailbus/trailbus/internal/yamldoc"
	"github.com/trailbus/trailbus/routes"
	"github.com/trailbus/trailbus/rules"
)

// route reads a route. What the file knows and an alert does not, becomes what an alert has: packs become rules, tags and
// organizational units become accounts.
func (r *reader) route(item yamldoc.Value, c *Config) routes.Route {
	route := routes.Route{
		Severities: routeSeverities(item.Get("severities")),
		Rules:      r.routeRules(item.Get("rules"), item.Get("packs"), c),
		Accounts:   r.routeAccounts(item.Get("accounts"), c),
	}
	r.narrowAccounts(&route, item.Get("ous"), item.Get("tags"), c)
	first := readPlace(item)
	route.Webhook, route.Channel, route.Mention = first.Webhook, first.Channel, first.Mention
	for _, more := range item.Get("also").Items() {
		place := readPlace(more)
		if slices.ContainsFunc(route.Places(), func(p routes.Place) bool { return p.Name() == place.Name() }) && place.Name() != (routes.Place{}).Name() {
			more.Problemf("%s is given twice in this route", place.Name())
		}
		route.Also = append(route.Also, place)
	}
	return route
}

func routeSeverities(v yamldoc.Value) []rules.Severity {
	var severities []rules.Severity
	for _, severity := range v.Items() {
		parsed, err := rules.ParseSeverity(severity.Text())
		if err != nil {
			parsed = invalidSeverity
		}
		severities = append(severities, parsed)
	}
	if v.Present() && len(severities) == 0 {
		severities = append(severities, invalidSeverity)
	}
	return severities
}

// routeRules reads rules and packs: an alert of one of either is taken.
func (r *reader) routeRules(ids, packs yamldoc.Value, c *Config) []string {
	var all []string
	for _, item := range ids.Items() {
		id := item.Text()
		if r.known != nil {
			r.known.find(item, id, "this route gets nothing of it", "the id of a rule that is switched on")
		}
		all = append(all, id)
	}
	for _, item := range packs.Items() {
		for _, id := range r.rulesOfPack(item, item.Text(), c) {
			if !slices.Contains(all, id) {
				all = append(all, id)
			}
		}
	}
	if (ids.Present() || packs.Present()) && len(all) == 0 {
		all = append(all, invalid)
	}
	return all
}

// rulesOfPack are the rules that are on of a pack, one of the catalogue or that of a file.
func (r *reader) rulesOfPack(item yamldoc.Value, name string, c *Config) []string {
	if r.known == nil {
		return nil
	}
	names := rules.PackNames()
	ids := slices.Clone(r.known.ownByPack[name])
	var off []string
	for other := range r.known.ownByPack {
		names = append(names, other)
	}
	known := len(ids) > 0
	for _, pack := range rules.Catalog() {
		if pack.Name != name {
			continue
		}
		known = true
		for _, rule := range pack.Rules {
			if r.known.index(rule.ID) >= 0 {
				ids = append(ids, rule.ID)
			} else {
				off = append(off, rule.ID)
			}
		}
	}
	switch {
	case r.known.incomplete: // the pack, or its rules, may be among what could not be read
	case !known:
		item.Problemf("found unknown pack %q%s, allowed: %s", name, yamldoc.DidYouMean(name, names), strings.Join(names, ", "))
	case len(ids) == 0:
		item.Warningf("no rule of pack %q is switched on, so this route gets nothing of it", name)
		ids = off // and not none, which would be every rule
	}
	return ids
}

func (r *reader) routeAccounts(v yamldoc.Value, c *Config) []string {
	var accounts []string
	for _, account := range v.Items() {
		id := accountID(account)
		listed := slices.ContainsFunc(c.Accounts, func(a Account) bool { return a.ID == id || a.ID == "" }) // or may be the one that could not be read
		switch {
		case id == "":
			id = invalid
		case !listed && !r.organization:
			account.Problemf("account %s is not in accounts, and without an organization no other account can send", id)
		}
		accounts = append(accounts, id)
	}
	if v.Present() && len(accounts) == 0 {
		accounts = append(accounts, invalid)
	}
	return accounts
}
