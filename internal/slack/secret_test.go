package slack

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
)

const hook = "https://hooks.slack.com" + path

// fakeReader is a Secrets Manager with one secret.
type fakeReader struct {
	value *string
	err   error
	reads int
}

func (v *fakeReader) GetSecretValue(_ context.Context, in *secretsmanager.GetSecretValueInput, _ ...func(*secretsmanager.Options)) (*secretsmanager.GetSecretValueOutput, error) {
	v.reads++
	if aws.ToString(in.SecretId) != "arn:secret" {
		return nil, errors.New("unknown secret")
	}
	return &secretsmanager.GetSecretValueOutput{SecretString: v.value}, v.err
}

// testSecret is a Secret with a fake reader and a fake clock.
type testSecret struct {
	Secret
	fakeReader
	clock time.Time
}

func newTestSecret(value string) *testSecret {
	s := &testSecret{fakeReader: fakeReader{value: &value}, clock: time.Unix(1e9, 0)}
	s.Secret = Secret{Reader: &s.fakeReader, ID: "arn:secret", Now: func() time.Time { return s.clock }}
	return s
}

func (s *testSecret) wants(t *testing.T, name, want string, wantDefault bool) {
	t.Helper()
	got, usedDefault, err := s.URL(t.Context(), name)
	if err != nil || got != want || usedDefault != wantDefault {
		t.Errorf("%q: %q, default %v, %v; want %q, %v", name, got, usedDefault, err, want, wantDefault)
	}
}

func TestSecretURL(t *testing.T) {
	tests := map[string]struct {
		value       string
		name        string
		want        string
		usedDefault bool
	}{
		"a URL":                 {hook, "default", hook, false},
		"a URL and white space": {"  " + hook + "\n", "default", hook, false},
		"another name":          {hook, "urgent", hook, true},
		"an object":             {`{"default":"` + hook + `","urgent":"` + hook + `2"}`, "urgent", hook + "2", false},
		"its default":           {`{"default":"` + hook + `","urgent":"` + hook + `2"}`, "other", hook, true},
		"a value with spaces":   {`{"default":" ` + hook + ` "}`, "default", hook, false},
		"a note beside it":      {`{"default":"` + hook + `","note":"ask ann","n":7,"o":{"p":null}}`, "note", hook, true},
		"GovSlack":              {"https://hooks.slack-gov.com" + path, "default", "https://hooks.slack-gov.com" + path, false},
		"this machine":          {"http://127.0.0.1:8080" + path, "default", "http://127.0.0.1:8080" + path, false},
		"this machine, IPv6":    {"http://[::1]:8080" + path, "default", "http://[::1]:8080" + path, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) { newTestSecret(test.value).wants(t, test.name, test.want, test.usedDefault) })
	}
}

func TestWhatIsNoWebhook(t *testing.T) {
	t.Setenv("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:9001")
	for _, value := range []string{
		"", " ", token, "{}", "[]", "null", `"` + hook + `"`, `["` + hook + `"]`, "{" + hook + "}", `{"default":"` + hook + `"`,
		`{"default":""}`, `{"default":null}`, `{"default":["` + hook + `"]}`, `{"` + hook + `":"default"}`, `{"` + token + `":"` + token + `"}`,
		"https://hooks.slack.com", "https://hooks.slack.com/", "http://hooks.slack.com" + path, "ftp://hooks.slack.com" + path, "//hooks.slack.com" + path,
		"https://hooks.slack.com.evil.example" + path, "https://evil.example/hooks.slack.com" + path, "https://user@hooks.slack.com" + path,
		"https://hooks.slack.com@evil.example" + path, "https://hooks.slack.com:8443" + path, "https://169.254.169.254" + path, "http://169.254.169.254" + path,
		"http://10.0.0.1:80" + path, "http://localhost:80" + path, "http://0.0.0.0:80" + path, "https://127.0.0.1:443" + path,
		"http://127.0.0.1:9001/2018-06-01/runtime/init/error?" + token, "http://127.0.0.2:9001" + path, "http://[::1]:9001" + path, "http://127.0.0.1" + path,
		"http://127.0.0.1:80\x00" + path, hook + "\x7f", "file://" + path,
	} {
		s := newTestSecret(value)
		got, _, err := s.URL(t.Context(), "default")
		if err == nil {
			t.Errorf("%q gives %q", value, got)
			continue
		}
		if text := err.Error(); strings.Contains(text, token) || strings.Contains(text, "SECRET") || !strings.Contains(text, "arn:secret") || !strings.Contains(text, "allowed: ") {
			t.Errorf("%q: error %q", value, text)
		}
	}
	s := newTestSecret("")
	s.value = nil // a binary secret
	if _, _, err := s.URL(t.Context(), "default"); err == nil {
		t.Error("a secret without text gives a webhook")
	}
	s = newTestSecret(`{"` + token + `":"` + hook + `"}`)
	if _, _, err := s.URL(t.Context(), "urgent"); err == nil || strings.Contains(err.Error(), token) || !strings.Contains(err.Error(), `"urgent"`) {
		t.Errorf("neither the name nor a default: %v", err)
	}
}

