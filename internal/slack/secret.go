package slack

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/trailbus/trailbus/routes"
)

// SecretReader is the part of the client of AWS Secrets Manager that [Secret] needs.
type SecretReader interface {
	GetSecretValue(context.Context, *secretsmanager.GetSecretValueInput,
		...func(*secretsmanager.Options)) (*secretsmanager.GetSecretValueOutput, error)
}

// minRefresh is the shortest time between two reads of the secret, failed ones included: a storm of
// errors of Slack must not become a storm of requests to Secrets Manager.
const minRefresh = 30 * time.Second

// Secret gives incoming webhooks by name, and a bot token, from a secret of AWS Secrets Manager: a
// JSON object of names and URLs, with the token as "token"; or one URL, which then has the name
// "default"; or one token. It reads the secret on first use, and caches it. Its errors quote
// nothing of the secret, names included, because people put tokens in the wrong place. It is safe
// for concurrent use.
type Secret struct {
	Reader SecretReader
	ID     string // name or ARN
	// Now gives the time.
	// Default: time.Now.
	Now func() time.Time

	mu      sync.Mutex
	current secretValue // of the last successful read
	readAt  time.Time
	err     error // of the last read
}

// secretValue is the parsed content of a secret.
type secretValue struct {
	urls  map[string]string
	token Token // zero if there is none
	// tokenErr says why the token is not valid.
	tokenErr error
}

// URL gives the webhook of a name. If the secret does not have the name, URL gives the webhook
// "default" and usedDefault is true: a misspelt route must not lose an alert. A name that is
// missing makes it read the secret again, at most once in 30 seconds.
func (s *Secret) URL(ctx context.Context, name string) (webhook string, usedDefault bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.current.urls[name] == "" {
		err = s.refresh(ctx)
	}
	if webhook := s.current.urls[name]; webhook != "" {
		return webhook, false, nil
	}
	if webhook := s.current.urls[routes.Default]; webhook != "" {
		return webhook, true, nil
	}
	if err == nil {
		err = fmt.Errorf("secret %s has no webhook URL named %q, and none named %q", s.ID, name, routes.Default)
	}
	return "", false, err
}

// Renew reads the secret again after Slack refused a webhook ([Error.Revoked]), unless it was read
// within 30 seconds. It reports whether the webhook of the name differs from the refused one.
func (s *Secret) Renew(ctx context.Context, name, refused string) (changed bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.refresh(ctx); err != nil {
		return false, err
	}
	now := cmp.Or(s.current.urls[name], s.current.urls[routes.Default])
	return now != "" && now != refused, nil
}

// refresh reads the secret unless it was read, or failed to be read, within [minRefresh].
func (s *Secret) refresh(ctx context.Context) error {
	now := time.Now
	if s.Now != nil {
		now = s.Now
	}
	if !s.readAt.IsZero() && now().Sub(s.readAt) < minRefresh {
		return s.err
	}
	current, err := s.read(ctx)
	s.readAt, s.err = now(), err
	if err == nil {
		s.current = current
	}
	return err
}

func (s *Secret) read(ctx context.Context) (secretValue, error) {
	out, err := s.Reader.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: aws.String(s.ID)})
	if err != nil {
		return secretValue{}, fmt.Errorf("secret %s cannot be read: %w", s.ID, err)
	}
	parsed, err := parseSecret(aws.ToString(out.SecretString))
	if err != nil {
		return secretValue{}, fmt.Errorf("secret %s: %w", s.ID, err)
	}
	return parsed, nil
}

// parseSecret ignores what is neither a webhook nor a token, so that a note beside the webhooks
// does not make the secret invalid.
func parseSecret(text string) (secretValue, error) {
	const allowed = `allowed: a webhook URL, a bot token, or a JSON object of names and webhook URLs, with a bot token as "token" if there is one, ` +
		`such as {"default": "https://hooks.slack.com/services/…", "token": "xoxb-…"}`
	text = strings.TrimSpace(text)
	values := map[string]any{routes.Default: text}
	switch {
	case strings.HasPrefix(text, "xox"), strings.HasPrefix(text, "xapp-"):
		values = map[string]any{tokenKey: text}
	case strings.HasPrefix(text, "{"):
		values = map[string]any{}
		if err := json.Unmarshal([]byte(text), &values); err != nil {
			return secretValue{}, errors.New("found an object that is no JSON, " + allowed)
		}
	}
	parsed := secretValue{urls: map[string]string{}}
	for name, value := range values {
		if webhook, ok := value.(string); ok && isWebhook(strings.TrimSpace(webhook)) {
			parsed.urls[name] = strings.TrimSpace(webhook)
		}
	}
	// Webhooks may have the names "token" and "api", which were not reserved before Trailbus took
	// tokens.
	if strings.HasPrefix(parsed.urls[apiKey], "https://") { // and not a local Slack
		delete(values, apiKey)
	}
	if value, found := values[tokenKey]; found && parsed.urls[tokenKey] == "" {
		parsed.token, parsed.tokenErr = parseToken(value, values[apiKey])
	}
	switch {
	case len(parsed.urls) > 0 || parsed.token.Present():
		return parsed, nil
	case parsed.tokenErr != nil:
		return secretValue{}, parsed.tokenErr
	}
	return secretValue{}, errors.New("found no webhook URL and no bot token, " + allowed)
}

// slackHosts are the hosts of incoming webhooks. The notifier posts to no other host, so that write
// access to the secret does not give access to alerts.
var slackHosts = []string{"hooks.slack.com", "hooks.slack-gov.com"}

func isWebhook(text string) bool {
	u, err := url.Parse(text)
	if err != nil || u.User != nil || len(u.Path) < 2 {
		return false
	}
	if u.Scheme == "https" {
		return slices.Contains(slackHosts, u.Host)
	}
	return isLocal(u)
}

// isLocal allows plain http to the loopback address, for tests and the demo, but not to the Runtime
// API, which has that address in Lambda and takes POST requests.
func isLocal(u *url.URL) bool {
	ip := net.ParseIP(u.Hostname())
	_, runtimeAPI, _ := net.SplitHostPort(os.Getenv("AWS_LAMBDA_RUNTIME_API"))
	return u.Scheme == "http" && ip != nil && ip.IsLoopback() && u.Port() != "" && u.Port() != runtimeAPI
}
