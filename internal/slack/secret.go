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

// rereadAfter is how long the secret is not asked for again, whether it could be read or not: a storm of refusals must not become a
// storm of requests to Secrets Manager.
const rereadAfter = 30 * time.Second

// Secret gives incoming webhooks by name, and a bot token, from a Secrets Manager secret: a JSON object of names and URLs with the
// token as "token", or one URL alone, which then is named "default", or one token alone. It reads the secret when it is first asked,
// and keeps it. No error of it repeats what the secret holds, names included: people put a token in the wrong place.
type Secret struct {
	Reader SecretReader
	ID     string // name or ARN
	// Now tells the time.
	// Default: time.Now.
	Now func() time.Time

	mu    sync.Mutex
	held  contents // of the last time that it could be read
	asked time.Time
	err   error // of the last time that it was asked for
}

// contents are what is in a secret.
type contents struct {
	urls  map[string]string
	token Token // the zero value where there is none
	// noToken says why there is no token although something stands in its place.
	noToken error
}

// URL gives the webhook of a name. A name that the secret does not have gives the webhook "default" and usedDefault: a route that
// is misspelt must not cost an alert.
func (s *Secret) URL(ctx context.Context, name string) (webhook string, usedDefault bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.held.urls[name] == "" {
		err = s.refresh(ctx)
	}
	if webhook := s.held.urls[name]; webhook != "" {
		return webhook, false, nil
	}
	if webhook := s.held.urls[routes.Default]; webhook != "" {
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
	now := s.held.urls[name]
	if now == "" {
		now = s.held.urls[routes.Default]
	}
	return now != "" && now != refused, nil
}

// refresh reads the secret unless that was done, or tried, just now.
func (s *Secret) refresh(ctx context.Context) error {
	now := time.Now
	if s.Now != nil {
		now = s.Now
	}
	if !s.asked.IsZero() && now().Sub(s.asked) < rereadAfter {
		return s.err
	}
	held, err := s.read(ctx)
	s.asked, s.err = now(), err
	if err == nil {
		s.held = held
	}
	return err
}

func (s *Secret) read(ctx context.Context) (contents, error) {
	out, err := s.Reader.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: aws.String(s.ID)})
	if err != nil {
		return contents{}, fmt.Errorf("secret %s cannot be read: %w", s.ID, err)
	}
	held, err := parseSecret(aws.ToString(out.SecretString))
	if err != nil {
		return contents{}, fmt.Errorf("secret %s: %w", s.ID, err)
	}
	return held, nil
}

// parseSecret leaves out what is neither a webhook nor a token, so that a note beside the webhooks costs none of them.
func parseSecret(text string) (contents, error) {
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
			return contents{}, errors.New("found an object that is no JSON, " + allowed)
		}
	}
	held := contents{urls: map[string]string{}}
	for name, value := range values {
		if webhook, ok := value.(string); ok && isWebhook(strings.TrimSpace(webhook)) {
			held.urls[name] = strings.TrimSpace(webhook)
		}
	}
	// Webhooks may have the names "token" and "api": there were webhooks before there were tokens.
	if strings.HasPrefix(held.urls[apiKey], "https://") { // and not a local Slack
		delete(values, apiKey)
	}
	if value, found := values[tokenKey]; found && held.urls[tokenKey] == "" {
		held.token, held.noToken = readToken(value, values[apiKey])
	}
	switch {
	case len(held.urls) > 0 || held.token.Present():
		return held, nil
	case held.noToken != nil:
		return contents{}, held.noToken
	}
	return contents{}, errors.New("found no webhook URL and no bot token, " + allowed)
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
