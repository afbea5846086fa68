package slacktest_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	slackgo "github.com/slack-go/slack"

	"github.com/trailbus/trailbus/internal/local/slacktest"
	"github.com/trailbus/trailbus/internal/slack"
)

const bot = "xoxb-1234567890-abcdefgh"

func tokenFor(t *testing.T, s *slacktest.Server) slack.Token {
	t.Helper()
	token, err := slack.NewToken(bot, s.API())
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func text(s string) *slackgo.WebhookMessage { return &slackgo.WebhookMessage{Text: s} }

// said is the text of a payload.
func said(payload json.RawMessage) string {
	var m struct{ Text string }
	_ = json.Unmarshal(payload, &m)
	return m.Text
}

// mustRefuse sees to it that an error has a reason of Slack's.
func mustRefuse(t *testing.T, err error, want string) {
	t.Helper()
	refusal := (*slack.Error)(nil)
	if !errors.As(err, &refusal) || refusal.Reason != want {
		t.Errorf("%v, wanted %s", err, want)
	}
}

func TestMessagesOfTheWebAPI(t *testing.T) {
	t.Parallel()
	called := 0
	s := start(t, slacktest.Options{Token: bot, OnMessage: func(slacktest.Message) { called++ }})
	token, c := tokenFor(t, s), &slack.Bot{}
	first, err := c.Post(t.Context(), token, "#alerts", text("one"))
	if err != nil || !first.Known() || first.Channel[0] != 'C' {
		t.Fatalf("%+v, %v", first, err)
	}
	second, err := c.Post(t.Context(), token, first.Channel, text("two"))
	if err != nil || second.Channel != first.Channel || second.Timestamp == first.Timestamp {
		t.Fatalf("%+v, %v; wanted another message in %s", second, err, first.Channel)
	}
	reply, err := c.Reply(t.Context(), token, first, text("in the thread"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Reply(t.Context(), token, slack.MessageRef{Channel: first.Channel, Timestamp: "1.000001"}, text("of nobody")); err != nil {
		t.Errorf("a reply to what is gone: %v, wanted it in the channel", err)
	}
	before := s.Channel("#alerts")
	for _, update := range []string{"one ×2", "one ×3"} {
		if err := c.Update(t.Context(), token, first, text(update)); err != nil {
			t.Fatal(err)
		}
	}
	other, err := c.Post(t.Context(), token, "#audit", text("elsewhere"))
	if err != nil || other.Channel == first.Channel {
		t.Errorf("%+v, %v; wanted another channel", other, err)
	}
	got := s.Channel("#alerts")
	if len(got) != 4 || len(s.Channel(first.Channel)) != 4 || len(s.Channel("#audit")) != 1 || len(s.Channel("#none")) != 0 || len(s.Channel("")) != 0 {
		t.Fatalf("%d messages in the channel", len(got))
	}
	if said(got[0].Payload) != "one" || len(got[0].Updates) != 2 || said(got[0].Updates[1]) != "one ×3" || got[0].Name != "#alerts" || got[0].Thread != "" {
		t.Errorf("the first message is %+v", got[0])
	}
	if len(before[0].Updates) != 0 {
		t.Error("what was given out before has changed")
	}
	if got[2].Thread != first.Timestamp || got[2].Timestamp != reply.Timestamp || got[3].Thread != "" {
		t.Errorf("the replies are %+v and %+v", got[2], got[3])
	}
	if called != 5 || len(s.Messages()) != 5 || s.Requests() != 7 {
		t.Errorf("OnMessage was called %d times, %d messages of %d requests", called, len(s.Messages()), s.Requests())
	}
}

func TestRefusalsOfTheWebAPI(t *testing.T) {
	t.Parallel()
	s := start(t, slacktest.Options{Token: bot, Channels: []string{"#alerts"}})
	token, c := tokenFor(t, s), &slack.Bot{}
	at, err := c.Post(t.Context(), token, "#alerts", text("one"))
	if err != nil {
		t.Fatal(err)
	}
	post := func(token slack.Token, channel string, m *slackgo.WebhookMessage) error {
		_, err := c.Post(t.Context(), token, channel, m)
		return err
	}
	wrong, err := slack.NewToken(bot+"x", s.API())
	if err != nil {
		t.Fatal(err)
	}
	bad := &slackgo.WebhookMessage{Text: "x", Blocks: &slackgo.Blocks{BlockSet: []slackgo.Block{slackgo.NewHeaderBlock(slackgo.NewTextBlockObject("plain_text", strings.Repeat("x", 151), false, false))}}}
	mustRefuse(t, post(wrong, "#alerts", text("x")), "invalid_auth")
	mustRefuse(t, post(token, "#other", text("x")), "channel_not_found")
	mustRefuse(t, post(token, "alerts", text("x")), "channel_not_found")
	mustRefuse(t, post(token, "", text("x")), "channel_not_found")
	mustRefuse(t, post(token, "#alerts", text("")), "no_text")
	mustRefuse(t, post(token, "#alerts", bad), "invalid_blocks")
	mustRefuse(t, c.Update(t.Context(), token, at, bad), "invalid_blocks")
	mustRefuse(t, c.Update(t.Context(), token, at, text(strings.Repeat("x", 4001))), "msg_too_long")
	mustRefuse(t, c.Update(t.Context(), token, slack.MessageRef{Channel: at.Channel, Timestamp: "1.000001"}, text("x")), "message_not_found")
	mustRefuse(t, c.Update(t.Context(), token, slack.MessageRef{Channel: "#alerts", Timestamp: at.Timestamp}, text("x")), "channel_not_found")
	if err := c.Update(t.Context(), token, at, text(strings.Repeat("x", 4000))); err != nil {
		t.Errorf("a long text: %v", err)
	}
	s.Refuse(2, "not_in_channel")
	s.Fail(1, 503, "", 0)
	s.FailReset(1)
	mustRefuse(t, post(token, "#alerts", text("x")), "not_in_channel")
	mustRefuse(t, c.Update(t.Context(), token, at, text("x")), "not_in_channel")
	mustRefuse(t, post(token, "#alerts", text("x")), "status 503")
	if err := post(token, "#alerts", text("x")); err == nil || !strings.Contains(err.Error(), "not reached") {
		t.Errorf("a reset: %v", err)
	}
	if got := s.Messages(); len(got) != 1 || len(got[0].Updates) != 1 {
		t.Errorf("%d messages, wanted the first and its update", len(got))
	}
	for _, raw := range []struct{ method, authorization, contentType, body, want string }{
		{"chat.postMessage", "", "application/json", `{}`, "not_authed"},
		{"chat.postMessage", "Bearer ", "application/json", `{}`, "not_authed"},
		{"chat.delete", "Bearer " + bot, "application/json", `{}`, "unknown_method"},
		{"chat.postMessage", "Bearer " + bot, "text/html", `{}`, "invalid_post_type"},
		{"chat.postMessage", "Bearer " + bot, "application/json", `{`, "invalid_json"},
		{"chat.postMessage", "Bearer " + bot, "application/json", `{"text":"x","channel":7}`, "invalid_json"},
	} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.API()+raw.method, strings.NewReader(raw.body))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Authorization", raw.authorization)
		request.Header.Set("Content-Type", raw.contentType)
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(response.Body)
		response.Body.Close()
		if response.StatusCode != 200 || strings.TrimSpace(string(body)) != `{"error":"`+raw.want+`","ok":false}` {
			t.Errorf("%+v: %d %s", raw, response.StatusCode, body)
		}
	}
}

func TestRatesOfTheWebAPI(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	s := start(t, slacktest.Options{RateLimit: true, Now: func() time.Time { return now }})
	token, c := tokenFor(t, s), &slack.Bot{}
	limited := func(err error, want time.Duration) {
		t.Helper()
		refusal := (*slack.Error)(nil)
		if !errors.As(err, &refusal) || !refusal.Temporary || refusal.RetryAfter != want || refusal.Reason != "ratelimited" {
			t.Errorf("%v, wanted to wait %s", err, want)
		}
	}
	at, err := c.Post(t.Context(), token, "#alerts", text("x"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Post(t.Context(), token, "#alerts", text("x"))
	limited(err, time.Second)
	_, err = c.Reply(t.Context(), token, at, text("x")) // a thread is of its channel
	limited(err, time.Second)
	if _, err := c.Post(t.Context(), token, "#audit", text("x")); err != nil {
		t.Errorf("another channel: %v", err)
	}
	now = now.Add(time.Second)
	if _, err := c.Post(t.Context(), token, "#alerts", text("x")); err != nil {
		t.Errorf("a second later: %v", err)
	}
	for range 50 {
		if err := c.Update(t.Context(), token, at, text("y")); err != nil {
			t.Fatal(err)
		}
	}
	limited(c.Update(t.Context(), token, at, text("y")), time.Minute)
	now = now.Add(time.Minute)
	if err := c.Update(t.Context(), token, at, text("z")); err != nil {
		t.Errorf("a minute later: %v", err)
	}
	if got := s.Channel("#alerts"); len(got) != 2 || len(got[0].Updates) != 51 {
		t.Errorf("%d messages", len(got))
	}
}
