package config

import (
	"slices"

	"github.com/trailbus/trailbus/internal/yamldoc"
	"github.com/trailbus/trailbus/routes"
	"github.com/trailbus/trailbus/rules"
)

// What is not valid in a route becomes one of these values. Without it a list could be empty, which
// means "every".
const (
	invalidSeverity rules.Severity = -1
	invalid                        = "unread"
)

// reportUnreachable reports routes that get nothing because of those before them. It warns if the
// fallback would be a webhook although all routes have channels.
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

// maxTries is the number of kinds of alerts that are tried against the routes before one. With
// more, the route is not reported.
const maxTries = 100_000

// shadowed reports whether earlier routes take all alerts that a route would take. It tries alerts
// of one rule: a route that takes one of the rules of an alert takes the alert.
func shadowed(route routes.Route, earlier routes.Table) bool {
	severities, accounts, ids := route.Severities, route.Accounts, route.Rules
	if len(severities) == 0 {
		severities = rules.Severities()
	}
	if len(accounts) == 0 {
		accounts = []string{"an account that no route names"} // only a route for every account takes it
	}
	if len(ids) == 0 {
		ids = []string{"a rule that no route names"}
	}
	if len(severities)*len(accounts)*len(ids) > maxTries || slices.Contains(severities, invalidSeverity) ||
		slices.Contains(accounts, invalid) || slices.Contains(ids, invalid) {
		return false
	}
	for _, severity := range severities {
		for _, account := range accounts {
			for _, id := range ids {
				matched := []*rules.Rule{{ID: id, Severity: severity}}
				if !slices.ContainsFunc(earlier, func(e routes.Route) bool { return e.Takes(matched, account) }) {
					return false
				}
			}
		}
	}
	return true
}
