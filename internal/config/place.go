package config

import (
	"regexp"

	"github.com/trailbus/trailbus/internal/yamldoc"
	"github.com/trailbus/trailbus/routes"
)

var (
	webhookName = regexp.MustCompile(`^[a-z0-9]+([_-][a-z0-9]+)*$`)
	// A channel's name has no capitals, spaces or full stops, and at most 80 characters; an id begins with C, or with G where it is an
	// old private one: https://docs.slack.dev/reference/methods/conversations.create#naming and
	// https://docs.slack.dev/reference/objects/conversation-object
	channelName = regexp.MustCompile(`^(#[^A-Z \t\r\n.,:;#@<>&|"'()/]{1,80}|[CG][A-Z0-9]{5,30})$`)
	// mentionWord is how the file says whom to call. Slack finds a user group by its id alone.
	mentionWord = regexp.MustCompile(`^(@?(here|channel|everyone)|[SUW][A-Z0-9]{2,20}|<(!(here|channel|everyone)|!subteam\^S[A-Z0-9]{2,20}|@[UW][A-Z0-9]{2,20})>)$`)
)

// place reads a webhook or a channel, and whom to call there.
func (r *reader) place(at yamldoc.Value, fields map[string]yamldoc.Value) routes.Place {
	webhook, channel := fields["webhook"], fields["channel"]
	place := routes.Place{Webhook: webhook.Text(), Channel: channel.Text()}
	switch {
	case webhook.Present() && channel.Present():
		channel.Problemf("found webhook and channel, allowed: one of them; also tells another place")
	case webhook.Present():
		if webhookURL.MatchString(place.Webhook) {
			webhook.Problemf("found a webhook URL, allowed: the name that the URL has in the secret; take the URL out of this file and its history")
		} else if !webhookName.MatchString(place.Webhook) {
			webhook.Problemf("found webhook %q, allowed: the name that its URL has in the secret, such as security-urgent", place.Webhook)
		}
	case !channel.Present():
		// Absent, it is where the mapping is. Of what is no mapping nothing is missing.
		webhook.Problemf("webhook or channel is missing, allowed: webhook: and a name in the secret, or channel: and \"#name\" in quotes, since # begins a comment, or an id")
	case !channelName.MatchString(place.Channel):
		hint := ""
		if channelName.MatchString("#" + place.Channel) {
			hint = yamldoc.DidYouMean(place.Channel, []string{"#" + place.Channel})
		}
		channel.Problemf("found channel %q%s, allowed: the name of a public channel such as \"#alerts\", or the id of any such as C0123456789", place.Channel, hint)
	}
	if mention := fields["mention"]; mention.Present() {
		text := mention.Text()
		if place.Mention = slackMention(text); place.Mention == "" {
			mention.Problemf("found mention %q, allowed: here, channel, everyone, or the id of a user group (S…) or of a member (U… or W…)", text)
		}
	}
	return place
}

// slackMention writes a mention as Slack does; "" for what is none.
func slackMention(text string) string {
	found := mentionWord.FindStringSubmatch(text)
	switch {
	case found == nil:
		return ""
	case text[0] == '<':
		return text
	case found[2] != "":
		return "<!" + found[2] + ">"
	case text[0] == 'S':
		return "<!subteam^" + text + ">"
	}
	return "<@" + text + ">"
}
