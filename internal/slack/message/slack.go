package message

import (
	"strings"
	"time"

	"github.com/slack-go/slack"
)

// Slack gives the message for an incoming webhook or chat.postMessage, in Block Kit. External text
// is only in plain_text and rich_text, which Slack shows literally; mrkdwn has only links of
// Trailbus and the mention of the route. Nothing is unfurled. The Text alone is a complete
// notification.
//
// The severity is a coloured circle in the first line, which notifications and lists of channels
// show too. They do not show the coloured bar of an attachment, and Slack calls the content of
// attachments secondary and may hide it:
// https://docs.slack.dev/messaging/formatting-message-text#attachments
func (m *Message) Slack() *slack.WebhookMessage { return m.payload(m.headline(), nil) }

// payload is the message with another headline, and with facts before its own.
func (m *Message) payload(headline string, before []fact) *slack.WebhookMessage {
	if m.Plain {
		return &slack.WebhookMessage{Text: m.fallback(headline), UnfurlLinks: new(false), UnfurlMedia: new(false)}
	}
	blocks := []slack.Block{header(headline)}
	if m.Mention != "" {
		blocks = append(blocks, mentionBlock(m.Mention))
	}
	return webhookMessage(m.fallback(headline), append(blocks, m.body(before), m.foot())...)
}

// webhookMessage is a message of which Slack unfurls nothing.
func webhookMessage(text string, blocks ...slack.Block) *slack.WebhookMessage {
	return &slack.WebhookMessage{Text: text, Blocks: &slack.Blocks{BlockSet: blocks}, UnfurlLinks: new(false),
		UnfurlMedia: new(false)}
}

// fallback is the text of the notification: the headline, who, and where, with the most important
// first, because phones cut it. Slack parses it as mrkdwn.
func (m *Message) fallback(headline string) string {
	s := headline + " — by " + m.Who + " in " + m.Where
	if m.Reason != "" {
		s += " — " + cut(m.Reason, errorLimit/2)
	}
	s = escape(unlink(cut(s, fallbackLimit)))
	if m.Mention != "" {
		s = m.Mention + " " + s
	}
	return s
}

// header is the block of the headline. Slack shows plain_text literally, but it replaces angle
// brackets, because each client renders a header in its own way.
func header(headline string) slack.Block {
	text := cut(angles.Replace(headline), headerLimit)
	return slack.NewHeaderBlock(&slack.TextBlockObject{Type: slack.PlainTextType, Text: text, Emoji: new(false)})
}

var angles = strings.NewReplacer("<", "‹", ">", "›")

// body is the block of the facts, the parameters, and the texts of the rule.
func (m *Message) body(before []fact) slack.Block {
	var facts, reasons []slack.RichTextSectionElement
	for _, f := range append(before, m.facts()...) {
		facts = appendFact(facts, f)
	}
	if m.Why != "" {
		reasons = appendFact(reasons, fact{label: "Why", text: m.Why})
	}
	if m.First != "" {
		reasons = appendFact(reasons, fact{label: "First", text: m.First})
	}
	for i, title := range m.Also {
		label := "Also"
		if i > 0 {
			label = ""
		}
		reasons = appendFact(reasons, fact{label: label, text: title})
	}
	var elements []slack.RichTextElement
	if m.Reason != "" {
		elements = append(elements, &slack.RichTextQuote{Type: slack.RTEQuote,
			Elements: []slack.RichTextSectionElement{text(m.Reason, nil)}})
	}
	elements = append(elements, slack.NewRichTextSection(facts...))
	if m.Params != "" {
		elements = append(elements, &slack.RichTextPreformatted{Type: slack.RTEPreformatted,
			Elements: []slack.RichTextSectionElement{slack.NewRichTextSectionTextElement(m.Params, nil)}})
	}
	if len(reasons) > 0 {
		elements = append(elements, slack.NewRichTextSection(reasons...))
	}
	return slack.NewRichTextBlock("", elements...)
}

// appendFact appends a line with a bold label.
func appendFact(to []slack.RichTextSectionElement, f fact) []slack.RichTextSectionElement {
	label := f.label
	if len(to) > 0 {
		label = "\n" + label
	}
	if f.label == "" {
		return append(to, text(label+f.text, nil))
	}
	to = append(to, text(label, &slack.RichTextSectionTextStyle{Bold: true}), text("  ", nil))
	if f.code {
		return append(to, text(f.text, &slack.RichTextSectionTextStyle{Code: true}))
	}
	if f.before != "" {
		to = append(to, text(f.before, nil))
	}
	if !f.time.IsZero() {
		to = append(to, date(f.time, "{date_short_pretty} {time_secs}"))
		if f.text == "" {
			return to
		}
	}
	return append(to, text(f.text, nil))
}

// date is a time that Slack shows in the time zone of each reader. A client that cannot do so shows
// the fallback, in UTC.
func date(t time.Time, format string) slack.RichTextSectionElement {
	fallback := utc(t)
	return slack.NewRichTextSectionDateElement(t.Unix(), format, nil, &fallback)
}

// text is an element of rich_text, which Slack shows literally. Slack does not document that it
// makes no links in it, so addresses are broken up. In code it makes none.
func text(s string, style *slack.RichTextSectionTextStyle) *slack.RichTextSectionTextElement {
	if style == nil || !style.Code {
		s = unlinkURLs(s)
	}
	return slack.NewRichTextSectionTextElement(s, style)
}

// foot is the block of the links and the rule. It has links and no buttons, because on a click on a
// button with a url, Slack warns unless the app takes interactions:
// https://docs.slack.dev/reference/block-kit/block-elements/button-element
func (m *Message) foot() slack.Block {
	var parts []string
	for _, l := range m.Links {
		parts = append(parts, l.mrkdwn())
	}
	if len(m.Links) == 0 && m.EventID != "" {
		parts = append(parts, "event "+escape(unlink(m.EventID)))
	}
	switch {
	case m.RulePage != "":
		parts = append(parts, Link{"rule " + m.RuleID, m.RulePage}.mrkdwn())
	case m.RuleID != "":
		parts = append(parts, "rule "+escape(unlink(m.RuleID)))
	}
	if len(parts) == 0 {
		parts = append(parts, "no id")
	}
	return slack.NewContextBlock("", &slack.TextBlockObject{Type: slack.MarkdownType, Text: strings.Join(parts, "  ·  "),
		Verbatim: true})
}

// mrkdwn writes the link. No address of a Link has a character that ends it.
func (l Link) mrkdwn() string {
	return "<" + escape(l.URL) + "|" + escape(unlink(escapeLabel(l.Label))) + ">"
}

// escapeLabel replaces the character that would end the label of a link.
func escapeLabel(s string) string { return strings.ReplaceAll(s, "|", "/") }
