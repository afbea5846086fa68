package slack

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	slackgo "github.com/slack-go/slack"

	"github.com/trailbus/trailbus/internal/contract"
	"github.com/trailbus/trailbus/internal/local/slacktest"
)

const (
	token = "sEcReTtOkEn0123456789abc"
	path  = "/services/T0SECRET/B0SECRET/" + token
)

// post posts and checks that the error, if any, is an *Error without any part of the URL.
func post(ctx context.Context, t *testing.T, url string, client *http.Client) *Error {
	t.Helper()
	err := (&Webhooks{HTTP: client}).Post(ctx, url, &slackgo.WebhookMessage{Text: "hello"})
	return errorWithout(t, err, token, "T0SECRET", "B0SECRET", "/services", "http://")
}

func answers(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	return serve(t, h) + path
}

func TestWebhookErrors(t *testing.T) {
	const temporaryKind, revokedKind, payloadKind, otherKind = "temporary", "revoked", "payload", "permanent"
	tests := []struct {
		status int
		body   string
		kind   string
		reason string // default: body
	}{
		{400, "invalid_payload", payloadKind, ""},
		{400, "no_text", payloadKind, ""},
		{400, "too_many_attachments", payloadKind, ""},
		{400, "invalid_blocks", payloadKind, ""},
		{400, "user_not_found", revokedKind, ""},
		{403, "action_prohibited", revokedKind, ""},
		{403, "invalid_token", revokedKind, ""},
		{403, "team_disabled", revokedKind, ""},
		{403, "posting_to_general_channel_denied", revokedKind, ""},
		{400, "posting_to_general_channel_denied", revokedKind, ""},
		{404, "channel_not_found", revokedKind, ""},
		{404, "no_service", revokedKind, ""},
		{404, "no_service_id", revokedKind, ""},
		{404, "no_active_hooks", revokedKind, ""},
		{404, "no_team", revokedKind, ""},
		{410, "channel_is_archived", revokedKind, ""},
		{403, "channel_is_archived", revokedKind, ""},
		{500, "rollup_error", temporaryKind, ""},
		{429, "rate_limited", temporaryKind, ""},
		{429, "", temporaryKind, "status 429"},
		{503, "service_unavailable", temporaryKind, ""},
		{502, "<html>" + path + "</html>", temporaryKind, "status 502"},
		{500, "", temporaryKind, "status 500"},
		{408, "", temporaryKind, "status 408"},
		{400, "<html>", payloadKind, "status 400"},
		{413, "", payloadKind, "status 413"},
		{403, "<html>", revokedKind, "status 403"},
		{302, "", revokedKind, "status 302"},
		{200, "<html>log in to the hotel's network</html>", revokedKind, "status 200 without Slack's ok, so it is no incoming webhook"},
		{405, "", otherKind, "status 405"},
		{401, "some_new_word", otherKind, ""},
		{404, "  no_service\n", revokedKind, "no_service"},
		{500, strings.Repeat("x", 1<<20), temporaryKind, "status 500"},
	}
	for _, test := range tests {
		t.Run(fmt.Sprintf("%d %.30s", test.status, test.body), func(t *testing.T) {
			url := answers(t, func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(test.status)
				_, _ = io.WriteString(w, test.body)
			})
			e := post(t.Context(), t, url, nil)
			if e == nil {
				t.Fatal("no error")
			}
			want := test.reason
			if want == "" {
				want = test.body
			}
			if e.Reason != want {
				t.Errorf("reason %q, want %q", e.Reason, want)
			}
			if e.Temporary != (test.kind == temporaryKind) || e.Revoked != (test.kind == revokedKind) || e.Payload != (test.kind == payloadKind) {
				t.Errorf("%+v, want %s", *e, test.kind)
			}
			if (e.RetryAfter == time.Second) != (test.status == 429) {
				t.Errorf("retry after %s", e.RetryAfter)
			}
		})
	}
}

