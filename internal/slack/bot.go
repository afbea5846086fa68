package slack

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"regexp"
	"strings"

	slackgo "github.com/slack-go/slack"
)

// Bot posts with a bot token: into a channel, into a thread, and in place of a message that it
// posted before. Its zero value is ready for use.
//
// Bot does not use slack-go's Client, which decodes the whole message in the response: with a block
// that slack-go does not know, a message that Slack accepted would look like one that failed, and
// it would be posted twice.
type Bot struct {
	// HTTP makes the requests.
	// Default: a client that gives Slack 10 seconds and follows no redirect.
	HTTP *http.Client
}

// MessageRef identifies a posted message. It can be stored as JSON.
type MessageRef struct {
	Channel   string `json:"channel"` // always an id: chat.update takes no name
	Timestamp string `json:"ts"`
}

// Known reports whether r identifies a message.
func (r MessageRef) Known() bool { return r.Channel != "" && r.Timestamp != "" }

// chatRequest holds the arguments of chat.postMessage and chat.update. The nil fields at its end
// keep those of WebhookMessage, which are for responses to interactions, out of the JSON.
type chatRequest struct {
	*slackgo.WebhookMessage
	Channel         string  `json:"channel"`
	ThreadTimestamp string  `json:"thread_ts,omitempty"`
	Timestamp       string  `json:"ts,omitempty"`
	Parse           string  `json:"parse"`
	ResponseType    *string `json:"response_type,omitempty"`
	ReplaceOriginal *bool   `json:"replace_original,omitempty"`
	DeleteOriginal  *bool   `json:"delete_original,omitempty"`
}

// Post posts a message to a channel: the name of a public channel such as "#alerts", or the id of
// any. Its errors are of type [*Error]. The reference is not [MessageRef.Known] when Slack accepted
// the message and its response was truncated.
//
// https://docs.slack.dev/reference/methods/chat.postMessage
func (c *Bot) Post(ctx context.Context, token Token, channel string, message *slackgo.WebhookMessage) (MessageRef,
	error) {
	return c.call(ctx, token, "chat.postMessage", chatRequest{WebhookMessage: message, Channel: channel})
}

// Reply posts a message into the thread of another. If that one was deleted, Slack posts the reply
// into the channel. Its errors are of type [*Error].
func (c *Bot) Reply(ctx context.Context, token Token, to MessageRef, message *slackgo.WebhookMessage) (MessageRef,
	error) {
	return c.call(ctx, token, "chat.postMessage", chatRequest{WebhookMessage: message, Channel: to.Channel,
		ThreadTimestamp: to.Timestamp})
}

// Update replaces a message that the same app posted. Slack sends no notification of an update. Its
// errors are of type [*Error]; after one with NoMessage, the caller may post a new message.
//
// https://docs.slack.dev/reference/methods/chat.update
func (c *Bot) Update(ctx context.Context, token Token, at MessageRef, message *slackgo.WebhookMessage) error {
	_, err := c.call(ctx, token, "chat.update", chatRequest{WebhookMessage: message, Channel: at.Channel,
		Timestamp: at.Timestamp})
	return err
}

// maxResponse is the longest response that is read, in bytes. Slack returns the whole message,
// which is shorter.
const maxResponse = 1 << 20

func (c *Bot) call(ctx context.Context, token Token, method string, a chatRequest) (MessageRef, error) {
	if !token.Present() {
		return MessageRef{}, &Error{Reason: "there is no bot token", Revoked: true}
	}
	// The default of chat.update is "client", which turns bare words into links and mentions: an
	// @here in a record would notify the channel.
	a.Parse = "none"
	body, err := json.Marshal(a)
	if err != nil {
		return MessageRef{}, &Error{Reason: withoutToken(token, "the message is no JSON: "+err.Error()), Payload: true}
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, token.API()+method, bytes.NewReader(body))
	if err != nil {
		return MessageRef{}, &Error{Reason: "the address of Slack's Web API is no URL", Revoked: true}
	}
	request.Header.Set("Content-Type", "application/json; charset=utf-8") // without the charset, Slack warns
	request.Header.Set("Authorization", "Bearer "+token.Secret())
	resp, slackErr := roundTrip(c.HTTP, request, maxResponse)
	var ref MessageRef
	if slackErr == nil {
		ref, slackErr = parseResponse(resp)
	}
	if slackErr != nil {
		slackErr.Reason = withoutToken(token, slackErr.Reason)
		return MessageRef{}, slackErr
	}
	return ref, nil
}

// okResponse matches the beginning of a response to an accepted message. It recognizes a truncated
// one.
var okResponse = regexp.MustCompile(`^\s*\{\s*"ok"\s*:\s*true\b`)

// parseResponse gives the posted message, or the error that the response stands for.
func parseResponse(resp response) (MessageRef, *Error) {
	var body struct {
		OK    bool   `json:"ok"`
		Error string `json:"error"`
		MessageRef
	}
	err := json.Unmarshal(resp.Body, &body)
	if resp.Status == http.StatusOK && (err == nil && body.OK || err != nil && okResponse.Match(resp.Body)) {
		return body.MessageRef, nil // empty if the response is truncated
	}
	if err != nil {
		body.Error = ""
	}
	return MessageRef{}, classifyBot(resp.Status, resp.RetryAfter, body.Error)
}

// withoutToken removes the token, and each part of it, from a text: a proxy that responds in place
// of Slack may quote the request.
func withoutToken(token Token, text string) string {
	secrets := []string{token.Secret()}
	for part := range strings.SplitSeq(token.Secret(), "-") {
		if part != "xoxb" && len(part) > 3 {
			secrets = append(secrets, part)
		}
	}
	return redact(text, secrets)
}
