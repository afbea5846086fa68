// Package preview makes a page that shows messages as Slack shows them, light and dark, from a file
// and without a network. The drawing is that of slack-blocks-to-jsx, a component that copies
// Slack's looks (https://github.com/themashcodee/slack-blocks-to-jsx); it is bundled ahead, see
// viewer/build.mjs, so that neither Node.js nor npm is needed.
package preview

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"strings"
	"time"
)

//go:embed viewer/dist/viewer.js
var script string

//go:embed viewer/dist/viewer.css
var slackStyle string

//go:embed page.css
var ownStyle string

//go:embed page.html
var template string

// Page is what the page shows.
type Page struct {
	// Title stands above the messages, Note below it.
	Title, Note string
	Messages    []Message
}

// Message is one message of the page.
type Message struct {
	// Payload is what Slack gets, as JSON.
	Payload json.RawMessage
	// Channel is where it goes.
	// Default: the page does not say.
	Channel string
	// Time is when it was posted.
	// Default: the page shows none.
	Time time.Time
}

// messageJSON is a message as the viewer takes it. The payload's other members are instructions to
// Slack.
type messageJSON struct {
	Text         string          `json:"text"`
	Blocks       json.RawMessage `json:"blocks,omitempty"`
	Notification string          `json:"notification"`
	Channel      string          `json:"channel,omitempty"`
	Time         *time.Time      `json:"time,omitempty"`
}

// Bytes renders the page. The text of its messages comes from external accounts: it stands in the
// page as JSON in which < and & are escaped, so that it cannot end its element, and the page's
// policy runs no other script than the page's own and loads nothing.
func (p Page) Bytes() ([]byte, error) {
	data := struct {
		Title    string        `json:"title"`
		Note     string        `json:"note"`
		Messages []messageJSON `json:"messages"`
	}{Title: p.Title, Note: p.Note, Messages: []messageJSON{}}
	for i, m := range p.Messages {
		var payload struct {
			Text   string
			Blocks json.RawMessage
		}
		if err := json.Unmarshal(m.Payload, &payload); err != nil {
			return nil, fmt.Errorf("message %d: %w", i+1, err)
		}
		s := messageJSON{Text: payload.Text, Blocks: payload.Blocks, Notification: plainText(payload.Text),
			Channel: m.Channel}
		if !m.Time.IsZero() {
			s.Time = &m.Time
		}
		data.Messages = append(data.Messages, s)
	}
	encoded, err := json.Marshal(data) // escapes <, > and &, also inside of a RawMessage
	if err != nil {
		return nil, err
	}
	style := slackStyle + "\n" + ownStyle
	policy := fmt.Sprintf("default-src 'none'; script-src '%s'; style-src '%s'; img-src data:; base-uri 'none'; form-action 'none'", hash(script), hash(style))
	return []byte(strings.NewReplacer(
		"{{.Policy}}", html.EscapeString(policy), "{{.Title}}", html.EscapeString(p.Title),
		"{{.Style}}", style, "{{.Data}}", string(encoded), "{{.Script}}", script,
	).Replace(template)), nil
}

// plainText is a notification as a phone shows it: without what Slack's markup needs.
func plainText(text string) string {
	return strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&", "\u200b", "").Replace(text)
}

// hash names what the policy lets run: https://www.w3.org/TR/CSP3/#grammardef-hash-source
func hash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}
