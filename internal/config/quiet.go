package config

import (
	"slices"

	"github.com/trailbus/trailbus/internal/yamldoc"
	"github.com/trailbus/trailbus/routes"
	"github.com/trailbus/trailbus/rules"
)

// quietHours reads the hours in which some alerts wait; nil where there are none, or none that can be used.
func quietHours(v yamldoc.Value) *routes.Quiet {
	from, to, zone, severities := v.Get("from"), v.Get("to"), v.Get("timeZone"), v.Get("severities")
	quiet := &routes.Quiet{From: from.Text(), To: to.Text(), Zone: zone.Text(), Severities: routeSeverities(severities)}
	if !severities.Present() {
		quiet.Severities = []rules.Severity{rules.Low}
	}
	if slices.Contains(quiet.Severities, rules.Critical) {
		severities.Warningf("alerts of severity critical wait as well, which are those that should wake somebody up")
	}
	if !from.Present() || !to.Present() || from.Invalid() || to.Invalid() || zone.Invalid() {
		return nil
	}
	if err := quiet.Check(); err != nil {
		v.Problemf("%v", err)
		return nil
	}
	return quiet
}

// applyQuietHours gives every route the hours, and what no route takes as well.
func applyQuietHours(table routes.Table, quiet *routes.Quiet) routes.Table {
	if len(table) == 0 || !table[len(table)-1].TakesEverything() {
		table = append(table, routes.Route{Webhook: routes.Default})
	}
	for i := range table {
		table[i].Quiet = quiet
	}
	return table
}
