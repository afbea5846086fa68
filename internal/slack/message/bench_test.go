package message

import (
	"testing"

	"github.com/slack-go/slack"
)

// BenchmarkMessage renders messages and summaries.
func BenchmarkMessage(b *testing.B) {
	for _, g := range goldens[:5] {
		alert := golden(b, g.name, g.rules)
		b.Run(g.name+", in summary", func(b *testing.B) {
			b.ReportAllocs()
			var summary Summary
			for b.Loop() {
				summary = NewRenderer(alert).Summary
			}
			if summary.Key == "" {
				b.Error("no key")
			}
		})
		b.Run(g.name, func(b *testing.B) {
			b.ReportAllocs()
			var payload *slack.WebhookMessage
			for b.Loop() {
				payload = New(alert).Slack()
			}
			if payload.Text == "" {
				b.Error("no message")
			}
		})
	}
}
