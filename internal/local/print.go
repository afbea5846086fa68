package local

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"github.com/slack-go/slack"

	"github.com/trailbus/trailbus/internal/local/slacktest"
)

// printArrived prints the messages that have arrived.
func (r *Deployment) printArrived() {
	for {
		select {
		case m := <-r.Arrived:
			r.printMessage(m)
		default:
			return
		}
	}
}

// printMessage prints what Slack got, not what was meant: it reads the payload.
func (r *Deployment) printMessage(m slacktest.Message) {
	var payload slack.WebhookMessage
	if err := json.Unmarshal(m.Payload, &payload); err != nil || payload.Blocks == nil {
		fmt.Fprintf(r.Out, "#%s  %s\n", m.Webhook, m.Payload)
		return
	}
	fmt.Fprintf(r.Out, "#%s\n", m.Webhook)
	for i, block := range payload.Blocks.BlockSet {
		text := blockText(block)
		if i == 0 && r.Color {
			text = "\x1b[1m" + text + "\x1b[0m"
		}
		for line := range strings.SplitSeq(strings.TrimRight(text, "\n"), "\n") {
			fmt.Fprintf(r.Out, "  %s\n", line)
		}
	}
	fmt.Fprintln(r.Out)
}

// Headline is what people read of a message in a notification.
func Headline(m slacktest.Message) string {
	var payload slack.WebhookMessage
	if err := json.Unmarshal(m.Payload, &payload); err != nil {
		return string(m.Payload)
	}
	first, _, _ := strings.Cut(payload.Text, "\n")
	return mrkdwn(first)
}

// blockText is the text of a block, without its looks.
func blockText(block slack.Block) string {
	switch b := block.(type) {
	case *slack.HeaderBlock:
		return b.Text.Text
	case *slack.SectionBlock:
		if b.Text != nil {
			return mrkdwn(b.Text.Text)
		}
	case *slack.ContextBlock:
		var texts []string
		for _, element := range b.ContextElements.Elements {
			if text, ok := element.(*slack.TextBlockObject); ok {
				texts = append(texts, mrkdwn(text.Text))
			}
		}
		return strings.Join(texts, "  ")
	case *slack.RichTextBlock:
		var text strings.Builder
		for _, element := range b.Elements {
			text.WriteString(richText(element))
		}
		return text.String()
	}
	return ""
}

func richText(element slack.RichTextElement) string {
	var parts []slack.RichTextSectionElement
	switch e := element.(type) {
	case *slack.RichTextSection:
		parts = e.Elements
	case *slack.RichTextPreformatted:
		parts = e.Elements
	case *slack.RichTextQuote:
		parts = e.Elements
	}
	var text strings.Builder
	for _, part := range parts {
		switch p := part.(type) {
		case *slack.RichTextSectionTextElement:
			text.WriteString(p.Text)
		case *slack.RichTextSectionDateElement:
			if p.Fallback != nil {
				text.WriteString(*p.Fallback)
			}
		case *slack.RichTextSectionLinkElement:
			text.WriteString(p.URL)
		}
	}
	return text.String() + "\n"
}

var links = regexp.MustCompile(`<(https?://[^|>]*)\|([^>]*)>`)

// mrkdwn shows a link as its label and address.
func mrkdwn(text string) string {
	text = links.ReplaceAllString(text, "$2: $1")
	return strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&").Replace(text)
}
