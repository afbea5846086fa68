// Package slack posts messages to Slack, by incoming webhooks and with a bot token, and classifies
// Slack's errors. Webhooks and tokens are secrets: no error of this package holds one.
package slack

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	slackgo "github.com/slack-go/slack"
)

// Webhooks posts to incoming webhooks. Its zero value is ready for use.
type Webhooks struct {
	// HTTP makes the requests.
	// Default: a client that gives Slack 10 seconds and follows no redirect.
	HTTP *http.Client
}

// Post sends a message to an incoming webhook. Its errors are of type [*Error].
//
// The errors of slackgo.PostWebhookContext hold the URL and lack Slack's error code.
func (c *Webhooks) Post(ctx context.Context, webhook string, message *slackgo.WebhookMessage) error {
	body, err := Payload(message)
	if err != nil {
		return &Error{Reason: withoutWebhook(webhook, "the message is no JSON: "+err.Error()), Payload: true}
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, webhook, bytes.NewReader(body))
	if err != nil {
		return &Error{Reason: "the webhook is no URL", Revoked: true}
	}
	request.Header.Set("Content-Type", "application/json")
	resp, slackErr := roundTrip(c.HTTP, request, 1024)
	if slackErr == nil {
		slackErr = classifyWebhook(resp.Status, resp.RetryAfter, strings.TrimSpace(string(resp.Body)))
	}
	if slackErr != nil {
		slackErr.Reason = withoutWebhook(webhook, slackErr.Reason)
		return slackErr
	}
	return nil
}

// withoutWebhook removes the webhook, and each part of its path, from a text: a proxy that responds
// in place of Slack may quote the request, and some errors of the HTTP client quote the response.
func withoutWebhook(webhook, text string) string {
	secrets := []string{webhook}
	if u, err := url.Parse(webhook); err == nil {
		secrets = append(secrets, u.RequestURI(), u.Path, u.RawQuery)
		for part := range strings.SplitSeq(u.Path, "/") {
			if part != "services" && part != "triggers" && part != "workflows" { // parts of every webhook
				secrets = append(secrets, part)
			}
		}
	}
	return redact(text, secrets)
}

// Payload gives a message as the JSON that an incoming webhook accepts. slack-go always writes
// replace_original and delete_original, which are for responses to interactions and are not part of
// a message.
func Payload(message *slackgo.WebhookMessage) ([]byte, error) {
	return json.Marshal(struct {
		*slackgo.WebhookMessage
		ReplaceOriginal *bool `json:"replace_original,omitempty"`
		DeleteOriginal  *bool `json:"delete_original,omitempty"`
	}{WebhookMessage: message})
}
