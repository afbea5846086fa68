package message

import (
	"strings"
	"time"

	"github.com/slack-go/slack"
)

// Slack gives the message for an incoming webhook or chat.postMessage, in Block Kit. Whatever comes from the record stands in
// plain_text and rich_text, which Slack shows as it is; mrkdwn holds nothing but our own links and the mention that the route asks for.
// It unfurls nothing. Text alone is a good notification.
//
// Its colour is the circle in its first line, which notifications and lists of channels show as well. The coloured bar of an attachment
// they do not, and Slack calls what stands in an attachment secondary and may hide it:
// https://docs.slack.dev/messaging/formatting-message-text#attachments
func (m *Message) Slack() *slack.WebhookMessage { return m.payload(m.headline(), nil) }

// payload is the message with a headline, and facts before its own.
func (m *Message) payload(headline string, before []fact) *slack.WebhookMessage {
	no := false
	p := &slack.WebhookMessage{Text: m.fallback(headline), UnfurlLinks: &no, UnfurlMedia: &no}
	if m.Plain {
		return p
	}
	blocks := []slack.Block{header(headline)}
	if m.Mention != "" {
		blocks = append(blocks, mentionBlock(m.Mention))
	}
	p.Blocks = &slack.Blocks{BlockSet: append(blocks, m.body(before), m.foot())}
	return p
}

// fallback is the notification: the headline, who, and where, in the order in which a phone cuts it off. Slack parses it as mrkdwn.
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

// header is the headline. Slack takes plain_text literally; angle brackets are replaced all the same, since this is the one text
// that every client shows in its own way.
func header(headline string) slack.Block {
	no := false
	text := cut(angles.Replace(headline), headerLimit)
	return slack.NewHeaderBlock(&slack.TextBlockObject{Type: slack.PlainTextType, Text: text, Emoji: &no})
}

var angles = strings.NewReplacer("<", "‹", ">", "›")

// body is what a person reads: the facts, the parameters, and why they matter.
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
		elements = append(elements, &slack.RichTextQuote{Type: slack.RTEQuote, Elements: []slack.RichTextSectionElement{text(m.Reason, nil)}})
	}
	elements = append(elements, slack.NewRichTextSection(facts...))
	if m.Params != "" {
		elements = append(elements, &slack.RichTextPreformatted{Type: slack.RTEPreformatted, Elements: []slack.RichTextSectionElement{slack.NewRichTextSectionTextElement(m.Params, nil)}})
	}
	if len(reasons) > 0 {
		elements = append(elements, slack.NewRichTextSection(reasons...))
	}
	return slack.NewRichTextBlock("", elements...)
}

// appendFact adds a line with a bold label.
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

// date is a time that Slack shows to each reader in their own zone, or as it stands here where it cannot.
func date(t time.Time, format string) slack.RichTextSectionElement {
	fallback := utc(t)
	return slack.NewRichTextSectionDateElement(t.Unix(), format, nil, &fallback)
}

// text is an element of rich_text, which Slack shows as it is. Nobody documents that it makes no links there, so an address is broken
// up; where it is code, it certainly makes none.
func text(s string, style *slack.RichTextSectionTextStyle) *slack.RichTextSectionTextElement {
	if style == nil || !style.Code {
		s = unlinkURLs(s)
	}
	return slack.NewRichTextSectionTextElement(s, style)
}

// foot holds where to look, and which rule said so. A link and no button: a button with a url makes Slack
// warn on a click unless the app can take interactions: https://docs.slack.dev/reference/block-kit/block-elements/button-element
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
	return slack.NewContextBlock("", &slack.TextBlockObject{Type: slack.MarkdownType, Text: strings.Join(parts, "  ·  "), Verbatim: true})
}

// mrkdwn writes the link. Its address was made so that it cannot end the link.
func (l Link) mrkdwn() string {
	return "<" + escape(l.URL) + "|" + escape(unlink(escapeLabel(l.Label))) + ">"
}

// escapeLabel takes the one character from a link's label that could end it.
func escapeLabel(s string) string { return strings.ReplaceAll(s, "|", "/") }
