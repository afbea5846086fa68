// Package routes decides where in Slack an alert is told, whom it calls there, and whether it waits for the morning.
package routes

import (
	"time"

	"github.com/trailbus/trailbus/rules"
)

// Default is the name of the webhook that takes what no route takes.
const Default = "default"

// Route sends some alerts to one place in Slack, or to several. It takes an alert that fits all that it says.
type Route struct {
	// Severities that it takes. None: every severity. An alert has that of its most urgent rule.
	Severities []rules.Severity `json:"severities,omitempty"`
	// Rules, by id, that it takes. None: every rule. One of the alert's is enough.
	Rules []string `json:"rules,omitempty"`
	// Accounts, 12 digits each, whose events it takes. None: every account.
	Accounts []string `json:"accounts,omitempty"`
	// Webhook is the name, in the Slack secret, of the incoming webhook to post to. Without it, Channel says where.
	Webhook string `json:"webhook,omitempty"`
	// Channel to post to with the bot token of the Slack secret: the name of a public channel, such as "#alerts", or the id of any.
	Channel string `json:"channel,omitempty"`
	// Mention is whom a message calls, as Slack writes it: <!here>, <!channel>, <!everyone>, <!subteam^S…>, <@U…>.
	// Default: nobody.
	Mention string `json:"mention,omitempty"`
	// Also are further places for the same alerts.
	Also []Place `json:"also,omitempty"`
	// Quiet are hours in which some of its alerts wait.
	// Default: none.
	Quiet *Quiet `json:"quiet,omitempty"`
}

// Place is somewhere in Slack, and whom to call there. It has a webhook or a channel.
type Place struct {
	// Webhook, Channel and Mention are as in a [Route].
	Webhook string `json:"webhook,omitempty"`
	Channel string `json:"channel,omitempty"`
	Mention string `json:"mention,omitempty"`
}

// Name tells places apart, and says to people which one it is: "webhook urgent", "#alerts", "C0123456789".
func (p Place) Name() string {
	if p.Channel != "" {
		return p.Channel
	}
	return "webhook " + p.Webhook
}

// Target is a place that one alert goes to.
type Target struct {
	Place
	// HeldUntil is when quiet hours end that keep the alert from being told before. The zero value: it is told at once.
	HeldUntil time.Time
	// Route is the index of the route that took it, -1 where none did.
	Route int
}

// Table is routes in order: the first that takes an alert has it.
type Table []Route

// Targets are where an alert of some rules, the most urgent first, in an account goes: those of the first route that takes it, or
// [Table.Fallback] where none does. There is at least one.
func (t Table) Targets(told []*rules.Rule, account string, now time.Time) []Target {
	for i := range t {
		if t[i].Takes(told, account) {
			var until time.Time
			if len(told) > 0 {
				until = t[i].Quiet.Until(told[0].Severity, now)
			}
			var targets []Target
			for _, place := range t[i].Places() {
				targets = append(targets, Target{place, until, i})
			}
			return targets
		}
	}
	return []Target{{Place: t.Fallback(), Route: -1}}
}

// Fallback is where an alert goes that no route takes, and one whose own place does not exist: the first place of the route that takes
// everything, where there is one, else the webhook [Default]. It calls nobody.
func (t Table) Fallback() Place {
	for _, r := range t {
		if r.TakesEverything() {
			first := r.Places()[0]
			first.Mention = ""
			return first
		}
	}
	return Place{Webhook: Default}
}

// Places are all that the route tells, the first one first.
func (r *Route) Places() []Place {
	return append([]Place{{r.Webhook, r.Channel, r.Mention}}, r.Also...)
}

// TakesEverything says that no alert is refused.
func (r *Route) TakesEverything() bool {
	return len(r.Severities) == 0 && len(r.Rules) == 0 && len(r.Accounts) == 0
}
