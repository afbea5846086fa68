package message

import (
	"testing"

	"github.com/slack-go/slack"
)

func BenchmarkMessage(b *testing.B) {
	for _, g := range goldens[:5] {
		alert := golden(b, g.name, g.rules)
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
