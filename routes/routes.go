// Package routes decides where in Slack an alert is posted, whom the message mentions, and whether
// the alert waits for the end of quiet hours.
package routes

import (
	"time"

	"github.com/trailbus/trailbus/rules"
)

// Default is the name of the webhook that gets the alerts that no route takes.
const Default = "default"

// Own is the name of the place for messages of Trailbus about itself: a webhook of that name in the
// Slack secret, or the channel of that name in a route.
const Own = "trailbus"

// Route sends alerts to one or more places in Slack. It takes an alert that has one of its
// severities, one of its rules and one of its accounts; the zero value takes every alert.
type Route struct {
	// Severities are the severities to take. An alert has the severity of its most urgent rule.
	// Default: every severity.
	Severities []rules.Severity `json:"severities,omitempty"`
	// Rules are ids of rules; an alert needs one of them.
	// Default: every rule.
	Rules []string `json:"rules,omitempty"`
	// Accounts are ids of AWS accounts, 12 digits each.
	// Default: every account.
	Accounts []string `json:"accounts,omitempty"`
	// Webhook is the name, in the Slack secret, of the incoming webhook to post to. A route has a
	// Webhook or a Channel.
	Webhook string `json:"webhook,omitempty"`
	// Channel is the channel to post to with the bot token of the Slack secret: the name of a
	// public channel, such as "#alerts", or the id of any channel.
	Channel string `json:"channel,omitempty"`
	// Mention is whom the message mentions, as Slack writes it: <!here>, <!channel>, <!everyone>,
	// <!subteam^S…>, <@U…>.
	// Default: no mention.
	Mention string `json:"mention,omitempty"`
	// Also are further places for the same alerts.
	Also []Place `json:"also,omitempty"`
	// Quiet are hours in which some of the alerts wait.
	// Default: no alert waits.
	Quiet *Quiet `json:"quiet,omitempty"`
}

// Place is a webhook or a channel in Slack, and whom to mention there.
type Place struct {
	// Webhook, Channel and Mention are as in a [Route].
	Webhook string `json:"webhook,omitempty"`
	Channel string `json:"channel,omitempty"`
	Mention string `json:"mention,omitempty"`
}

// Name identifies the place, for people too: "webhook urgent", "#alerts", "C0123456789".
func (p Place) Name() string {
	if p.Channel != "" {
		return p.Channel
	}
	return "webhook " + p.Webhook
}

// Target is a place to which one alert is posted.
type Target struct {
	Place
	// HeldUntil is the end of the quiet hours for which the alert waits. The zero value: it is
	// posted at once.
	HeldUntil time.Time
	// Route is the index of the route that took the alert, -1 for the fallback.
	Route int
}

// Table is a list of routes. An alert goes to the first route that takes it.
type Table []Route

// Targets returns where an alert goes: the places of the first route that takes it, or
// [Table.Fallback]. There is at least one. An alert is given by the rules that its event matched,
// the most urgent first, and by its account.
func (t Table) Targets(matched []*rules.Rule, account string, now time.Time) []Target {
	for i := range t {
		if t[i].Takes(matched, account) {
			var until time.Time
			if len(matched) > 0 {
				until = t[i].Quiet.Until(matched[0].Severity, now)
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

// Fallback returns the place for alerts that no route takes, and for those whose own place does not
// exist: the first place of a route that takes everything, else the webhook [Default]. It has no
// mention.
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

// Places returns the place of the route and those of Also, in this order.
func (r *Route) Places() []Place {
	return append([]Place{{r.Webhook, r.Channel, r.Mention}}, r.Also...)
}

// TakesEverything reports whether the route takes every alert.
func (r *Route) TakesEverything() bool {
	return len(r.Severities) == 0 && len(r.Rules) == 0 && len(r.Accounts) == 0
}

// Trailbus returns the place for messages of Trailbus about itself, such as of a forwarder that
// fell silent: the channel #trailbus or the webhook [Own] if a route has it, else the fallback if
// that is a channel, else the webhook [Own], for which the webhook [Default] stands in if the
// secret has none. It has no mention.
func (t Table) Trailbus() Place {
	for i := range t {
		for _, place := range t[i].Places() {
			if place.Channel == "#"+Own || place.Webhook == Own {
				place.Mention = ""
				return place
			}
		}
	}
	if fallback := t.Fallback(); fallback.Channel != "" {
		return fallback
	}
	return Place{Webhook: Own}
}
