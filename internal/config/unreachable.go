package config

import (
	"slices"

	"github.com/trailbus/trailbus/internal/yamldoc"
	"github.com/trailbus/trailbus/routes"
	"github.com/trailbus/trailbus/rules"
)

// invalid stands in a route for what could not be read: it is none, and it is not "every".
const (
	invalidSeverity rules.Severity = -1
	invalid                        = "unread"
)

// reportUnreachable reports the routes that get nothing because of those before them, each such mistake once. It warns of what no route takes,
// where that needs a webhook and all that the routes have is channels.
func reportUnreachable(items []yamldoc.Value, table routes.Table) {
	webhooks := 0
	for i, route := range table {
		if route.TakesEverything() && i < len(table)-1 {
			items[i].Problemf("this route takes everything, so the routes behind it get nothing, allowed: as the last one")
			return
		}
		if i > 0 && shadowed(route, table[:i]) {
			items[i].Problemf("the routes before this one take all that it would, so it gets nothing, allowed: before them, or not at all")
		}
		for _, place := range route.Places() {
			if place.Channel == "" {
				webhooks++
			}
		}
	}
	if last := len(table) - 1; last >= 0 && webhooks == 0 && !table[last].TakesEverything() {
		items[last].Warningf("no route takes everything, so the rest goes to the webhook %q, and no route uses a webhook, allowed: a last route with a channel alone", routes.Default)
	}
}

// maxTries is how many kinds of alerts are tried against the routes before one. Above that, nobody is told that it gets nothing.
const maxTries = 100_000

// shadowed says whether some of the earlier routes takes whatever a route would. An alert of one rule stands for all: what has more
// rules is taken by whatever takes one of them.
func shadowed(route routes.Route, earlier routes.Table) bool {
	severities, accounts, ids := route.Severities, route.Accounts, route.Rules
	if len(severities) == 0 {
		severities = rules.Severities()
	}
	if len(accounts) == 0 {
		accounts = []string{"an account that no route names"} // what takes this one takes every account
	}
	if len(ids) == 0 {
		ids = []string{"a rule that no route names"}
	}
	if len(severities)*len(accounts)*len(ids) > maxTries || slices.Contains(severities, invalidSeverity) || slices.Contains(accounts, invalid) || slices.Contains(ids, invalid) {
		return false
	}
	for _, severity := range severities {
		for _, account := range accounts {
			for _, id := range ids {
				told := []*rules.Rule{{ID: id, Severity: severity}}
				if !slices.ContainsFunc(earlier, func(e routes.Route) bool { return e.Takes(told, account) }) {
					return false
				}
			}
		}
	}
	return true
}
