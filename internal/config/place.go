package config

import (
	"strings"

	"github.com/trailbus/trailbus/internal/yamldoc"
	"github.com/trailbus/trailbus/routes"
)

// readPlace reads a webhook or a channel, and whom to call there.
func readPlace(at yamldoc.Value) routes.Place {
	webhook, channel := at.Get("webhook"), at.Get("channel")
	switch {
	case webhook.Present() && channel.Present():
		channel.Problemf("found webhook and channel, allowed: one of them; also tells another place")
	case !webhook.Present() && !channel.Present():
		// Absent, it is where the mapping is. Of what is no mapping nothing is missing.
		webhook.Problemf("webhook or channel is missing, allowed: webhook: and a name in the secret, or channel: and \"#name\" in quotes, since # begins a comment, or an id")
	}
	return routes.Place{Webhook: webhook.Text(), Channel: channel.Text(), Mention: slackMention(at.Get("mention").Text())}
}

// slackMention writes a mention as Slack does. Slack finds a user group by its id alone.
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
