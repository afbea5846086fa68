// Package webhook posts messages to Slack incoming webhooks and says what became of them. The URL of an incoming webhook is a
// secret: no error of this package holds it.
package webhook

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/slack-go/slack"
)

// Error says why Slack did not take a message.
type Error struct {
	// Reason is Slack's own word where it gave one, such as no_service, else the HTTP status or the network error.
	Reason string
	// Temporary says that the same message may be taken later.
	Temporary bool
	// RetryAfter is how long Slack asked to wait, 0 where it did not say.
	RetryAfter time.Duration
	// Revoked says that the URL is not, or no longer, valid.
	Revoked bool
	// Payload says that it is the message that Slack does not take.
	Payload bool
}

func (e *Error) Error() string { return "slack: " + e.Reason }

// Client posts. Its zero value is ready for use.
type Client struct {
	// HTTP makes the requests.
	// Default: a client that gives Slack 10 seconds and follows no redirect.
	HTTP *http.Client
}

var defaultHTTP = &http.Client{
	Timeout: 10 * time.Second,
	// A redirect would send a stranger's text, and with it the fact of an alert, to somewhere that nobody configured.
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// Post sends a message to an incoming webhook. An error is an [*Error]. When Slack does not like the blocks, the text is sent
// alone: better a plain message than none.
func (c *Client) Post(ctx context.Context, webhook string, message *slack.WebhookMessage) error {
	err := c.post(ctx, webhook, message)
	if refusal := (*Error)(nil); errors.As(err, &refusal) && refusal.Payload && message.Blocks != nil {
		plain := *message
		plain.Blocks, plain.Attachments = nil, nil
		return c.post(ctx, webhook, &plain)
	}
	return err
}

// post is slack.PostWebhookContext, which drops Slack's word for what is wrong, and whose errors hold the URL.
func (c *Client) post(ctx context.Context, webhook string, message *slack.WebhookMessage) error {
	body, err := json.Marshal(message)
	if err != nil {
		return &Error{Reason: "the message is no JSON: " + err.Error(), Payload: true}
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, webhook, bytes.NewReader(body))
	if err != nil {
		return &Error{Reason: "the webhook is no URL", Revoked: true}
	}
	request.Header.Set("Content-Type", "application/json")
	client := c.HTTP
	if client == nil {
		client = defaultHTTP
	}
	response, err := client.Do(request)
	if err != nil {
		return &Error{Reason: "not reached: " + withoutURL(err).Error(), Temporary: true}
	}
	defer response.Body.Close()
	answer, _ := io.ReadAll(io.LimitReader(response.Body, 1024))
	if response.StatusCode == http.StatusOK {
		return nil
	}
	return classify(response.StatusCode, response.Header.Get("Retry-After"), string(answer))
}

func withoutURL(err error) error {
	if urlError := (*url.Error)(nil); errors.As(err, &urlError) {
		return urlError.Err
	}
	return err
}

// word is what Slack answers with: one word such as invalid_payload. Anything else, such as the HTML of a proxy, is not repeated.
var word = regexp.MustCompile(`^[a-z][a-z0-9_]{2,60}$`)

// Slack's words for a webhook that is gone, and for a message that it does not take.
// https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks#handling_errors
var (
	revoked = map[string]bool{
		"invalid_token": true, "no_active_hooks": true, "no_service": true, "no_service_id": true, "no_team": true,
		"team_disabled": true, "action_prohibited": true, "channel_is_archived": true, "channel_not_found": true,
		"posting_to_general_channel_denied": true, "user_not_found": true,
	}
	payload = map[string]bool{
		"invalid_payload": true, "no_text": true, "too_many_attachments": true, "invalid_blocks": true,
		"invalid_attachments": true, "msg_too_long": true, "msg_blocks_too_long": true, "payload_too_large": true,
	}
	temporary = map[string]bool{
		"rollup_error": true, "ratelimited": true, "rate_limited": true, "service_unavailable": true,
		"request_timeout": true, "internal_error": true, "fatal_error": true,
	}
)

// classify goes by Slack's word first: the status for one word differs between Slack's own pages.
func classify(status int, retryAfter, answer string) *Error {
	e := &Error{Reason: fmt.Sprintf("status %d", status)}
	answer = strings.TrimSpace(answer)
	if word.MatchString(answer) {
		e.Reason = answer
		e.Revoked, e.Payload, e.Temporary = revoked[answer], payload[answer], temporary[answer]
	}
	if seconds, err := strconv.Atoi(strings.TrimSpace(retryAfter)); err == nil && seconds > 0 {
		e.RetryAfter = time.Duration(min(seconds, 3600)) * time.Second
	}
	if e.Revoked || e.Payload || e.Temporary {
		return e
	}
	switch {
	case status == http.StatusTooManyRequests, status == http.StatusRequestTimeout, status >= 500:
		e.Temporary = true
	case status == http.StatusRequestEntityTooLarge, status == http.StatusBadRequest:
		e.Payload = true
	case status == http.StatusForbidden, status == http.StatusNotFound, status == http.StatusGone, status < 400:
		e.Revoked = true
	}
	return e
}
