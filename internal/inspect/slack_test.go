package inspect

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/trailbus/trailbus/internal/config"
	"github.com/trailbus/trailbus/internal/inspect/doctor"
	"github.com/trailbus/trailbus/internal/local/slacktest"
	"github.com/trailbus/trailbus/internal/slack"
	"github.com/trailbus/trailbus/routes"
)

// fakeSecret is a secret.
type fakeSecret string

func (s fakeSecret) GetSecretValue(context.Context, *secretsmanager.GetSecretValueInput, ...func(*secretsmanager.Options)) (*secretsmanager.GetSecretValueOutput, error) {
	text := string(s)
	return &secretsmanager.GetSecretValueOutput{SecretString: &text}, nil
}

// Of the three places here, the one of Trailbus itself has no webhook of its own: the default one
// stands in, and gets one message.
func TestTestMessagesGoToEachPlaceOnce(t *testing.T) {
	server := slacktest.New(slacktest.Options{Webhooks: []string{"default", "urgent"}})
	t.Cleanup(server.Close)
	d := &Doctor{Config: &config.Config{Slack: config.Slack{Routes: routes.Table{{Severities: nil, Rules: []string{"x"}, Webhook: "urgent", Mention: "<!here>"}}}}}
	at := doctor.Place{Account: centralAccount, Region: "eu-central-1"}
	secret := &slack.Secret{Reader: fakeSecret(fmt.Sprintf(`{"default": %q, "urgent": %q}`, server.URL("default"), server.URL("urgent"))), ID: "trailbus/slack"}
	places, found := d.sendTestMessages(t.Context(), at, secret)
	messages := server.Messages()
	if places != 2 || len(found) != 0 || len(messages) != 2 {
		t.Fatalf("%d places, %v, %d messages, want 2 of each and no finding", places, found, len(messages))
	}
	for _, m := range messages {
		if text := string(m.Payload); !strings.Contains(text, "Trailbus doctor: this is a test.") || strings.Contains(text, "here>") {
			t.Errorf("it says %s", text)
		}
	}
	gone := &slack.Secret{Reader: fakeSecret(fmt.Sprintf(`{"default": %q, "urgent": %q}`, server.URL("default"), server.URL("revoked"))), ID: "trailbus/slack"}
	if places, found = d.sendTestMessages(t.Context(), at, gone); places != 2 || len(found) != 1 || found[0].Check != doctor.Slack || found[0].Warning || !strings.HasPrefix(found[0].Found, "webhook urgent: ") {
		t.Errorf("%d places, %v, want a gap of the webhook urgent", places, found)
	}
	for _, f := range found {
		if strings.Contains(f.Found, "revoked") && strings.Contains(f.Found, "http") {
			t.Errorf("it shows the webhook: %s", f.Found)
		}
	}
}

func TestFindSecretDoesNotRevealIt(t *testing.T) {
	for text, want := range map[string]doctor.FoundSecret{
		`{"default": "https://hooks.slack.com/services/T0/B0/hunter2", "token": "xoxb-1234567890-hunter2hunter2"}`: {Webhooks: []string{"default"}, Token: true},
		`{"urgent": "https://hooks.slack.com/services/T0/B0/hunter2"}`:                                             {Webhooks: []string{"urgent"}},
		`hunter2`: {Wrong: "secret trailbus/slack: found no webhook URL and no bot token"},
		`{hunter`: {Wrong: "secret trailbus/slack: found an object that is no JSON"},
	} {
		a := findSecret(t.Context(), &slack.Secret{Reader: fakeSecret(text), ID: "trailbus/slack"}, []string{"urgent"})
		if a.Value == nil || a.Err != nil {
			t.Fatalf("%v, %v", a.Value, a.Err)
		}
		if fmt.Sprint(a.Value.Webhooks) != fmt.Sprint(want.Webhooks) || a.Value.Token != want.Token || !strings.HasPrefix(a.Value.Wrong, want.Wrong) || (a.Value.Wrong == "") != (want.Wrong == "") {
			t.Errorf("found %+v, want %+v", *a.Value, want)
		}
		if strings.Contains(fmt.Sprintf("%+v", *a.Value), "hunter") {
			t.Errorf("it shows the secret: %+v", *a.Value)
		}
	}
}
