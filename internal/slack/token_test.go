package slack

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

const bot = "xoxb-1234567890-9876543210-sEcReTsEcReT"

// mustHide checks that a text holds no part of a token.
func mustHide(t *testing.T, text string) {
	t.Helper()
	for _, part := range []string{"1234567890", "9876543210", "sEcReT"} {
		if strings.Contains(text, part) {
			t.Errorf("a part of the token is in %s", text)
		}
	}
}

func TestSecretToken(t *testing.T) {
	for value, api := range map[string]string{
		bot: slackAPI, " " + bot + "\n": slackAPI, `{"token":"` + bot + `"}`: slackAPI, `{"token":" ` + bot + ` ","default":"` + hook + `"}`: slackAPI,
		`{"token":"` + bot + `","api":"https://slack-gov.com/api/"}`:       "https://slack-gov.com/api/",
		`{"token":"` + bot + `","api":"https://slack-gov.com/api"}`:        "https://slack-gov.com/api/",
		`{"token":"` + bot + `","api":"http://127.0.0.1:8080/api/"}`:       "http://127.0.0.1:8080/api/",
		`{"token":"` + bot + `","api":null,"note":7,"default":"junk"}`:     slackAPI,
		`{"token":"` + bot + `","api":"","urgent":"` + hook + `"}`:         slackAPI,
		`{"token":"` + bot + `","api":"` + hook + `"}`:                     slackAPI, // a webhook of that name
		`{"token":"` + bot + `","api":"http://[::1]:1/api/","x":{"y":[]}}`: "http://[::1]:1/api/",
	} {
		token, err := newTestSecret(value).Token(t.Context())
		if err != nil || token.Secret() != bot || token.API() != api || !token.Present() {
			t.Errorf("%q gives %v for %q, %v; want one for %q", value, token.Present(), token.API(), err, api)
		}
	}
}

func TestInvalidTokens(t *testing.T) {
	t.Setenv("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:9001")
	tests := map[string]string{ // what the error says
		"xoxp-1234567890-sEcReTsEcReT":      "a user token",
		"xapp-1-1234567890-sEcReT":          "an app-level token",
		"xoxe.xoxb-1-1234567890sEcReT":      "token rotation",
		"xoxe-1-1234567890sEcReT":           "a refresh token",
		"xoxe.xoxp-1-1234567890sEcReT":      "a configuration or expiring user token",
		"xoxb-":                             "what is left of a bot token",
		bot + " " + bot:                     "what is left of a bot token",
		bot + "\\r\\nX: 1":                  "what is left of a bot token",
		"xoxb-" + strings.Repeat("1", 1000): "what is left of a bot token",
	}
	for text, want := range tests {
		for _, value := range []string{text, `{"token":"` + text + `"}`} {
			_, err := newTestSecret(value).Token(t.Context())
			if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "allowed: ") || !strings.Contains(err.Error(), "arn:secret") {
				t.Errorf("%q: error %v, want one with %q", value, err, want)
				continue
			}
			mustHide(t, err.Error())
		}
	}
	for _, value := range []string{`{"token":7}`, `{"token":""}`, `{"token":null}`, `{"token":["` + bot + `"]}`, `{"token":{"token":"` + bot + `"}}`} {
		_, err := newTestSecret(value).Token(t.Context())
		if err == nil || !strings.Contains(err.Error(), "found something else as \"token\"") {
			t.Errorf("%q: error %v", value, err)
		} else {
			mustHide(t, err.Error())
		}
	}
	// Where a token must not be sent.
	for _, api := range []string{
		"https://evil.example/api/", "http://slack.com/api/", "https://slack.com.evil.example/api/", "https://slack.com/", "https://slack.com/api/../x/",
		"https://user@slack.com/api/", "https://slack.com/api/?x=1", "https://slack.com/api/#x", "http://169.254.169.254/api/", "http://127.0.0.1:9001/api/",
		"http://127.0.0.1/api/", "http://127.0.0.1:8080/api/?x=", "http://user@127.0.0.1:8080/api/", "file:///api/", "\x7f", "slack.com",
	} {
		value, _ := json.Marshal(map[string]string{"token": bot, "api": api})
		token, err := newTestSecret(string(value)).Token(t.Context())
		if err == nil || !strings.Contains(err.Error(), slackAPI) || strings.Contains(err.Error(), "evil") {
			t.Errorf("%q: a token for %q, error %v", api, token.API(), err)
		} else {
			mustHide(t, err.Error())
		}
	}
	if _, err := newTestSecret(`{"token":"` + bot + `","api":7}`).Token(t.Context()); err == nil {
		t.Error("an api that is a number is accepted")
	}
}

