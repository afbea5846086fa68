package demo

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/trailbus/trailbus/cmd/trailbus/internal/browser"
	"github.com/trailbus/trailbus/internal/local"
	"github.com/trailbus/trailbus/internal/local/slacktest"
)

// The page holds what Slack took. A browser is no condition: without one, the demo says so and goes
// on.
func TestPage(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "demo")
	result := &local.Result{Messages: []slacktest.Message{{Webhook: "urgent", Payload: json.RawMessage(`{"text":"Trail stopped"}`)}}}
	t.Setenv(browser.EnvVar, filepath.Join(dir, "none"))
	address, picture, err := writePage(t.Context(), result, dir)
	if err != nil || !strings.HasPrefix(address, "file:///") || !strings.HasPrefix(picture, "no picture: ") {
		t.Fatalf("%q, %q, %v", address, picture, err)
	}
	data, err := os.ReadFile(filepath.Join(dir, "messages.html"))
	if err != nil || !strings.Contains(string(data), `"text":"Trail stopped"`) || !strings.Contains(string(data), "webhook urgent") {
		t.Errorf("the page lacks the message (%v)", err)
	}
	if testing.Short() {
		return
	}
	t.Setenv(browser.EnvVar, "")
	if _, err := browser.Find(); err != nil {
		t.Skip(err)
	}
	if _, picture, err = writePage(t.Context(), result, dir); err != nil || picture != filepath.Join(dir, "messages.png") {
		t.Errorf("%q, %v", picture, err)
	}
}
