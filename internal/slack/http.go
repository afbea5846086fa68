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
	// A redirect would send a stranger's text, and with it the fact of an alert, to somewhere that nobody configured.
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// response is what Slack answered.
type response struct {
	Status     int
	RetryAfter string // the header, as it came
	Body       []byte // its beginning
}

// roundTrip makes a request of Slack and reads the answer's first limit bytes. Without a client, Slack gets 10 seconds, and no redirect is
// followed. An error is temporary, names no address, and may still quote whoever answered in Slack's place.
func roundTrip(client *http.Client, request *http.Request, limit int64) (response, *Error) {
	if client == nil {
		client = defaultHTTP
	}
	resp, err := client.Do(request)
	if err != nil {
		return response{}, &Error{Reason: "not reached: " + cause(err).Error(), Temporary: true}
	}
	defer resp.Body.Close()
	// An answer that breaks off is an answer: what there is of it says what became of the message.
	body, _ := io.ReadAll(io.LimitReader(resp.Body, limit))
	return response{resp.StatusCode, resp.Header.Get("Retry-After"), body}, nil
}

// cause is what a [*url.Error] says without the URL.
func cause(err error) error {
	if urlError := (*url.Error)(nil); errors.As(err, &urlError) {
		return urlError.Err
	}
	return err
}

// maxReason is how much of an answer stands in an error, in characters.
const maxReason = 300

// redact takes secrets out of a text that may repeat a request, and shortens it.
func redact(text string, secrets []string) string {
	for _, secret := range secrets {
		if len(secret) > 1 {
			text = strings.ReplaceAll(text, secret, "…")
		}
	}
	return Cut(text, maxReason)
}

// Cut shortens a text to a number of characters, and an ellipsis where there were more.
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
