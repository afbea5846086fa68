// Package routes decides where in Slack an alert is told.
package routes

import (
	"slices"

	"github.com/trailbus/trailbus/rules"
)

// Default is the name of the webhook that takes what no route takes.
const Default = "default"

// Route sends some alerts to one Slack incoming webhook.
type Route struct {
	// Severities that it takes. None: every severity.
	Severities []rules.Severity `json:"severities,omitempty"`
	// Accounts, 12 digits each, whose events it takes. None: every account.
	Accounts []string `json:"accounts,omitempty"`
	// Webhook is the name, in the Slack secret, of the incoming webhook to post to.
	Webhook string `json:"webhook"`
}

// Table is routes in order: the first that takes an alert has it.
type Table []Route

// Webhook names the incoming webhook for an alert; [Default] when no route takes it.
func (t Table) Webhook(severity rules.Severity, account string) string {
	for _, route := range t {
		if (len(route.Severities) == 0 || slices.Contains(route.Severities, severity)) &&
			(len(route.Accounts) == 0 || slices.Contains(route.Accounts, account)) {
			return route.Webhook
		}
	}
	return Default
}
