package config

import (
	"slices"
	"strings"

	"github.com/trailbus/trailbus/internal/yamldoc"
	"github.com/trailbus/trailbus/routes"
	"github.com/trailbus/trailbus/rules"
)

// route reads a route. It replaces what an alert does not have: packs by their rules, tags and
// organizational units by their accounts.
func (r *reader) route(item yamldoc.Value, c *Config) routes.Route {
	route := routes.Route{
		Severities: routeSeverities(item.Get("severities")),
		Rules:      r.routeRules(item.Get("rules"), item.Get("packs")),
		Accounts:   r.routeAccounts(item.Get("accounts"), c),
	}
	r.narrowAccounts(&route, item.Get("ous"), item.Get("tags"), c)
	first := readPlace(item)
	route.Webhook, route.Channel, route.Mention = first.Webhook, first.Channel, first.Mention
	for _, more := range item.Get("also").Items() {
		place := readPlace(more)
		if slices.ContainsFunc(route.Places(), func(p routes.Place) bool { return p.Name() == place.Name() }) &&
			place.Name() != (routes.Place{}).Name() {
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

// routeRules reads rules and packs.
func (r *reader) routeRules(ids, packs yamldoc.Value) []string {
	var all []string
	for _, item := range ids.Items() {
		id := item.Text()
		if r.known != nil {
			r.known.find(item, id, "this route gets nothing of it", "the id of a rule that is switched on")
		}
		all = append(all, id)
	}
	for _, item := range packs.Items() {
		for _, id := range r.rulesOfPack(item, item.Text()) {
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

// rulesOfPack returns the rules of a pack, of the catalogue or of a file, that are on.
func (r *reader) rulesOfPack(item yamldoc.Value, name string) []string {
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
	case r.known.incomplete: // what could not be read may have the pack, or its rules
	case !known:
		item.Problemf("found unknown pack %q%s, allowed: %s", name, yamldoc.DidYouMean(name, names),
			strings.Join(names, ", "))
	case len(ids) == 0:
		item.Warningf("no rule of pack %q is switched on, so this route gets nothing of it", name)
		ids = off // an empty list would mean every rule
	}
	return ids
}

func (r *reader) routeAccounts(v yamldoc.Value, c *Config) []string {
	var accounts []string
	for _, account := range v.Items() {
		id := accountID(account)
		// "": not valid, and may be this one
		listed := slices.ContainsFunc(c.Accounts, func(a Account) bool { return a.ID == id || a.ID == "" })
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
