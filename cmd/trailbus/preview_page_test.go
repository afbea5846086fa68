package main

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/trailbus/trailbus/cmd/trailbus/internal/preview"
)

func TestPreviewWritesAPage(t *testing.T) {
	code, out, said := invoke(t, map[string]string{"trailbus.yaml": example}, wanted+"\n"+unwanted, "preview", "--html", "page.html")
	if code != 0 || !strings.HasPrefix(out, "file:///") || !strings.HasSuffix(out, "/page.html\n") || !strings.Contains(said, "2 records, 1 message") {
		t.Fatalf("code %d: %q %q", code, out, said)
	}
	data, err := os.ReadFile("page.html")
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat("page.html")
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v (%v), want 600: records are confidential", info.Mode(), err)
	}
	if !strings.Contains(string(data), `Security group changed: CreateSecurityGroup on \u003c!channel\u003e`) {
		t.Error("the message is not on the page")
	}
}

func TestPreviewOpensAPage(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	var opened string
	failure := error(nil)
	before := preview.OpenBrowser
	preview.OpenBrowser = func(address string) error { opened = address; return failure }
	t.Cleanup(func() { preview.OpenBrowser = before })
	code, out, said := invoke(t, map[string]string{"trailbus.yaml": example}, wanted, "preview", "--open")
	if code != 0 || opened == "" || out != opened+"\n" || strings.Contains(said, "no browser") {
		t.Errorf("code %d: opened %q: %q %q", code, opened, out, said)
	}
	failure = errors.New("no display")
	if code, out, said = invoke(t, map[string]string{"trailbus.yaml": example}, wanted, "preview", "--open"); code != 0 || out != opened+"\n" || !strings.Contains(said, "no browser was opened (no display)") {
		t.Errorf("code %d: %q %q", code, out, said)
	}
}

func TestPreviewPageOmitsMessagesBeyondTheLimit(t *testing.T) {
	code, _, said := invoke(t, map[string]string{"trailbus.yaml": example}, strings.Repeat(wanted+"\n", preview.MaxPageMessages+3), "preview", "--html", "page.html")
	data, err := os.ReadFile("page.html")
	if code != 0 || err != nil || !strings.Contains(string(data), "203 messages; the page shows the first 200") {
		t.Errorf("code %d (%v): %q", code, err, said)
	}
}

func TestPreviewPageErrors(t *testing.T) {
	for _, test := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"--html", "none/page.html"}, 1, "none/page.html"},
		{[]string{"--html", "page.html", "--format", "slack"}, 2, "--format is of what is printed"},
	} {
		code, out, said := invoke(t, map[string]string{"trailbus.yaml": example}, wanted, append([]string{"preview"}, test.args...)...)
		if code != test.code || out != "" || !strings.Contains(said, test.want) {
			t.Errorf("%v: code %d, %q, %q; want %d and %q", test.args, code, out, said, test.code, test.want)
		}
	}
}
