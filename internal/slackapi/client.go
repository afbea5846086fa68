// Package slackapi posts messages with a bot token: into a channel, into a thread, and over a message that it posted before. No error of
// it holds the token.
//
// Requests and answers are its own and not slack-go's Client: that one reads the whole message back from the answer, so that a block
// which it does not know would make a message that Slack took look like one that failed, and it would be told twice.
package slackapi

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"regexp"
	"strings"

	"github.com/slack-go/slack"

	"github.com/trailbus/trailbus/internal/webhook"
)

// Client posts. Its zero value is ready for use.
type Client struct {
	// HTTP makes the requests.
	// Default: a client that gives Slack 10 seconds and follows no redirect.
	HTTP *http.Client
}

// Ref names a message that was posted. It can be kept as JSON.
type Ref struct {
	Channel   string `json:"channel"` // its id, whatever it was posted to: chat.update takes no name
	Timestamp string `json:"ts"`
}

// Known says whether there is a message to update or to reply to.
func (r Ref) Known() bool { return r.Channel != "" && r.Timestamp != "" }

// arguments of chat.postMessage and chat.update. What is in the message for answers to interactions stays out.
type arguments struct {
	*slack.WebhookMessage
	Channel         string  `json:"channel"`
	ThreadTimestamp string  `json:"thread_ts,omitempty"`
	Timestamp       string  `json:"ts,omitempty"`
	Parse           string  `json:"parse"`
	ResponseType    *string `json:"response_type,omitempty"`
	ReplaceOriginal *bool   `json:"replace_original,omitempty"`
	DeleteOriginal  *bool   `json:"delete_original,omitempty"`
}

// Post posts a message to a channel: the name of a public one such as "#alerts", or the id of any. An error is a [*webhook.Error]. The
// Ref is not [Ref.Known] when Slack took the message and its answer broke off.
//
// https://docs.slack.dev/reference/methods/chat.postMessage
func (c *Client) Post(ctx context.Context, token webhook.Token, channel string, message *slack.WebhookMessage) (Ref, error) {
	return c.call(ctx, token, "chat.postMessage", arguments{WebhookMessage: message, Channel: channel})
}

// Reply posts a message into the thread of another. Where that was deleted, Slack posts it into the channel.
func (c *Client) Reply(ctx context.Context, token webhook.Token, to Ref, message *slack.WebhookMessage) (Ref, error) {
	return c.call(ctx, token, "chat.postMessage", arguments{WebhookMessage: message, Channel: to.Channel, ThreadTimestamp: to.Timestamp})
}

// Update puts a message in the place of one that the same app posted. Nobody is notified of it. An error is a [*webhook.Error]; with
// NoMessage, a new one may be posted instead.
//
// https://docs.slack.dev/reference/methods/chat.update
func (c *Client) Update(ctx context.Context, token webhook.Token, at Ref, message *slack.WebhookMessage) error {
	_, err := c.call(ctx, token, "chat.update", arguments{WebhookMessage: message, Channel: at.Channel, Timestamp: at.Timestamp})
	return err
}

// maxAnswer is more than Slack answers: it sends the message back, with what it made of it.
const maxAnswer = 1 << 20

func (c *Client) call(ctx context.Context, token webhook.Token, method string, a arguments) (Ref, error) {
	if !token.Present() {
		return Ref{}, &webhook.Error{Reason: "there is no bot token", Revoked: true}
	}
	// chat.update takes "client" where nothing is said, which makes links and mentions of bare words: a stranger's @here would call.
	a.Parse = "none"
	body, err := json.Marshal(a)
	if err != nil {
		return Ref{}, &webhook.Error{Reason: without(token, "the message is no JSON: "+err.Error()), Payload: true}
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, token.API()+method, bytes.NewReader(body))
	if err != nil {
		return Ref{}, &webhook.Error{Reason: "the address of Slack's Web API is no URL", Revoked: true}
	}
	request.Header.Set("Content-Type", "application/json; charset=utf-8") // without the charset, Slack warns
	request.Header.Set("Authorization", "Bearer "+token.Secret())
	answer, refusal := webhook.Exchange(c.HTTP, request, maxAnswer)
	var ref Ref
	if refusal == nil {
		ref, refusal = read(answer)
	}
	if refusal != nil {
		refusal.Reason = without(token, refusal.Reason)
		return Ref{}, refusal
	}
	return ref, nil
}

// taken is how an answer begins when Slack took the message.
var taken = regexp.MustCompile(`^\s*\{\s*"ok"\s*:\s*true\b`)

// read says what an answer means.
func read(answer webhook.Answer) (Ref, *webhook.Error) {
	var said struct {
		OK    bool   `json:"ok"`
		Error string `json:"error"`
		Ref
	}
	err := json.Unmarshal(answer.Body, &said)
	if answer.Status == http.StatusOK && (err == nil && said.OK || err != nil && taken.Match(answer.Body)) {
		return said.Ref, nil // said is empty where the answer is no whole JSON
	}
	if err != nil {
		said.Error = ""
	}
	return Ref{}, classify(answer.Status, answer.RetryAfter, said.Error)
}

// without takes the token, and each part of it, out of a text: whoever answers in Slack's place may repeat the request.
func without(token webhook.Token, text string) string {
	secret := token.Secret()
	text = strings.ReplaceAll(text, secret, "…")
	for part := range strings.SplitSeq(secret, "-") {
		if part != "xoxb" && len(part) > 3 {
			text = strings.ReplaceAll(text, part, "…")
		}
	}
	const limit = 300
	if runes := []rune(text); len(runes) > limit {
		text = string(runes[:limit]) + "…"
	}
	return text
}