func TestWebhookPost(t *testing.T) {
	server := slacktest.New(slacktest.Options{})
	defer server.Close()
	if e := post(t.Context(), t, server.URL("x"), nil); e != nil {
		t.Errorf("a good message: %v", e)
	}
	if got := server.Messages(); len(got) != 1 || !strings.Contains(string(got[0].Payload), `"text":"hello"`) {
		t.Errorf("received: %v", got)
	}
	if e := post(t.Context(), t, answers(t, func(http.ResponseWriter, *http.Request) {}), nil); e != nil {
		t.Errorf("a bare 200: %v", e)
	}
}

func TestRetryAfter(t *testing.T) {
	for header, want := range map[string]time.Duration{
		"1": time.Second, "30": 30 * time.Second, " 7 ": 7 * time.Second, "0": 0, "-5": 0, "": 0, "soon": 0, "1.5": 0,
		"1000000000": contract.MaxBackOff, "99999999999999999999999": contract.MaxBackOff, "18446744073709551615": contract.MaxBackOff,
		"Fri, 31 Dec 2999 23:59:59 GMT": contract.MaxBackOff, "Fri, 31 Dec 1999 23:59:59 GMT": 0,
	} {
		if got := parseRetryAfter(header); got != want {
			t.Errorf("%q: %s, want %s", header, got, want)
		}
		if got := classifyWebhook(503, header, "").RetryAfter; got != want {
			t.Errorf("503 with %q: %s, want %s", header, got, want)
		}
		if got := classifyWebhook(404, header, "no_service").RetryAfter; got != 0 {
			t.Errorf("404 with %q: %s, want 0", header, got)
		}
		least := max(want, time.Second)
		if got := classifyWebhook(429, header, "").RetryAfter; got != least {
			t.Errorf("429 with %q: %s, want %s", header, got, least)
		}
	}
}

func TestWebhookNetworkErrors(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	refusing := "http://" + listener.Addr().String() + path
	listener.Close()
	resetting := slacktest.New(slacktest.Options{})
	defer resetting.Close()
	resetting.FailReset(1)
	holding := answers(t, hold(t))
	echoing := answers(t, echo(func(r *http.Request) string { return r.RequestURI }))
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	tests := map[string]struct {
		ctx    context.Context
		url    string
		client *http.Client
		reason string
	}{
		"refused":                 {url: refusing, reason: "connection refused"},
		"reset":                   {url: resetting.URL(token), reason: "not reached"},
		"too slow":                {url: holding, client: &http.Client{Timeout: 20 * time.Millisecond}, reason: "not reached"},
		"cancelled":               {ctx: cancelled, url: holding, reason: "canceled"},
		"no such host":            {url: "http://host.invalid" + path, reason: "not reached"},
		"repeats the request":     {url: echoing, reason: "malformed HTTP"},
		"TLS where there is none": {url: strings.Replace(holding, "http://", "https://", 1), reason: "not reached"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if test.ctx == nil {
				test.ctx = t.Context()
			}
			e := post(test.ctx, t, test.url, test.client)
			if e == nil || !e.Temporary || e.Revoked || e.Payload || !strings.Contains(e.Reason, test.reason) {
				t.Errorf("%+v, want temporary with %q", e, test.reason)
			}
		})
	}
	if e := post(t.Context(), t, "http://\x7f"+path, nil); e == nil || !e.Revoked || e.Temporary {
		t.Errorf("no URL: %+v, want revoked", e)
	}
}

func TestRedirectIsNotFollowed(t *testing.T) {
	followed := false
	elsewhere := answers(t, func(http.ResponseWriter, *http.Request) { followed = true })
	for _, status := range []int{301, 302, 303, 307, 308} {
		asked := false
		url := answers(t, func(w http.ResponseWriter, r *http.Request) {
			asked = true
			http.Redirect(w, r, elsewhere, status)
		})
		if e := post(t.Context(), t, url, nil); e == nil || !e.Revoked || e.Temporary || followed || !asked {
			t.Errorf("%d: %+v, followed %v, asked %v", status, e, followed, asked)
		}
	}
}
