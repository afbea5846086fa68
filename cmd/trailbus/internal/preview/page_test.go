package preview

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/trailbus/trailbus/cmd/trailbus/internal/browser"
)

// hostile is text of an attacker that tries to end the page's data, or to get into its scripts.
const hostile = `</script><script>document.title="taken"</script><!--<img src=x onerror='document.title="taken"'>{{.Script}}{{.Data}}` + "\u2028"

// page is a page of a harmless message and a hostile one.
func page(t *testing.T) Page {
	t.Helper()
	quoted, err := json.Marshal(hostile)
	if err != nil {
		t.Fatal(err)
	}
	raw := strings.NewReplacer(`\u003c`, "<", `\u003e`, ">", `\u0026`, "&").Replace(string(quoted)) // as slack-go may write it
	blocks := func(text string) json.RawMessage {
		return json.RawMessage(`{"text":` + text + `,"blocks":[{"type":"header","text":{"type":"plain_text","text":` + text + `}},` +
			`{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":` + text + `},` +
			`{"type":"date","timestamp":1773480413,"format":"{date_short_pretty} {time_secs}","fallback":"x"}]},{"type":"rich_text_preformatted","elements":[{"type":"text","text":` + text + `}]}]},` +
			`{"type":"context","elements":[{"type":"mrkdwn","text":"<https://example.com/?a=b&amp;c=d|Open in CloudTrail>","verbatim":true}]}]}`)
	}
	return Page{Title: "Messages " + hostile, Note: hostile, Messages: []Message{
		{Payload: blocks(`"Trail stopped"`), Channel: "urgent", Time: time.Unix(1773480413, 0)}, {Payload: blocks(raw), Channel: hostile},
	}}
}

var (
	scriptElement = regexp.MustCompile(`(?s)<script>(.*?)</script>`)
	styleElement  = regexp.MustCompile(`(?s)<style>(.*?)</style>`)
	dataElement   = regexp.MustCompile(`(?s)<script type="application/json" id="messages">(.*?)</script>`)
)

// What is shown cannot end the element that it stands in, and nothing runs or is loaded but what
// the page brings.
func TestPageEscapesHostileText(t *testing.T) {
	data, err := page(t).Bytes()
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	if n := strings.Count(strings.Replace(text, script, "", 1), "<script"); n != 2 {
		t.Errorf("%d script elements, want 2", n)
	}
	if strings.Contains(text, "<img src=x") || strings.Contains(text, "taken</") {
		t.Error("a hostile element is in the page")
	}
	scripts, styles := scriptElement.FindStringSubmatch(text), styleElement.FindStringSubmatch(text)
	if scripts == nil || styles == nil {
		t.Fatal("no script or no style")
	}
	for _, want := range []string{"default-src &#39;none&#39;", "script-src &#39;" + hash(scripts[1]) + "&#39;", "style-src &#39;" + hash(styles[1]) + "&#39;"} {
		if !strings.Contains(text, want) {
			t.Errorf("the policy lacks %s", want)
		}
	}
	var back struct {
		Messages []struct{ Text string }
	}
	inside := dataElement.FindStringSubmatch(text)
	if inside == nil || strings.ContainsAny(inside[1], "<>&\u2028") {
		t.Fatalf("the data is not escaped")
	}
	if err := json.Unmarshal([]byte(inside[1]), &back); err != nil || len(back.Messages) != 2 || back.Messages[1].Text != hostile {
		t.Errorf("the data is %v (%v)", back, err)
	}
}

// What is bundled can stand in a page as it is, and asks for nothing from elsewhere.
func TestBundle(t *testing.T) {
	for name, text := range map[string]string{"viewer.js": script, "viewer.css": slackStyle, "page.css": ownStyle} {
		for _, not := range []string{"</script", "<!--", "</style", "@import", "url(", "\r"} {
			if strings.Contains(text, not) {
				t.Errorf("%s has %q", name, not)
			}
		}
		if len(text) < 300 || len(text) > 1<<20 {
			t.Errorf("%s has %d bytes", name, len(text))
		}
	}
	licences, err := os.ReadFile("viewer/dist/LICENSES.txt")
	if err != nil {
		t.Fatal(err)
	}
	var wanted struct{ Dependencies map[string]string }
	manifest, err := os.ReadFile("viewer/package.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(manifest, &wanted); err != nil || len(wanted.Dependencies) == 0 {
		t.Fatal(err, wanted)
	}
	for name, version := range wanted.Dependencies {
		if !strings.Contains(string(licences), "\n"+name+" "+version+", MIT\n") {
			t.Errorf("no licence of %s %s: run make viewer", name, version)
		}
	}
}

func TestInvalidPayload(t *testing.T) {
	if _, err := (Page{Messages: []Message{{Payload: json.RawMessage(`{`)}}}).Bytes(); err == nil || !strings.Contains(err.Error(), "message 1") {
		t.Errorf("got %v", err)
	}
	if data, err := (Page{}).Bytes(); err != nil || !strings.Contains(string(data), `"messages":[]`) {
		t.Errorf("an empty page: %v", err)
	}
}

// A browser draws every message in both themes, and runs nothing of what they say.
func TestBrowserDrawsThePage(t *testing.T) {
	if testing.Short() {
		t.Skip("it starts a browser")
	}
	chromium, err := browser.Find()
	if err != nil {
		t.Skipf("%v, so nothing draws the page; the tests of its text have run", err)
	}
	data, err := page(t).Bytes()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "page <a> 100%.html")
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	for fragment, want := range map[string]int{"": 4, "theme=dark": 2, "only=1&theme=light": 1} {
		dom, err := browser.DOM(t.Context(), chromium, browser.FileURL(file, fragment))
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(dom, `<h3 class="text-header`); n != want {
			t.Errorf("#%s: %d messages are drawn, want %d", fragment, n, want)
		}
		if n := strings.Count(dom, `href="https://example.com/?a=b&amp;c=d"`); n != want {
			t.Errorf("#%s: %d links, want %d", fragment, n, want)
		}
		if !strings.Contains(dom, "data-drawn=") || strings.Contains(dom, "<title>taken") || strings.Contains(dom, "<img src=\"x\"") {
			t.Errorf("#%s: it is not drawn, or a hostile script has run", fragment)
		}
	}
	picture, err := browser.Screenshot(t.Context(), chromium, browser.FileURL(file, "only=0&theme=dark"), 2)
	if err != nil || len(picture) < 5_000 {
		t.Errorf("a picture of %d bytes (%v)", len(picture), err)
	}
	if _, err := browser.Screenshot(t.Context(), chromium, browser.FileURL(file+"x", ""), 1); err == nil {
		t.Error("a picture of a page that is not there")
	}
}
