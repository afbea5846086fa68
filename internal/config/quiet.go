package config

import (
	"slices"

	"github.com/trailbus/trailbus/internal/yamldoc"
	"github.com/trailbus/trailbus/routes"
	"github.com/trailbus/trailbus/rules"
)

// quietHours reads the hours in which some alerts wait; nil where there are none, or none that can be used.
func (r *reader) quietHours(v yamldoc.Value) *routes.Quiet {
	if !v.Present() {
		return nil
	}
	fields := v.Fields("from", "to", "timeZone", "severities")
	if v.Wrong() {
		return nil
	}
	given := required(fields["from"], "quietHours.from")
	given = required(fields["to"], "quietHours.to") && given
	quiet := &routes.Quiet{
		From: fields["from"].Text(), To: fields["to"].Text(), Zone: fields["timeZone"].Text(), Severities: routeSeverities(fields["severities"]),
	}
	if !fields["severities"].Present() {
		quiet.Severities = []rules.Severity{rules.Low}
	}
	if slices.Contains(quiet.Severities, rules.Critical) {
		fields["severities"].Warningf("alerts of severity critical wait as well, which are those that should wake somebody up")
	}
	if !given || fields["from"].Wrong() || fields["to"].Wrong() || fields["timeZone"].Wrong() {
		return nil
	}
	if err := quiet.Check(); err != nil {
		v.Problemf("%v", err)
		return nil
	}
	return quiet
}

// quieten gives every route the hours, and what no route takes as well.
func quieten(table routes.Table, quiet *routes.Quiet) routes.Table {
	if len(table) == 0 || !table[len(table)-1].TakesEverything() {
		table = append(table, routes.Route{Webhook: routes.Default})
	}
	for i := range table {
		table[i].Quiet = quiet
	}
	return table
}