func TestSecretRotation(t *testing.T) {
	s := newTestSecret(hook)
	s.wants(t, "default", hook, false)
	s.wants(t, "default", hook, false)
	if s.reads != 1 {
		t.Fatalf("%d reads, want 1: it is kept", s.reads)
	}
	value := hook + "New"
	s.value = &value
	renew := func(want bool, wantReads int) {
		t.Helper()
		changed, err := s.Renew(t.Context(), "default", hook)
		if err != nil || changed != want || s.reads != wantReads {
			t.Errorf("changed %v after %d reads, %v; want %v after %d", changed, s.reads, err, want, wantReads)
		}
	}
	renew(false, 1) // read just now
	s.clock = s.clock.Add(minRefresh - 1)
	renew(false, 1)
	s.clock = s.clock.Add(1)
	renew(true, 2)
	renew(true, 2)
	s.wants(t, "default", value, false)
	if changed, err := s.Renew(t.Context(), "default", value); changed || err != nil {
		t.Errorf("changed %v, %v, although it is the one that was refused", changed, err)
	}
}

func TestMissingNameIsReadAgain(t *testing.T) {
	s := newTestSecret(hook)
	for range 5 {
		s.wants(t, "urgent", hook, true)
	}
	if s.reads != 1 {
		t.Errorf("%d reads within 30 s, want 1", s.reads)
	}
	value := `{"default":"` + hook + `","urgent":"` + hook + `2"}`
	s.value = &value
	s.clock = s.clock.Add(minRefresh)
	s.wants(t, "urgent", hook+"2", false)
	if s.reads != 2 {
		t.Errorf("%d reads, want 2", s.reads)
	}
}

func TestUnreadableSecret(t *testing.T) {
	s := newTestSecret(hook)
	s.fakeReader.err = errors.New("AccessDeniedException")
	for range 5 {
		if _, _, err := s.URL(t.Context(), "default"); err == nil || !strings.Contains(err.Error(), "AccessDeniedException") {
			t.Errorf("error %v", err)
		}
	}
	if s.reads != 1 {
		t.Errorf("%d reads within 30 s, want 1", s.reads)
	}
	s.fakeReader.err = nil
	s.clock = s.clock.Add(minRefresh)
	s.wants(t, "default", hook, false)

	s.fakeReader.err = errors.New("ThrottlingException")
	s.clock = s.clock.Add(minRefresh)
	s.wants(t, "urgent", hook, true) // what was read before is good enough
	if s.reads != 3 {
		t.Errorf("%d reads, want 3", s.reads)
	}
	s.clock = s.clock.Add(minRefresh)
	if changed, err := s.Renew(t.Context(), "default", hook); err == nil || changed {
		t.Errorf("renewed: changed %v, %v", changed, err)
	}
	junk := token
	s.fakeReader.err, s.value = nil, &junk
	s.clock = s.clock.Add(minRefresh)
	if _, err := s.Renew(t.Context(), "default", hook); err == nil || strings.Contains(err.Error(), token) {
		t.Errorf("junk: %v", err)
	}
	s.wants(t, "default", hook, false)
}
