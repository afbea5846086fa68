package slack

import (
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/trailbus/trailbus/internal/contract"
)

// Error says why Slack did not take a message. With neither Temporary nor Payload nor NoMessage, it will not take
// any before somebody mends something.
type Error struct {
	// Reason is Slack's own word where it gave one, such as no_service, else the HTTP status or the network error.
	Reason string
	// Temporary says that the same message may be taken later.
	Temporary bool
	// RetryAfter is how long Slack asked to wait, 0 where it did not say, and never more than [contract.MaxBackOff].
	RetryAfter time.Duration
	// Revoked says that the URL, or the token, is not, or no longer, valid.
	Revoked bool
	// Payload says that it is the message that Slack does not take.
	Payload bool
	// NoChannel says that the channel takes no message from a token that is valid: there is none of that name, it is archived, or the
	// app is not in it. Another channel may. A webhook has one channel for ever, so it says Revoked instead.
	NoChannel bool
	// NoMessage says that the message to update, or to reply to, is not there or not open to that any more. A new one may be posted.
	NoMessage bool
}

func (e *Error) Error() string { return "slack: " + e.Reason }

// Word is what Slack answers with: one word such as invalid_payload. Anything else, such as the HTML of a proxy, is not repeated.
var Word = regexp.MustCompile(`^[a-z][a-z0-9_]{2,60}$`)

// Slack's words for a webhook that is gone, for a message that it does not take, and for what passes.
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

// classify gives nil for a message that was taken. It goes by Slack's word first: the status for one word differs between Slack's
// own pages.
func classify(status int, retryAfter, answer string) *Error {
	e := &Error{Reason: fmt.Sprintf("status %d", status)}
	if status == http.StatusOK {
		if answer == "ok" || answer == "" {
			return nil
		}
		// Somebody else's page: the alert would be lost without a word.
		e.Reason, e.Revoked = "status 200 without Slack's ok, so it is no incoming webhook", true
		return e
	}
	if Word.MatchString(answer) {
		e.Reason = answer
		e.Revoked, e.Payload, e.Temporary = revoked[answer], payload[answer], temporary[answer]
	}
	if !e.Revoked && !e.Payload && !e.Temporary {
		switch {
		case status == http.StatusTooManyRequests, status == http.StatusRequestTimeout, status >= 500:
			e.Temporary = true
		case status == http.StatusRequestEntityTooLarge, status == http.StatusBadRequest:
			e.Payload = true
		case status == http.StatusForbidden, status == http.StatusNotFound, status == http.StatusGone, status < 400:
			e.Revoked = true
		}
	}
	if e.Temporary {
		e.RetryAfter = RetryAfter(retryAfter)
		if e.RetryAfter == 0 && status == http.StatusTooManyRequests {
			e.RetryAfter = time.Second // its rate: https://docs.slack.dev/apis/web-api/rate-limits
		}
	}
	return e
}

// RetryAfter reads the header of that name: seconds, as Slack says it, or a date, as a proxy may. What makes no sense is 0.
func RetryAfter(header string) time.Duration {
	header = strings.TrimSpace(header)
	if date, err := http.ParseTime(header); err == nil {
		return min(max(time.Until(date), 0), contract.MaxBackOff)
	}
	seconds, err := strconv.ParseUint(header, 10, 64)
	if err != nil && seconds == 0 { // out of range gives the largest number
		return 0
	}
	return time.Duration(min(seconds, uint64(contract.MaxBackOff/time.Second))) * time.Second
}
