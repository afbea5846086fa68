package slack

import (
	"encoding/json"

	slackgo "github.com/slack-go/slack"
)

// Payload is a message as the JSON that an incoming webhook takes. slack-go always writes replace_original and delete_original, which
// belong to answers to interactions and which Slack's own type of a message does not have.
func Payload(message *slackgo.WebhookMessage) ([]byte, error) {
	return json.Marshal(struct {
		*slackgo.WebhookMessage
		ReplaceOriginal *bool `json:"replace_original,omitempty"`
		DeleteOriginal  *bool `json:"delete_original,omitempty"`
	}{WebhookMessage: message})
}
