package slack

import (
	"context"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	slackgo "github.com/slack-go/slack"
)

const secret = "xoxb-1234567890-9876543210-sEcReTsEcReT"

// botAnswers starts a Slack with a handler, and gives a token for it.
func botAnswers(t *testing.T, h http.HandlerFunc) Token {
	t.Helper()
	return tokenFor(t, serve(t, h)+"/api/")
}

func tokenFor(t *testing.T, api string) Token {
	t.Helper()
	token, err := NewToken(secret, api)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// refused checks that an error is an *Error without any part of the token.
func refused(t *testing.T, err error) *Error {
	t.Helper()
	return errorWithout(t, err, "xoxb", "1234567890", "9876543210", "sEcReT", "http://", "Bearer")
}

func botMessage() *slackgo.WebhookMessage {
	no := false
	return &slackgo.WebhookMessage{Text: "hello <there>", UnfurlLinks: &no, UnfurlMedia: &no,
		Blocks:      &slackgo.Blocks{BlockSet: []slackgo.Block{slackgo.NewDividerBlock()}},
		Attachments: []slackgo.Attachment{{Text: "attached"}}}
}

func TestBotRequests(t *testing.T) {
	var method, authorization, contentType, query string
	var body map[string]any
	token := botAnswers(t, func(w http.ResponseWriter, r *http.Request) {
		method, authorization, contentType, query = r.URL.Path, r.Header.Get("Authorization"), r.Header.Get("Content-Type"), r.URL.RawQuery
		body = nil
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			t.Error(err)
		}
		_, _ = io.WriteString(w, `{"ok":true,"channel":"C0123ABCD","ts":"1700000000.000100","message":{"blocks":[{"type":"never_heard_of","elements":7}]},"warning":"w"}`)
	})
	c := &Bot{}
	at := MessageRef{Channel: "C0123ABCD", Timestamp: "1700000000.000100"}
	common := map[string]any{"text": "hello <there>", "unfurl_links": false, "unfurl_media": false, "parse": "none",
		"blocks": []any{map[string]any{"type": "divider"}}}
	tests := map[string]struct {
		method string
		more   map[string]any
		call   func() (MessageRef, error)
	}{
		"post":   {"/api/chat.postMessage", map[string]any{"channel": "#alerts"}, func() (MessageRef, error) { return c.Post(t.Context(), token, "#alerts", botMessage()) }},
		"reply":  {"/api/chat.postMessage", map[string]any{"channel": at.Channel, "thread_ts": at.Timestamp}, func() (MessageRef, error) { return c.Reply(t.Context(), token, at, botMessage()) }},
		"update": {"/api/chat.update", map[string]any{"channel": at.Channel, "ts": at.Timestamp}, func() (MessageRef, error) { return at, c.Update(t.Context(), token, at, botMessage()) }},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			ref, err := test.call()
			if err != nil || ref != at || !ref.Known() {
				t.Errorf("%+v, %v; want %+v", ref, err, at)
			}
			if method != test.method || authorization != "Bearer "+secret || contentType != "application/json; charset=utf-8" || query != "" {
				t.Errorf("asked %s with %q, %q, query %q", method, authorization, contentType, query)
			}
			want := maps.Clone(common)
			maps.Copy(want, test.more)
			attachments, _ := body["attachments"].([]any)
			if len(attachments) != 1 || attachments[0].(map[string]any)["text"] != "attached" {
				t.Errorf("attachments %v", body["attachments"])
			}
			delete(body, "attachments") // slack-go writes more about them than was said
			got, _ := json.Marshal(body)
			wanted, _ := json.Marshal(want)
			if string(got) != string(wanted) {
				t.Errorf("got  %s\nwant %s", got, wanted)
			}
		})
	}
	if len(tests) != 3 {
		t.Error("not every call was tried")
	}
}

func TestTruncatedResponseIsNotRetried(t *testing.T) {
	for body, want := range map[string]bool{
		`{"ok":true,"channel":"C0123ABCD","ts":"17`: true, ` { "ok" : true`: true, `{"ok":true}`: true,
		`{"ok":false,"channel":"C0123ABCD`: false, `{"ok":tru`: false, ``: false, `{}`: false, `ok`: false, `[]`: false, `null`: false, `{"ok":"true"}`: false,
		`<html>{"ok":true}</html>`: false, `{"ok":false}`: false, `{"error":"x","ok":true`: false,
	} {
		token := botAnswers(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, body) })
		ref, err := (&Bot{}).Post(t.Context(), token, "C0123ABCD", botMessage())
		e := refused(t, err)
		if (e == nil) != want || ref.Known() {
			t.Errorf("%q: %+v, %v; want accepted %v, and no message known", body, ref, err, want)
		}
		if e != nil && (!e.Temporary || e.Reason != "status 200 without Slack's ok") {
			t.Errorf("%q: %+v, want temporary", body, *e)
		}
	}
}

func TestBotNetworkErrors(t *testing.T) {
	holding := botAnswers(t, hold(t))
	closed := httptest.NewServer(nil)
	closed.Close()
	echoing := botAnswers(t, echo(func(r *http.Request) string { return r.Header.Get("Authorization") }))
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	tests := map[string]struct {
		ctx    context.Context
		token  Token
		client *http.Client
		reason string
	}{
		"refused":              {token: tokenFor(t, closed.URL+"/api/"), reason: "connection refused"},
		"too slow":             {token: holding, client: &http.Client{Timeout: 20 * time.Millisecond}, reason: "not reached"},
		"cancelled":            {ctx: cancelled, token: holding, reason: "canceled"},
		"repeats what it gets": {token: echoing, reason: "malformed HTTP"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if test.ctx == nil {
				test.ctx = t.Context()
			}
			_, err := (&Bot{HTTP: test.client}).Post(test.ctx, test.token, "#alerts", botMessage())
			e := refused(t, err)
			if e == nil || !e.Temporary || e.Revoked || e.Payload || !strings.Contains(e.Reason, test.reason) {
				t.Errorf("%+v, want temporary with %q", e, test.reason)
			}
		})
	}
}

func TestNoRequestWithoutToken(t *testing.T) {
	_, err := (&Bot{}).Post(t.Context(), Token{}, "#alerts", botMessage())
	if e := refused(t, err); e == nil || !e.Revoked || e.Temporary {
		t.Errorf("%+v, want revoked", e)
	}
}

func TestTokenIsNotSentToRedirect(t *testing.T) {
	followed := false
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { followed = true }))
	defer elsewhere.Close()
	for _, status := range []int{301, 302, 303, 307, 308} {
		asked := false
		token := botAnswers(t, func(w http.ResponseWriter, r *http.Request) {
			asked = true
			http.Redirect(w, r, elsewhere.URL, status)
		})
		_, err := (&Bot{}).Post(t.Context(), token, "#alerts", botMessage())
		if e := refused(t, err); e == nil || !e.Temporary || followed || !asked {
			t.Errorf("%d: %+v, followed %v, asked %v", status, e, followed, asked)
		}
	}
}
