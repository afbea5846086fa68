package routes_test

import (
	"fmt"
	"time"

	"github.com/trailbus/trailbus/routes"
	"github.com/trailbus/trailbus/rules"
)

// Urgent alerts mention the people on call. Other alerts go to a channel, and those of low severity
// wait for the end of the night.
func ExampleTable_Targets() {
	night := &routes.Quiet{Severities: []rules.Severity{rules.Low}, From: "20:00", To: "08:00", Zone: "Europe/Berlin"}
	table := routes.Table{
		{Severities: []rules.Severity{rules.Critical, rules.High}, Webhook: "urgent", Mention: "<!here>"},
		{Channel: "#alerts", Quiet: night},
	}
	now := time.Date(2026, 11, 23, 22, 0, 0, 0, time.UTC)
	for _, severity := range []rules.Severity{rules.Critical, rules.Low} {
		for _, target := range table.Targets([]*rules.Rule{{ID: "some-rule", Severity: severity}}, "222222222222", now) {
			when := "at once"
			if !target.HeldUntil.IsZero() {
				when = target.HeldUntil.Format(time.DateTime)
			}
			fmt.Printf("%s: %s, %s %s\n", severity, target.Name(), when, target.Mention)
		}
	}
	// Output:
	// critical: webhook urgent, at once <!here>
	// low: #alerts, 2026-11-24 08:00:00
}
