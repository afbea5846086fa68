package message

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/slack-go/slack"

	ourslack "github.com/trailbus/trailbus/internal/slack"
)

var (
	// ours are the only control sequences that a message may hold: links to the console, to the
	// portal of the tests, to a rule's page.
	ours    = regexp.MustCompile(`<https://` + ourHost + `/` + urlText + `\|[^<>|]+>`)
	ourLink = regexp.MustCompile(`^https://` + ourHost + `/[A-Za-z0-9._~:/?#@!$&'()*+,;=%-]*$`)
	entity  = regexp.MustCompile(`&(?:amp|lt|gt);`)
	// linkable is what Slack might make a link of.
	linkable = regexp.MustCompile(`://[^\x{200b}]|\pL\.\pL`)
)

const (
	ourHost = `(?:[a-z0-9-]+\.console\.(?:aws\.amazon\.com|amazonaws-us-gov\.com|amazonaws\.cn)|example\.awsapps\.com|github\.com/trailbus/trailbus)`
	urlText = `(?:[A-Za-z0-9._~:/?#@!$'()*+,;=%-]|&amp;)*`
)

// checkPayload checks the limits of Slack, clean text, and that there is no markup but our own. The
// only mention in it is the given one.
func checkPayload(t testing.TB, payload *slack.WebhookMessage, mention ...string) {
	t.Helper()
	encoded, err := json.Marshal(payload)
	if err != nil {
		t.Fatal(err)
	}
	if !utf8.Valid(encoded) {
		t.Fatalf("invalid UTF-8: %q", encoded)
	}
	var p struct {
		Text        string
		Blocks      []map[string]any
		UnfurlLinks *bool `json:"unfurl_links"`
		UnfurlMedia *bool `json:"unfurl_media"`
		Parse       *string
		LinkNames   *any `json:"link_names"`
	}
	if err := json.Unmarshal(encoded, &p); err != nil {
		t.Fatal(err)
	}
	if p.UnfurlLinks == nil || *p.UnfurlLinks || p.UnfurlMedia == nil || *p.UnfurlMedia || p.Parse != nil || p.LinkNames != nil {
		t.Errorf("unfurls or parses: %s", encoded)
	}
	if p.Text == "" || length(p.Text) > 4000 {
		t.Errorf("text has %d characters, want 1 to 4000", length(p.Text))
	}
	calls := strings.Join(mention, " ")
	if calls != "" {
		rest, ok := strings.CutPrefix(p.Text, calls+" ")
		if !ok {
			t.Errorf("text does not call %s: %q", calls, p.Text)
		}
		p.Text = rest
	}
	if n := len(p.Blocks); n == 0 || n > blocksLimit {
		t.Errorf("%d blocks, want 1 to %d", n, blocksLimit)
	}
	checkMarkup(t, "text", p.Text)
	if m := linkable.FindString(p.Text); m != "" {
		t.Errorf("text may become a link at %q: %q", m, p.Text)
	}
	total, called := 0, 0
	for _, block := range p.Blocks {
		if block["type"] == "section" {
			called++
			text, _ := block["text"].(map[string]any)
			if calls == "" || text["type"] != "mrkdwn" || text["text"] != calls || text["verbatim"] != true || len(block) != 2 {
				t.Errorf("calls %v, want %q", block, calls)
			}
			continue
		}
		total += checkTexts(t, block)
		switch block["type"] {
		case "header":
			if s := block["text"].(map[string]any)["text"].(string); s == "" || length(s) > headerLimit || strings.ContainsAny(s, "<>\n") {
				t.Errorf("header of %d characters: %q", length(s), s)
			}
		case "context":
			if n := len(block["elements"].([]any)); n == 0 || n > contextLimit {
				t.Errorf("context of %d elements", n)
			}
		case "rich_text":
			if n := len(block["elements"].([]any)); n == 0 {
				t.Error("rich_text without elements")
			}
		default:
			t.Errorf("unexpected block %v", block["type"])
		}
	}
	if calls != "" && called != 1 {
		t.Errorf("%d blocks call somebody, want 1", called)
	}
	if total > totalLimit {
		t.Errorf("%d characters in all blocks, want at most %d", total, totalLimit)
	}
}

// checkTexts looks at every text object below v and gives their length.
func checkTexts(t testing.TB, v any) int {
	t.Helper()
	total := 0
	switch v := v.(type) {
	case map[string]any:
		if s, ok := v["text"].(string); ok {
			if total += length(s); s == "" || length(s) > textLimit {
				t.Errorf("%v text of %d characters: %q", v["type"], length(s), s)
			}
			switch v["type"] {
			case "mrkdwn":
				checkMarkup(t, "mrkdwn", s)
				if v["verbatim"] != true {
					t.Errorf("mrkdwn is not verbatim: %q", s)
				}
			case "plain_text":
				checkVisible(t, s, "")
			case "text":
				checkVisible(t, s, string(zeroWidth))
			case "link":
				if url, _ := v["url"].(string); s != "CloudTrail" || !ourLink.MatchString(url) {
					t.Errorf("link %q to %q", s, url)
				}
			default:
				t.Errorf("text of type %v: %q", v["type"], s)
			}
		}
		for _, inner := range v {
			total += checkTexts(t, inner)
		}
	case []any:
		for _, inner := range v {
			total += checkTexts(t, inner)
		}
	}
	return total
}

// checkMarkup finds control sequences that are not ours, and characters that should be escaped.
func checkMarkup(t testing.TB, where, s string) {
	t.Helper()
	checkVisible(t, s, string(zeroWidth))
	rest := ours.ReplaceAllString(s, "")
	if where == "text" && rest != s {
		t.Errorf("%s holds a control sequence: %q", where, s)
	}
	if strings.ContainsAny(entity.ReplaceAllString(rest, ""), "<>&") {
		t.Errorf("%s holds an unescaped character: %q", where, s)
	}
}

// checkVisible finds characters that a reader cannot see.
func checkVisible(t testing.TB, s, but string) {
	t.Helper()
	for _, r := range s {
		if r == '\n' || strings.ContainsRune(but, r) {
			continue
		}
		if unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) {
			t.Errorf("invisible character %U in %q", r, s)
			return
		}
	}
}

// schema is Slack's own description of a message, where the corpus is.
var schema = sync.OnceValues(func() (*jsonschema.Schema, error) {
	path := filepath.Join(corpus, "slack-message.schema.json")
	if _, err := os.Stat(path); err != nil {
		return nil, err
	}
	return jsonschema.NewCompiler().Compile(path)
})

// checkSchema validates a payload against Slack's schema.
func checkSchema(t testing.TB, payload *slack.WebhookMessage) {
	t.Helper()
	schema, err := schema()
	if err != nil {
		t.Fatal(err)
	}
	encoded, err := ourslack.Payload(payload)
	if err != nil {
		t.Fatal(err)
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(encoded))
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(v); err != nil {
		t.Errorf("%v in %s", err, encoded)
	}
}
