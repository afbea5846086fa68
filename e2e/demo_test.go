package e2e

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/trailbus/trailbus/internal/local"
	"github.com/trailbus/trailbus/internal/local/testenv"
	"github.com/trailbus/trailbus/internal/local/walk"
)

// TestEndToEnd deploys Trailbus to a local AWS and sends events through all of it.
func TestEndToEnd(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a minute")
	}
	root := walk.Repository(t)
	var out strings.Builder
	result, err := local.Run(t.Context(), local.Options{Dir: root, Out: &out, Diff: true, CacheDir: walk.CacheDir(root), Binaries: walk.Binaries(t, root)})
	t.Log(out.String())
	testenv.LocalAWS(t, err)
	if err := result.Check(); err != nil {
		t.Error(err)
	}
	if result.In != 14 || result.Wanted != 12 {
		t.Errorf("%d events in and %d wanted, expected 14 and 12: two are there to stay where they are", result.In, result.Wanted)
	}

	// One message for each wanted event, at the webhook that its severity goes to, with the account
	// by its name.
	want := map[string]string{
		"IAM policy changed":                         "default",
		"Root user used":                             "urgent",
		"Console sign-in failed":                     "default",
		"Security group changed":                     "default",
		"CloudTrail configuration changed":           "urgent",
		"KMS key disabled or scheduled for deletion": "urgent",
		"S3 bucket access or lifecycle changed":      "default",
		"AWS Config recording changed":               "urgent",
		"API call denied":                            "default",
		"AWS organization changed":                   "urgent",
		"Route table changed":                        "default",
		"Network ACL changed":                        "default",
	}
	seen := map[string]bool{}
	for _, m := range result.Messages {
		var payload struct{ Text string }
		if err := json.Unmarshal(m.Payload, &payload); err != nil {
			t.Fatal(err)
		}
		found := false
		for title, webhook := range want {
			if !strings.Contains(payload.Text, title) {
				continue
			}
			found = true
			if seen[title] {
				t.Errorf("%q was posted twice", title)
			}
			seen[title] = true
			if m.Webhook != webhook {
				t.Errorf("%q went to %s, want %s", title, m.Webhook, webhook)
			}
		}
		if !found {
			t.Errorf("unexpected message: %s", payload.Text)
		}
		if !strings.Contains(payload.Text, "production (222222222222)") && !strings.Contains(payload.Text, "security (111111111111)") {
			t.Errorf("no account by name: %s", payload.Text)
		}
		if strings.Contains(payload.Text, "<!channel>") || strings.Contains(string(m.Payload), `"type":"broadcast"`) {
			t.Errorf("a mention of an external account: %s", m.Payload)
		}
	}
	for title := range want {
		if !seen[title] {
			t.Errorf("%q was not posted", title)
		}
	}
}
