package webhook

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/url"
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

// rereadAfter is how old a value must be before a wrong webhook makes it worth asking again: a storm of refusals must not become
// a storm of requests to Secrets Manager.
const rereadAfter = 30 * time.Second

// Secret gives incoming webhooks by name from a Secrets Manager secret: a JSON object of names and URLs, or one URL, which then
// is named "default". It reads the secret when it is first asked, and keeps it.
type Secret struct {
	Reader SecretReader
	ID     string // name or ARN
	// Now tells the time.
	// Default: time.Now.
	Now func() time.Time

	mu    sync.Mutex
	urls  map[string]string
	readT time.Time
}

// URL gives the webhook of a name. A name that the secret does not have gives the webhook "default" and usedDefault: a route that
// is misspelt must not cost an alert.
func (s *Secret) URL(ctx context.Context, name string) (webhook string, usedDefault bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.urls == nil || s.urls[name] == "" && s.stale() {
		if err := s.read(ctx); err != nil {
			return "", false, err
		}
	}
	if webhook := s.urls[name]; webhook != "" {
		return webhook, false, nil
	}
	if webhook := s.urls[routes.Default]; webhook != "" {
		return webhook, true, nil
	}
	return "", false, fmt.Errorf("the secret has no webhook %q and no %q, found: %s", name, routes.Default,
		strings.Join(slices.Sorted(maps.Keys(s.urls)), ", "))
}

// Renew reads the secret again after Slack said that a webhook is not valid, unless it was read just now. It says whether the
// webhook of the name is another one than before.
func (s *Secret) Renew(ctx context.Context, name, refused string) (changed bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stale() {
		if err := s.read(ctx); err != nil {
			return false, err
		}
	}
	now := s.urls[name]
	if now == "" {
		now = s.urls[routes.Default]
	}
	return now != "" && now != refused, nil
}

func (s *Secret) now() time.Time {
	if s.Now != nil {
		return s.Now()
	}
	return time.Now()
}

func (s *Secret) stale() bool { return s.now().Sub(s.readT) >= rereadAfter }

func (s *Secret) read(ctx context.Context) error {
	out, err := s.Reader.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: aws.String(s.ID)})
	if err != nil {
		return fmt.Errorf("secret %s cannot be read: %w", s.ID, err)
	}
	urls, err := parseSecret(aws.ToString(out.SecretString))
	if err != nil {
		return fmt.Errorf("secret %s: %w", s.ID, err)
	}
	s.urls, s.readT = urls, s.now()
	return nil
}

// parseSecret never repeats what it read: it is secret, and the error is logged.
func parseSecret(text string) (map[string]string, error) {
	const allowed = `allowed: a webhook URL, or a JSON object of names and webhook URLs such as {"default": "https://hooks.slack.com/services/…"}`
	text = strings.TrimSpace(text)
	urls := map[string]string{}
	if strings.HasPrefix(text, "{") {
		if err := json.Unmarshal([]byte(text), &urls); err != nil {
			return nil, errors.New("found JSON that is no object of texts, " + allowed)
		}
	} else {
		urls[routes.Default] = text
	}
	for name, webhook := range urls {
		if !isWebhook(webhook) {
			return nil, fmt.Errorf("the value of %q is no https URL, %s", name, allowed)
		}
	}
	if len(urls) == 0 {
		return nil, errors.New("found nothing, " + allowed)
	}
	return urls, nil
}

// isWebhook allows plain http to this machine alone, for tests and the demo.
func isWebhook(text string) bool {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.User != nil {
		return false
	}
	if u.Scheme == "http" {
		ip := net.ParseIP(u.Hostname())
		return ip != nil && ip.IsLoopback()
	}
	return u.Scheme == "https"
}
