package slack

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// The keys of a secret's JSON that are not names of webhooks.
const (
	tokenKey = "token"
	// apiKey is the address of the Web API if it is not [slackAPI]: that of GovSlack, or of a local
	// Slack.
	apiKey = "api"
)

// slackAPI is the address of Slack's Web API: https://docs.slack.dev/apis/web-api
const slackAPI = "https://slack.com/api/"

// slackAPIs are the addresses to which a token may be sent, so that write access to the secret does
// not give access to the token.
var slackAPIs = []string{slackAPI, "https://slack-gov.com/api/"}

// Token is a bot token of a Slack app, with the address of the Web API that it is for. Printed,
// logged or written as JSON, it is redacted. Tokens can be compared. The zero value is no token.
type Token struct{ secret, api string }

// botToken is the form of a bot token, and short enough for a header:
// https://docs.slack.dev/authentication/tokens#bot
var botToken = regexp.MustCompile(`^xoxb-[0-9A-Za-z-]{8,300}$`)

// NewToken makes a token for the Web API at an address.
// Default: [slackAPI]. Its errors do not quote the arguments.
func NewToken(secret, api string) (Token, error) {
	secret, api = strings.TrimSpace(secret), strings.TrimSpace(api)
	if !botToken.MatchString(secret) {
		return Token{}, fmt.Errorf("found %s as %q, allowed: a bot token, which begins with xoxb-", kindOfToken(secret),
			tokenKey)
	}
	if api == "" {
		api = slackAPI
	}
	if !strings.HasSuffix(api, "/") {
		api += "/"
	}
	if u, err := url.Parse(api); err != nil || u.User != nil || u.RawQuery != "" || u.Fragment != "" ||
		!slices.Contains(slackAPIs, api) && !isLocal(u) {
		return Token{}, fmt.Errorf("found something else than an address of Slack as %q, allowed: %s", apiKey,
			strings.Join(slackAPIs, " or "))
	}
	return Token{secret, api}, nil
}

// kindOfToken names what was found in place of a bot token:
// https://docs.slack.dev/authentication/tokens
func kindOfToken(text string) string {
	for _, kind := range []struct{ prefix, name string }{
		{"xoxe.xoxb-", "an expiring token of an app with token rotation, which Trailbus does not renew,"},
		{"xoxe.xoxp-", "a configuration or expiring user token"}, {"xoxe-", "a refresh token"},
		{"xoxp-", "a user token"}, {"xapp-", "an app-level token"}, {"xoxb-", "what is left of a bot token"},
		{"https://", "an address that is no webhook"},
	} {
		if strings.HasPrefix(text, kind.prefix) {
			return kind.name
		}
	}
	return "something else"
}

func parseToken(value, api any) (Token, error) {
	secret, _ := value.(string)
	address, text := api.(string)
	if api != nil && !text {
		address = "no text"
	}
	return NewToken(secret, address)
}

// Present reports whether t is a token and not the zero value.
func (t Token) Present() bool { return t.secret != "" }

// Secret gives the token as text. Send it to [Token.API] and to no other address.
func (t Token) Secret() string { return t.secret }

// API gives the address of the Web API that the token is for. It ends with a slash.
func (t Token) API() string { return t.api }

const redactedToken = "xoxb-…"

func (t Token) String() string { return redactedToken }

// GoString redacts the token for %#v.
func (t Token) GoString() string { return redactedToken }

// MarshalText redacts the token in JSON and logs.
func (t Token) MarshalText() ([]byte, error) { return []byte(redactedToken), nil }

// ErrNoToken says that the secret has no bot token, not even an invalid one.
var ErrNoToken = errors.New(`no bot token, allowed: one as "token" in its JSON, such as {"token": "xoxb-…"}`)

// Token gives the bot token, which is cached until [Secret.RenewToken]. If the secret has none, the
// error is [ErrNoToken].
func (s *Secret) Token(ctx context.Context) (Token, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var err error
	if !s.current.token.Present() {
		err = s.refresh(ctx)
	}
	switch {
	case s.current.token.Present():
		return s.current.token, nil
	case err != nil:
		return Token{}, err
	case s.current.tokenErr != nil:
		return Token{}, fmt.Errorf("secret %s: %w", s.ID, s.current.tokenErr)
	}
	return Token{}, fmt.Errorf("secret %s has %w", s.ID, ErrNoToken)
}

// RenewToken reads the secret again after Slack refused a token ([Error.Revoked]), unless it was
// read within 30 seconds. It reports whether the token differs from the refused one.
func (s *Secret) RenewToken(ctx context.Context, refused Token) (changed bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.refresh(ctx); err != nil {
		return false, err
	}
	return s.current.token.Present() && s.current.token != refused, nil
}
