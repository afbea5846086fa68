package message

import (
	"fmt"
	"strings"

	"github.com/slack-go/slack"
)

// Slack gives the message for an incoming webhook or chat.postMessage, in Block Kit. Whatever comes from the record stands in
// plain_text and rich_text, which Slack shows as it is; mrkdwn holds nothing but our own date and link. It never mentions anybody
// and unfurls nothing. Text alone is a good notification.
func (m *Message) Slack() *slack.WebhookMessage {
	no := false
	return &slack.WebhookMessage{
		Text:        m.fallback(),
		Blocks:      &slack.Blocks{BlockSet: []slack.Block{m.header(), m.body(), m.foot()}},
		UnfurlLinks: &no,
		UnfurlMedia: &no,
	}
}

// fallback is the notification: the headline, who, and where. Slack parses it as mrkdwn.
func (m *Message) fallback() string {
	s := m.headline() + " — by " + m.who + " in " + m.where
	if m.reason != "" {
		s += " — " + cut(m.reason, errorLimit/2)
	}
	return escape(unlink(cut(s, fallbackLimit)))
}

// header is the headline. Slack takes plain_text literally; angle brackets are replaced all the same, since this is the one text
// that every client shows in its own way.
func (m *Message) header() slack.Block {
	no := false
	text := cut(angles.Replace(m.headline()), headerLimit)
	return slack.NewHeaderBlock(&slack.TextBlockObject{Type: slack.PlainTextType, Text: text, Emoji: &no})
}

var angles = strings.NewReplacer("<", "‹", ">", "›")

// body is what a person reads: the facts, the parameters, and why they matter.
func (m *Message) body() slack.Block {
	var facts, reasons []slack.RichTextSectionElement
	for _, f := range m.facts() {
		facts = line(facts, f.label, f.text, f.code)
	}
	if m.why != "" {
		reasons = line(reasons, "Why", m.why, false)
	}
	if m.first != "" {
		reasons = line(reasons, "First", m.first, false)
	}
	for i, title := range m.also {
		label := "Also"
		if i > 0 {
			label = ""
		}
		reasons = line(reasons, label, title, false)
	}
	var elements []slack.RichTextElement
	if m.reason != "" {
		elements = append(elements, &slack.RichTextQuote{Type: slack.RTEQuote, Elements: []slack.RichTextSectionElement{text(m.reason, nil)}})
	}
	elements = append(elements, slack.NewRichTextSection(facts...))
	if m.params != "" {
		elements = append(elements, &slack.RichTextPreformatted{Type: slack.RTEPreformatted, Elements: []slack.RichTextSectionElement{slack.NewRichTextSectionTextElement(m.params, nil)}})
	}
	if len(reasons) > 0 {
		elements = append(elements, slack.NewRichTextSection(reasons...))
	}
	return slack.NewRichTextBlock("", elements...)
}

// line adds a line with a bold label.
func line(to []slack.RichTextSectionElement, label, value string, code bool) []slack.RichTextSectionElement {
	if len(to) > 0 {
		label = "\n" + label
	}
	if strings.TrimSpace(label) == "" {
		return append(to, text(label+value, nil))
	}
	var style *slack.RichTextSectionTextStyle
	if code {
		style = &slack.RichTextSectionTextStyle{Code: true}
	}
	return append(to, text(label, &slack.RichTextSectionTextStyle{Bold: true}), text("  ", nil), text(value, style))
}

// text is an element of rich_text, which Slack shows as it is. Nobody documents that it makes no links there, so an address is broken
// up; where it is code, it certainly makes none.
func text(s string, style *slack.RichTextSectionTextStyle) *slack.RichTextSectionTextElement {
	if style == nil || !style.Code {
		s = unlinkURLs(s)
	}
	return slack.NewRichTextSectionTextElement(s, style)
}

// foot holds when it happened, where to look, and which rule said so. A link and no button: a button with a url makes Slack
// warn on a click unless the app can take interactions: https://docs.slack.dev/reference/block-kit/block-elements/button-element
func (m *Message) foot() slack.Block {
	var parts []string
	if !m.time.IsZero() {
		// https://docs.slack.dev/messaging/formatting-message-text#date-formatting
		parts = append(parts, fmt.Sprintf("<!date^%d^{date_short_pretty} {time_secs}|%s>", m.time.Unix(), utc(m.time)))
	}
	switch {
	case m.link != "":
		parts = append(parts, "<"+m.link+"|"+escape(unpipe(m.linkLabel()))+">")
	case m.eventID != "":
		parts = append(parts, "event "+escape(unlink(m.eventID)))
	}
	if m.ruleID != "" {
		parts = append(parts, "rule "+escape(unlink(m.ruleID)))
	}
	if len(parts) == 0 {
		parts = append(parts, "no time and no id")
	}
	return slack.NewContextBlock("", &slack.TextBlockObject{Type: slack.MarkdownType, Text: strings.Join(parts, "  ·  "), Verbatim: true})
}

// linkLabel says in which account to be signed in, since the link cannot choose it.
func (m *Message) linkLabel() string {
	if m.account == "" {
		return "Open in CloudTrail"
	}
	return "Open in CloudTrail, signed in to " + unlink(m.account)
}

// unpipe takes the one character from a link's label that could end it.
func unpipe(s string) string { return strings.ReplaceAll(s, "|", "/") }
