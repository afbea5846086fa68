package slacktest_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/trailbus/trailbus/internal/local/slacktest"
)

// post sends a body to a webhook and returns Slack's answer.
func post(t *testing.T, url, body string) (status int, answer string, header http.Header) {
	t.Helper()
	res, err := http.Post(url, "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(text), res.Header
}

func start(t *testing.T, o slacktest.Options) *slacktest.Server {
	t.Helper()
	s := slacktest.New(o)
	t.Cleanup(s.Close)
	return s
}

func TestMessagesAreKept(t *testing.T) {
	t.Parallel()
	var called []string
	s := start(t, slacktest.Options{OnMessage: func(m slacktest.Message) { called = append(called, m.Webhook) }})
	if url := s.URL("alerts"); !strings.HasPrefix(url, "http://127.0.0.1:") || !strings.HasSuffix(url, "/services/T000/B000/alerts") {
		t.Errorf("URL %s", url)
	}
	if got := s.Messages(); len(got) != 0 {
		t.Fatalf("%d messages before the first, wanted 0", len(got))
	}
	for _, hook := range []string{"alerts", "audit"} {
		if status, answer, _ := post(t, s.URL(hook), `{"text": "hello `+hook+`"}`); status != 200 || answer != "ok" {
			t.Errorf("%d %q, wanted 200 ok", status, answer)
		}
	}
	got := s.Wait(2, t.Context().Done())
	if len(got) != 2 || got[0].Webhook != "alerts" || string(got[1].Payload) != `{"text": "hello audit"}` || got[0].Time.IsZero() {
		t.Errorf("messages %+v", got)
	}
	if strings.Join(called, " ") != "alerts audit" {
		t.Errorf("OnMessage was called for %q, wanted alerts and audit", called)
	}
	s.Reset()
	if len(s.Messages()) != 0 || s.Requests() != 0 {
		t.Error("Reset left something")
	}
}

func TestFormIsAccepted(t *testing.T) {
	t.Parallel()
	s := start(t, slacktest.Options{})
	res, err := http.PostForm(s.URL("alerts"), map[string][]string{"payload": {`{"text":"hello"}`}})
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if got := s.Messages(); res.StatusCode != 200 || len(got) != 1 || string(got[0].Payload) != `{"text":"hello"}` {
		t.Errorf("status %d, messages %+v", res.StatusCode, got)
	}
}

func TestUnknownWebhooks(t *testing.T) {
	t.Parallel()
	s := start(t, slacktest.Options{Webhooks: []string{"alerts"}})
	for _, c := range []struct {
		url, answer string
		status      int
	}{
		{s.URL("alerts"), "ok", 200},
		{s.URL("none"), "no_service", 404},
		{strings.Replace(s.URL("alerts"), "/services/", "/elsewhere/", 1), "no_team", 404},
	} {
		if status, answer, _ := post(t, c.url, `{"text":"hello"}`); status != c.status || answer != c.answer {
			t.Errorf("%s: %d %q, wanted %d %q", c.url, status, answer, c.status, c.answer)
		}
	}
	if n := len(s.Messages()); n != 1 {
		t.Errorf("%d messages, wanted 1", n)
	}
	res, err := http.Get(s.URL("alerts"))
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("GET: %d, wanted 405", res.StatusCode)
	}
}

type object = map[string]any

func plain(n int) object  { return object{"type": "plain_text", "text": strings.Repeat("ü", n)} }
func mrkdwn(n int) object { return object{"type": "mrkdwn", "text": strings.Repeat("x", n)} }

func times(n int, v any) []any {
	l := make([]any, n)
	for i := range l {
		l[i] = v
	}
	return l
}

