package webhook

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

// Secret gives incoming webhooks by name from a Secrets Manager secret: a JSON object of names and URLs, or one URL, which then
// is named "default". It reads the secret when it is first asked, and keeps it. No error of it repeats what the secret holds, names
// included: people put a token in the wrong place.
type Secret struct {
	Reader SecretReader
	ID     string // name or ARN
	// Now tells the time.
	// Default: time.Now.
	Now func() time.Time

	mu    sync.Mutex
	urls  map[string]string // of the last time that it could be read
	asked time.Time
	err   error // of the last time that it was asked for
}

// URL gives the webhook of a name. A name that the secret does not have gives the webhook "default" and usedDefault: a route that
// is misspelt must not cost an alert.
func (s *Secret) URL(ctx context.Context, name string) (webhook string, usedDefault bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.urls[name] == "" {
		err = s.refresh(ctx)
	}
	if webhook := s.urls[name]; webhook != "" {
		return webhook, false, nil
	}
	if webhook := s.urls[routes.Default]; webhook != "" {
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
	now := s.urls[name]
	if now == "" {
		now = s.urls[routes.Default]
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
	urls, err := s.read(ctx)
	s.asked, s.err = now(), err
	if err == nil {
		s.urls = urls
	}
	return err
}

func (s *Secret) read(ctx context.Context) (map[string]string, error) {
	out, err := s.Reader.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: aws.String(s.ID)})
	if err != nil {
		return nil, fmt.Errorf("secret %s cannot be read: %w", s.ID, err)
	}
	urls, err := parseSecret(aws.ToString(out.SecretString))
	if err != nil {
		return nil, fmt.Errorf("secret %s: %w", s.ID, err)
	}
	return urls, nil
}

// parseSecret leaves out what is no webhook, so that a note beside the webhooks costs none of them.
func parseSecret(text string) (map[string]string, error) {
	const allowed = `allowed: a webhook URL, or a JSON object of names and webhook URLs such as {"default": "https://hooks.slack.com/services/…"}`
	text = strings.TrimSpace(text)
	values := map[string]any{routes.Default: text}
	if strings.HasPrefix(text, "{") {
		values = map[string]any{}
		if err := json.Unmarshal([]byte(text), &values); err != nil {
			return nil, errors.New("found an object that is no JSON, " + allowed)
		}
	}
	urls := map[string]string{}
	for name, value := range values {
		if webhook, ok := value.(string); ok && isWebhook(strings.TrimSpace(webhook)) {
			urls[name] = strings.TrimSpace(webhook)
		}
	}
	if len(urls) == 0 {
		return nil, errors.New("found no webhook URL, " + allowed)
	}
	return urls, nil
}

// slackHosts are where incoming webhooks live. The notifier posts nowhere else, whatever somebody who may write the secret puts into
// it.
var slackHosts = []string{"hooks.slack.com", "hooks.slack-gov.com"}

// isWebhook allows plain http to this machine alone, for tests and the demo. In Lambda, this machine has the Runtime API, which takes
// orders by POST, so not to that.
func isWebhook(text string) bool {
	u, err := url.Parse(text)
	if err != nil || u.User != nil || len(u.Path) < 2 {
		return false
	}
	if u.Scheme == "https" {
		return slices.Contains(slackHosts, u.Host)
	}
	ip := net.ParseIP(u.Hostname())
	_, runtimeAPI, _ := net.SplitHostPort(os.Getenv("AWS_LAMBDA_RUNTIME_API"))
	return u.Scheme == "http" && ip != nil && ip.IsLoopback() && u.Port() != "" && u.Port() != runtimeAPI
}
