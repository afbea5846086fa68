package slack

import (
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

// SecretReader is what [Secret] needs of AWS Secrets Manager.
type SecretReader interface {
	GetSecretValue(context.Context, *secretsmanager.GetSecretValueInput, ...func(*secretsmanager.Options)) (*secretsmanager.GetSecretValueOutput, error)
}

// minRefresh is how long the secret is not asked for again, whether it could be read or not: a storm of refusals must not become a
// storm of requests to Secrets Manager.
const minRefresh = 30 * time.Second

// Secret gives incoming webhooks by name, and a bot token, from a Secrets Manager secret: a JSON object of names and URLs with the
// token as "token", or one URL alone, which then is named "default", or one token alone. It reads the secret when it is first asked,
// and keeps it. No error of it repeats what the secret holds, names included: people put a token in the wrong place.
type Secret struct {
	Reader SecretReader
	ID     string // name or ARN
	// Now tells the time.
	// Default: time.Now.
	Now func() time.Time

	mu      sync.Mutex
	current secretValue // of the last time that it could be read
	readAt  time.Time
	err     error // of the last time that it was asked for
}

// secretValue are what is in a secret.
type secretValue struct {
	urls  map[string]string
	token Token // the zero value where there is none
	// tokenErr says why there is no token although something stands in its place.
	tokenErr error
}

// URL gives the webhook of a name. A name that the secret does not have gives the webhook "default" and usedDefault: a route that
// is misspelt must not cost an alert.
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

// Renew reads the secret again after Slack said that a webhook is not valid, unless it was read just now. It says whether the
// webhook of the name is another one than before.
func (s *Secret) Renew(ctx context.Context, name, refused string) (changed bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.refresh(ctx); err != nil {
		return false, err
	}
	now := s.current.urls[name]
	if now == "" {
		now = s.current.urls[routes.Default]
	}
	return now != "" && now != refused, nil
}

// refresh reads the secret unless that was done, or tried, just now.
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

// parseSecret leaves out what is neither a webhook nor a token, so that a note beside the webhooks costs none of them.
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
	// Webhooks may have the names "token" and "api": there were webhooks before there were tokens.
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

// slackHosts are where incoming webhooks live. The notifier posts nowhere else, whatever somebody who may write the secret puts into
// it.
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

// isLocal allows plain http to this machine alone, for tests and the demo. In Lambda, this machine has the Runtime API, which takes
// orders by POST, so not to that.
func isLocal(u *url.URL) bool {
	ip := net.ParseIP(u.Hostname())
	_, runtimeAPI, _ := net.SplitHostPort(os.Getenv("AWS_LAMBDA_RUNTIME_API"))
	return u.Scheme == "http" && ip != nil && ip.IsLoopback() && u.Port() != "" && u.Port() != runtimeAPI
}
