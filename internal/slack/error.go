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

// errorCode is what Slack answers with: one word such as invalid_payload. Anything else, such as the HTML of a proxy, is not repeated.
var errorCode = regexp.MustCompile(`^[a-z][a-z0-9_]{2,60}$`)

// setClass puts what a refusal means into its error.
func (e *Error) setClass(c errorClass) {
	e.Temporary, e.Revoked, e.NoChannel, e.NoMessage, e.Payload = c == temporary, c == revoked, c == noChannel, c == noMessage, c == payload
}

// setRetryAfter notes how long Slack asks to wait.
func (e *Error) setRetryAfter(header string, limited bool) {
	if e.RetryAfter = parseRetryAfter(header); e.RetryAfter == 0 && limited {
		e.RetryAfter = time.Second // its rate: https://docs.slack.dev/apis/web-api/rate-limits
	}
}

// classifyWebhook gives nil for a message that was taken. It goes by Slack's word first: the status for one word differs between
// Slack's own pages.
func classifyWebhook(status int, retryAfter, code string) *Error {
	e := &Error{Reason: fmt.Sprintf("status %d", status)}
	if status == http.StatusOK {
		if code == "ok" || code == "" {
			return nil
		}
		// Not Slack's page: the alert would be lost without a word.
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

// classifyBot says what a refusal means. It goes by Slack's word first: most come with status 200.
//
// A word that is not known is temporary, and so is an answer without a word, which is not Slack's own: the message then stays in the
// queue, for days, while its cause can be mended. Nothing is lost by that.
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

// parseRetryAfter reads the header of that name: seconds, as Slack says it, or a date, as a proxy may. What makes no sense is 0.
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
