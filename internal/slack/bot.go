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

// Bot posts with a bot token: into a channel, into a thread, and over a message that it posted before. Its zero value is ready for use.
//
// Requests and answers are its own and not slack-go's Client: that one reads the whole message back from the response, so that a block
// which it does not know would make a message that Slack took look like one that failed, and it would be posted twice.
type Bot struct {
	// HTTP makes the requests.
	// Default: a client that gives Slack 10 seconds and follows no redirect.
	HTTP *http.Client
}

// MessageRef names a message that was posted. It can be kept as JSON.
type MessageRef struct {
	Channel   string `json:"channel"` // its id, whatever it was posted to: chat.update takes no name
	Timestamp string `json:"ts"`
}

// Known says whether there is a message to update or to reply to.
func (r MessageRef) Known() bool { return r.Channel != "" && r.Timestamp != "" }

// chatRequest of chat.postMessage and chat.update. What is in the message for answers to interactions stays out.
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

// Post posts a message to a channel: the name of a public one such as "#alerts", or the id of any. An error is a [*Error]. The
// reference is not [MessageRef.Known] when Slack took the message and its answer broke off.
//
// https://docs.slack.dev/reference/methods/chat.postMessage
func (c *Bot) Post(ctx context.Context, token Token, channel string, message *slackgo.WebhookMessage) (MessageRef, error) {
	return c.call(ctx, token, "chat.postMessage", chatRequest{WebhookMessage: message, Channel: channel})
}

// Reply posts a message into the thread of another. Where that was deleted, Slack posts it into the channel.
func (c *Bot) Reply(ctx context.Context, token Token, to MessageRef, message *slackgo.WebhookMessage) (MessageRef, error) {
	return c.call(ctx, token, "chat.postMessage", chatRequest{WebhookMessage: message, Channel: to.Channel, ThreadTimestamp: to.Timestamp})
}

// Update puts a message in the place of one that the same app posted. Nobody is notified of it. An error is a [*Error]; with
// NoMessage, a new one may be posted instead.
//
// https://docs.slack.dev/reference/methods/chat.update
func (c *Bot) Update(ctx context.Context, token Token, at MessageRef, message *slackgo.WebhookMessage) error {
	_, err := c.call(ctx, token, "chat.update", chatRequest{WebhookMessage: message, Channel: at.Channel, Timestamp: at.Timestamp})
	return err
}

// maxResponse is more than Slack answers: it sends the message back, with what it made of it.
const maxResponse = 1 << 20

func (c *Bot) call(ctx context.Context, token Token, method string, a chatRequest) (MessageRef, error) {
	if !token.Present() {
		return MessageRef{}, &Error{Reason: "there is no bot token", Revoked: true}
	}
	// chat.update takes "client" where nothing is said, which makes links and mentions of bare words: a stranger's @here would call.
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

// okResponse is how an answer begins when Slack took the message.
var okResponse = regexp.MustCompile(`^\s*\{\s*"ok"\s*:\s*true\b`)

// parseResponse says what an answer means.
func parseResponse(resp response) (MessageRef, *Error) {
	var body struct {
		OK    bool   `json:"ok"`
		Error string `json:"error"`
		MessageRef
	}
	err := json.Unmarshal(resp.Body, &body)
	if resp.Status == http.StatusOK && (err == nil && body.OK || err != nil && okResponse.Match(resp.Body)) {
		return body.MessageRef, nil // body is empty where the answer is no whole JSON
	}
	if err != nil {
		body.Error = ""
	}
	return MessageRef{}, classifyBot(resp.Status, resp.RetryAfter, body.Error)
}

// withoutToken takes the token, and each part of it, out of a text: whoever answers in Slack's place may repeat the request.
func withoutToken(token Token, text string) string {
	secrets := []string{token.Secret()}
	for part := range strings.SplitSeq(token.Secret(), "-") {
		if part != "xoxb" && len(part) > 3 {
			secrets = append(secrets, part)
		}
	}
	return redact(text, secrets)
}
