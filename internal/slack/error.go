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

// Error says why Slack did not accept a message. With neither Temporary nor Payload nor NoMessage,
// Slack accepts no message until the configuration is corrected.
type Error struct {
	// Reason is Slack's error code if it gave one, such as no_service, else the HTTP status or the
	// network error.
	Reason string
	// Temporary says that Slack may accept the same message later.
	Temporary bool
	// RetryAfter is how long Slack asked to wait: 0 if it did not say, at most
	// [contract.MaxBackOff].
	RetryAfter time.Duration
	// Revoked says that the webhook or the token is not valid, or no longer.
	Revoked bool
	// Payload says that Slack rejects the content of the message.
	Payload bool
	// NoChannel says that the token is valid and the channel is not: it does not exist, it is
	// archived, or the app is not in it. Another channel may accept the message. The channel of a
	// webhook never changes, so for webhooks it is Revoked instead.
	NoChannel bool
	// NoMessage says that the message to update, or to reply to, does not exist or can no longer be
	// changed. A new one may be posted.
	NoMessage bool
}

func (e *Error) Error() string { return "slack: " + e.Reason }

// errorCode is the form of Slack's error codes, such as invalid_payload. An error quotes nothing
// else, such as the HTML of a proxy.
var errorCode = regexp.MustCompile(`^[a-z][a-z0-9_]{2,60}$`)

// setClass sets the fields that say what the error means.
func (e *Error) setClass(c errorClass) {
	e.Temporary, e.Revoked, e.NoChannel, e.NoMessage, e.Payload = c == temporary, c == revoked, c == noChannel,
		c == noMessage, c == payload
}

// setRetryAfter reads how long Slack asks to wait.
func (e *Error) setRetryAfter(header string, limited bool) {
	if e.RetryAfter = parseRetryAfter(header); e.RetryAfter == 0 && limited {
		e.RetryAfter = time.Second // Slack's limit is one message a second: https://docs.slack.dev/apis/web-api/rate-limits
	}
}

// classifyWebhook gives nil for an accepted message. The error code counts before the status:
// Slack's pages contradict each other about the status that comes with a code.
func classifyWebhook(status int, retryAfter, code string) *Error {
	e := &Error{Reason: fmt.Sprintf("status %d", status)}
	if status == http.StatusOK {
		if code == "ok" || code == "" {
			return nil
		}
		// The response of another server: Slack did not get the alert.
		e.Reason, e.Revoked = "status 200 without Slack's ok, so it is no incoming webhook", true
		return e
	}
	if errorCode.MatchString(code) {
		e.Reason = code
	}
	class := webhookClass[code]
	if class == unknownClass {
		switch {
		case status == http.StatusTooManyRequests, status == http.StatusRequestTimeout, status >= 500:
			class = temporary
		case status == http.StatusRequestEntityTooLarge, status == http.StatusBadRequest:
			class = payload
		case status == http.StatusForbidden, status == http.StatusNotFound, status == http.StatusGone, status < 400:
			class = revoked
		}
	}
	if e.setClass(class); e.Temporary {
		e.setRetryAfter(retryAfter, status == http.StatusTooManyRequests)
	}
	return e
}

// classifyBot classifies a response that is not ok. The error code counts before the status: most
// come with status 200.
//
// A code that is not known is temporary, and so is a response without a code, which is not from
// Slack: the message then stays in the queue for days, and is not lost while the cause is
// corrected.
func classifyBot(status int, retryAfter, code string) *Error {
	e := &Error{Reason: fmt.Sprintf("status %d", status)}
	isCode := errorCode.MatchString(code)
	if isCode {
		e.Reason = code
	} else if status == http.StatusOK {
		e.Reason = "status 200 without Slack's ok"
	}
	class := botClass[code]
	if class == unknownClass {
		if class = temporary; !isCode && status == http.StatusRequestEntityTooLarge {
			class = payload
		}
	}
	if e.setClass(class); e.Temporary {
		e.setRetryAfter(retryAfter, status == http.StatusTooManyRequests || code == "ratelimited" || code == "rate_limited")
	}
	return e
}

// parseRetryAfter reads a Retry-After header: seconds, as Slack sends it, or a date, as a proxy
// may. An invalid one gives 0.
func parseRetryAfter(header string) time.Duration {
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