func TestInvalidTokenKeepsWebhooks(t *testing.T) {
	s := newTestSecret(`{"default":"` + hook + `","token":"xoxp-1234567890-sEcReTsEcReT"}`)
	s.wants(t, "default", hook, false)
	if _, err := s.Token(t.Context()); err == nil || errors.Is(err, ErrNoToken) || !strings.Contains(err.Error(), "a user token") {
		t.Errorf("error %v", err)
	} else {
		mustHide(t, err.Error())
	}
	s = newTestSecret(`{"default":"` + hook + `"}`)
	if _, err := s.Token(t.Context()); !errors.Is(err, ErrNoToken) || !strings.Contains(err.Error(), "arn:secret") {
		t.Errorf("error %v, want ErrNoToken", err)
	}
	s = newTestSecret(`{"token":"` + bot + `"}`)
	if got, _, err := s.URL(t.Context(), "default"); err == nil {
		t.Errorf("a secret without webhooks gives %q", got)
	} else {
		mustHide(t, err.Error())
	}
	s = newTestSecret(`{"token":"` + hook + `"}`) // a webhook of that name, as before there were tokens
	s.wants(t, "token", hook, false)
	if _, err := s.Token(t.Context()); !errors.Is(err, ErrNoToken) {
		t.Errorf("error %v, want ErrNoToken", err)
	}
}

func TestRenewToken(t *testing.T) {
	s := newTestSecret(`{"token":"` + bot + `"}`)
	old, err := s.Token(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if again, err := s.Token(t.Context()); again != old || err != nil || s.reads != 1 {
			t.Fatalf("%v after %d reads, want it kept", err, s.reads)
		}
	}
	value := `{"token":"` + bot + `New"}`
	s.value = &value
	renew := func(refused Token, want bool, wantReads int) {
		t.Helper()
		if changed, err := s.RenewToken(t.Context(), refused); changed != want || err != nil || s.reads != wantReads {
			t.Errorf("changed %v after %d reads, %v; want %v after %d", changed, s.reads, err, want, wantReads)
		}
	}
	renew(old, false, 1) // read just now
	s.clock = s.clock.Add(minRefresh)
	renew(old, true, 2)
	token, err := s.Token(t.Context())
	if err != nil || token.Secret() != bot+"New" {
		t.Errorf("after it was renewed: %v", err)
	}
	renew(token, false, 2)
	// Junk costs what there was: it was refused anyway, and the next look may find a good one.
	value = `{"token":"xoxp-1234567890"}`
	s.clock = s.clock.Add(minRefresh)
	if changed, err := s.RenewToken(t.Context(), token); changed || err == nil {
		t.Errorf("junk: changed %v, %v", changed, err)
	}
	s.clock = s.clock.Add(minRefresh)
	s.fakeReader.err = errors.New("ThrottlingException")
	if changed, err := s.RenewToken(t.Context(), token); changed || err == nil {
		t.Errorf("throttled: changed %v, %v", changed, err)
	}
	if again, err := s.Token(t.Context()); again != token || err != nil {
		t.Errorf("what was read before is gone: %v", err)
	}
}

func TestTokenIsNotPrinted(t *testing.T) {
	token, err := NewToken(bot, "")
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	slog.New(slog.NewJSONHandler(&log, nil)).Info("m", slog.Any("token", token), slog.Any("in", map[string]any{"t": token}))
	slog.New(slog.NewTextHandler(&log, nil)).Info("m", slog.Any("token", token))
	asJSON, err := json.Marshal([]any{token, &token, struct{ T Token }{token}})
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{
		log.String(), string(asJSON), fmt.Sprint(token), fmt.Sprintf("%s %v %+v %#v %q", token, token, token, token, token),
		fmt.Sprintf("%v %+v", struct{ T Token }{token}, []Token{token}), fmt.Sprintf("%v", &token),
	} {
		mustHide(t, text)
		if !strings.Contains(text, "xoxb-…") {
			t.Errorf("%s does not say that there is a token", text)
		}
	}
}
