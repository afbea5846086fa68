// Package slack posts messages to Slack, by incoming webhooks and by a bot token, and says what became of them. Both are secrets: no
// error of this package holds one.
package slack

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"strings"

	slackgo "github.com/slack-go/slack"
)

// Webhooks posts. Its zero value is ready for use.
type Webhooks struct {
	// HTTP makes the requests.
	// Default: a client that gives Slack 10 seconds and follows no redirect.
	HTTP *http.Client
}

// Post sends a message to an incoming webhook. An error is an [*Error].
//
// It is slackgo.PostWebhookContext but for its errors, which lack Slack's word for what is wrong and hold the URL.
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

// withoutWebhook takes the webhook, and each part of its path, out of a text: whoever answers in Slack's place may repeat the request, and
// some errors of the HTTP client quote the resp.
func withoutWebhook(webhook, text string) string {
	secrets := []string{webhook}
	if u, err := url.Parse(webhook); err == nil {
		secrets = append(secrets, u.RequestURI(), u.Path, u.RawQuery)
		for part := range strings.SplitSeq(u.Path, "/") {
			if part != "services" && part != "triggers" && part != "workflows" { // those stand in every webhook
				secrets = append(secrets, part)
			}
		}
	}
	return redact(text, secrets)
}
