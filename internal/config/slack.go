package config

import (
	"slices"
	"strings"

	"github.com/trailbus/trailbus/internal/yamldoc"
	"github.com/trailbus/trailbus/routes"
	"github.com/trailbus/trailbus/rules"
)

func (r *reader) slack(v yamldoc.Value, c *Config) Slack {
	slack := Slack{Secret: v.Get("secret").Text()}
	items := v.Get("routes").Items()
	for _, item := range items {
		slack.Routes = append(slack.Routes, r.route(item, c))
	}
	reportUnreachable(items, slack.Routes)
	if quiet := quietHours(v.Get("quietHours")); quiet != nil {
		slack.Routes = applyQuietHours(slack.Routes, quiet)
	}
	return slack
}

// readPlace reads a webhook or a channel, and whom to mention there.
func readPlace(at yamldoc.Value) routes.Place {
	webhook, channel := at.Get("webhook"), at.Get("channel")
	switch {
	case webhook.Present() && channel.Present():
		channel.Problemf("found webhook and channel, allowed: one of them; also tells another place")
	case !webhook.Present() && !channel.Present():
		webhook.Problemf("webhook or channel is missing, allowed: webhook: and a name in the secret, or channel: and \"#name\" in quotes, since # begins a comment, or an id")
	}
	return routes.Place{Webhook: webhook.Text(), Channel: channel.Text(), Mention: slackMention(at.Get("mention").Text())}
}

// slackMention formats a mention as Slack does.
func slackMention(text string) string {
	switch word := strings.TrimPrefix(text, "@"); {
	case text == "" || text[0] == '<':
		return text
	case word == "here" || word == "channel" || word == "everyone":
		return "<!" + word + ">"
	case text[0] == 'S':
		return "<!subteam^" + text + ">"
	}
	return "<@" + text + ">"
}

// quietHours reads the quiet hours, nil if there are none or they are not valid.
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

// applyQuietHours adds the quiet hours to every route, and a last route with them for alerts that
// no route takes.
func applyQuietHours(table routes.Table, quiet *routes.Quiet) routes.Table {
	if len(table) == 0 || !table[len(table)-1].TakesEverything() {
		table = append(table, routes.Route{Webhook: routes.Default})
	}
	for i := range table {
		table[i].Quiet = quiet
	}
	return table
}
