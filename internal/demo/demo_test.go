package demo

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/trailbus/trailbus/internal/local/localaws"
	"github.com/trailbus/trailbus/internal/local/slacktest"
	"github.com/trailbus/trailbus/internal/local/testenv"
)

// TestEndToEnd deploys Trailbus to a local AWS and sends events through all of it.
func TestEndToEnd(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a minute")
	}
	root := repository(t)
	var out strings.Builder
	result, err := Run(t.Context(), Options{Dir: root, Out: &out, Diff: true, CacheDir: caches(root), binaries: binaries(t, root)})
	t.Log(out.String())
	testenv.LocalAWS(t, err)
	if err := result.Check(); err != nil {
		t.Error(err)
	}
	if result.In != 14 || result.Wanted != 12 {
		t.Errorf("%d events in and %d wanted, expected 14 and 12: two are there to stay where they are", result.In, result.Wanted)
	}

	// One message for each wanted event, at the webhook that its severity goes to, with the account by its name.
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
				t.Errorf("%q was told twice", title)
			}
			seen[title] = true
			if m.Webhook != webhook {
				t.Errorf("%q went to %s, want %s", title, m.Webhook, webhook)
			}
		}
		if !found {
			t.Errorf("nobody asked for this message: %s", payload.Text)
		}
		if !strings.Contains(payload.Text, "production (222222222222)") && !strings.Contains(payload.Text, "security (111111111111)") {
			t.Errorf("no account by name: %s", payload.Text)
		}
		if strings.Contains(payload.Text, "<!channel>") || strings.Contains(string(m.Payload), `"type":"broadcast"`) {
			t.Errorf("a stranger's mention: %s", m.Payload)
		}
	}
	for title := range want {
		if !seen[title] {
			t.Errorf("%q was not told", title)
		}
	}
}

func TestCheckNamesWhatDoesNotAgree(t *testing.T) {
	fine := func() *Result {
		return &Result{In: 2, Wanted: 1, Crossed: 1, Outcomes: map[string]int{"posted": 1}, Messages: make([]slacktest.Message, 1)}
	}
	if err := fine().Check(); err != nil {
		t.Errorf("all agrees, and yet: %v", err)
	}
	for want, change := range map[string]func(*Result){
		"events that crossed: 0, expected 1":                  func(r *Result) { r.Crossed = 0 },
		"events that the notifier posted: 0, expected 1":      func(r *Result) { r.Outcomes = nil },
		"messages in Slack: 0, expected 1":                    func(r *Result) { r.Messages = nil },
		"events left in the queue: 1, expected 0":             func(r *Result) { r.Waiting = 1 },
		"events in the dead-letter queue: 1, expected 0":      func(r *Result) { r.Dead = 1 },
		"events that a rule could not deliver: 1, expected 0": func(r *Result) { r.Undelivered = make([]localaws.Undelivered, 1) },
		"nothing was put in":                                  func(r *Result) { *r = Result{} },
	} {
		r := fine()
		change(r)
		if err := r.Check(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
}