func TestLimits(t *testing.T) {
	t.Parallel()
	s := start(t, slacktest.Options{})
	section := func(n int) object { return object{"type": "section", "text": mrkdwn(n)} }
	header := func(n int) object { return object{"type": "header", "text": plain(n)} }
	fields := func(n, length int) object { return object{"type": "section", "fields": times(n, mrkdwn(length))} }
	button := func(text, url int) object {
		return object{"type": "button", "text": plain(text), "url": strings.Repeat("u", url)}
	}
	one := func(v any) []any { return []any{v} }
	divider := object{"type": "divider"}
	// What is just allowed, and the same with one too many.
	for _, c := range []struct {
		name      string
		fits, not []any
	}{
		{"blocks", times(50, divider), times(51, divider)},
		{"header", one(header(150)), one(header(151))},
		{"header's type", one(header(1)), one(object{"type": "header", "text": mrkdwn(1)})},
		{"section text", one(section(3000)), one(section(3001))},
		{"empty section text", one(section(1)), one(section(0))},
		{"section with nothing", one(section(1)), one(object{"type": "section"})},
		{"fields", one(fields(10, 1)), one(fields(11, 1))},
		{"field", one(fields(1, 2000)), one(fields(1, 2001))},
		{"no fields", one(fields(1, 1)), one(fields(0, 1))},
		{"context", one(object{"type": "context", "elements": times(10, mrkdwn(1))}), one(object{"type": "context", "elements": times(11, mrkdwn(1))})},
		{"actions", one(object{"type": "actions", "elements": times(25, button(1, 1))}), one(object{"type": "actions", "elements": times(26, button(1, 1))})},
		{"button text", one(object{"type": "actions", "elements": one(button(75, 1))}), one(object{"type": "actions", "elements": one(button(76, 1))})},
		{"button address", one(object{"type": "actions", "elements": one(button(1, 3000))}), one(object{"type": "actions", "elements": one(button(1, 3001))})},
		{"accessory", one(object{"type": "section", "text": mrkdwn(1), "accessory": button(75, 1)}), one(object{"type": "section", "text": mrkdwn(1), "accessory": button(76, 1)})},
		{"block id", one(object{"type": "divider", "block_id": strings.Repeat("i", 255)}), one(object{"type": "divider", "block_id": strings.Repeat("i", 256)})},
		{"one block id twice", one(object{"type": "divider", "block_id": "a"}), times(2, object{"type": "divider", "block_id": "a"})},
		{"image", one(object{"type": "image", "image_url": "u", "alt_text": "a"}), one(object{"type": "image", "image_url": "u"})},
		{"total text", append(times(4, section(3000)), section(1200)), append(times(4, section(3000)), section(1201))},
		{"type", one(divider), one(object{"type": "sektion", "text": mrkdwn(1)})},
		{"table", one(object{"type": "table", "rows": times(100, times(20, object{}))}), one(object{"type": "table", "rows": times(101, times(20, object{}))})},
		{"rich text", one(object{"type": "rich_text", "elements": one(object{})}), one(object{"type": "rich_text", "elements": []any{}})},
	} {
		for wanted, blocks := range map[string][]any{"ok": c.fits, "invalid_blocks": c.not} {
			body, err := json.Marshal(object{"text": "fallback", "blocks": blocks})
			if err != nil {
				t.Fatal(err)
			}
			if _, answer, _ := post(t, s.URL("alerts"), string(body)); answer != wanted {
				t.Errorf("%s: %q, wanted %q", c.name, answer, wanted)
			}
			attached, err := json.Marshal(object{"attachments": one(object{"blocks": blocks})})
			if err != nil {
				t.Fatal(err)
			}
			if _, answer, _ := post(t, s.URL("alerts"), string(attached)); answer != wanted {
				t.Errorf("%s in an attachment: %q, wanted %q", c.name, answer, wanted)
			}
		}
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	s := start(t, slacktest.Options{})
	for body, wanted := range map[string]string{
		``:                          "invalid_payload",
		`hello`:                     "invalid_payload",
		`["text"]`:                  "invalid_payload",
		`null`:                      "invalid_payload",
		`{"text": "a`:               "invalid_payload",
		`{}`:                        "no_text",
		`{"text": " "}`:             "no_text",
		`{"blocks": []}`:            "no_text",
		`{"text": "a","blocks": 1}`: "invalid_blocks",
		`{"attachments":[` + strings.Repeat(`{},`, 100) + `{}]}`: "too_many_attachments",
	} {
		if status, answer, _ := post(t, s.URL("alerts"), body); status != 400 || answer != wanted {
			t.Errorf("%.40s: %d %q, wanted 400 %q", body, status, answer, wanted)
		}
	}
	if n, r := len(s.Messages()), s.Requests(); n != 0 || r != 10 {
		t.Errorf("%d messages of %d requests, wanted 0 of 10", n, r)
	}
}

func TestRateLimit(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	s := start(t, slacktest.Options{RateLimit: true, Now: func() time.Time { return now }})
	send := func(hook string, wanted int) {
		t.Helper()
		status, answer, header := post(t, s.URL(hook), `{"text":"hello"}`)
		if status != wanted {
			t.Errorf("%d %q, wanted %d", status, answer, wanted)
		}
		if limited := wanted == 429; limited != (header.Get("Retry-After") == "1") {
			t.Errorf("status %d with Retry-After %q", status, header.Get("Retry-After"))
		}
	}
	send("alerts", 200)
	send("alerts", 429)
	send("audit", 200) // each webhook has its own rate
	now = now.Add(999 * time.Millisecond)
	send("alerts", 429)
	now = now.Add(time.Millisecond)
	send("alerts", 200)
	if n := len(s.Messages()); n != 3 {
		t.Errorf("%d messages, wanted 3", n)
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	s := start(t, slacktest.Options{})
	s.Fail(2, 503, "service_unavailable", 0)
	s.Fail(1, 429, "rate_limited", 1500*time.Millisecond)
	for _, wanted := range []struct {
		status        int
		answer, after string
	}{{503, "service_unavailable", ""}, {503, "service_unavailable", ""}, {429, "rate_limited", "2"}, {200, "ok", ""}} {
		status, answer, header := post(t, s.URL("alerts"), `{"text":"hello"}`)
		if status != wanted.status || answer != wanted.answer || header.Get("Retry-After") != wanted.after {
			t.Errorf("%d %q Retry-After %q, wanted %+v", status, answer, header.Get("Retry-After"), wanted)
		}
	}
	if n := len(s.Messages()); n != 1 {
		t.Errorf("%d messages, wanted 1: a request that failed is no message", n)
	}
}

func TestReset(t *testing.T) {
	t.Parallel()
	s := start(t, slacktest.Options{})
	s.FailReset(1)
	// Without kept connections: Go's client sends a request again by itself where a kept one was
	// reset.
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := client.Post(s.URL("alerts"), "application/json", bytes.NewBufferString(`{"text":"hello"}`))
	if err == nil {
		res.Body.Close()
		t.Fatalf("%s, wanted a broken connection", res.Status)
	}
	if status, _, _ := post(t, s.URL("alerts"), `{"text":"hello"}`); status != 200 || len(s.Messages()) != 1 {
		t.Errorf("status %d and %d messages after the reset, wanted 200 and 1", status, len(s.Messages()))
	}
}

func TestSlow(t *testing.T) {
	t.Parallel()
	s := start(t, slacktest.Options{})
	s.Slow(1, time.Hour)
	client := &http.Client{Timeout: 50 * time.Millisecond, Transport: &http.Transport{DisableKeepAlives: true}}
	var timeout interface{ Timeout() bool }
	res, err := client.Post(s.URL("alerts"), "application/json", strings.NewReader(`{"text":"hello"}`))
	if err == nil {
		res.Body.Close()
		t.Fatalf("%s, wanted no answer", res.Status)
	}
	if !errors.As(err, &timeout) || !timeout.Timeout() {
		t.Errorf("%v, wanted a time-out", err)
	}
	s.Slow(1, time.Millisecond)
	if status, _, _ := post(t, s.URL("alerts"), `{"text":"hello"}`); status != 200 || len(s.Messages()) != 1 {
		t.Errorf("status %d and %d messages after a slow answer, wanted 200 and 1", status, len(s.Messages()))
	}
}
