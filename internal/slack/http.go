package slack

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

var defaultHTTP = &http.Client{
	Timeout: 10 * time.Second,
	// A redirect would send the alert to an address that is not configured.
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// response is an HTTP response of Slack.
type response struct {
	Status     int
	RetryAfter string // the header
	Body       []byte // truncated to a limit
}

// roundTrip sends a request to Slack and reads the first limit bytes of the response. Default
// client: [defaultHTTP]. Its errors are temporary and do not hold the URL, but may quote what a
// proxy responded in place of Slack.
func roundTrip(client *http.Client, request *http.Request, limit int64) (response, *Error) {
	if client == nil {
		client = defaultHTTP
	}
	resp, err := client.Do(request)
	if err != nil {
		if urlError, ok := errors.AsType[*url.Error](err); ok {
			err = urlError.Err // without the URL
		}
		return response{}, &Error{Reason: "not reached: " + err.Error(), Temporary: true}
	}
	defer resp.Body.Close()
	// The beginning of a truncated response says whether Slack accepted the message, so an error of
	// reading does not count.
	body, _ := io.ReadAll(io.LimitReader(resp.Body, limit))
	return response{resp.StatusCode, resp.Header.Get("Retry-After"), body}, nil
}

// maxReason is the longest [Error.Reason], in characters.
const maxReason = 300

// redact removes secrets from a text that may quote a request, and cuts it.
func redact(text string, secrets []string) string {
	for _, secret := range secrets {
		if len(secret) > 1 {
			text = strings.ReplaceAll(text, secret, "…")
		}
	}
	return Cut(text, maxReason)
}

// Cut cuts a text to limit characters, and appends an ellipsis if it was longer.
func Cut(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	count := 0
	for i := range text {
		if count == limit {
			return text[:i] + "…"
		}
		count++
	}
	return text
}
