package routes

import (
	"testing"

	"github.com/trailbus/trailbus/rules"
)

func TestTrailbusPostsAboutItselfInItsOwnPlace(t *testing.T) {
	critical := []rules.Severity{rules.Critical}
	for name, test := range map[string]struct {
		table Table
		want  Place
	}{
		"no routes":              {nil, Place{Webhook: "trailbus"}},
		"other webhooks":         {Table{{Severities: critical, Webhook: "urgent"}}, Place{Webhook: "trailbus"}},
		"a webhook for the rest": {Table{{Webhook: "all"}}, Place{Webhook: "trailbus"}},
		"a channel of its own":   {Table{{Severities: critical, Webhook: "urgent", Also: []Place{{Channel: "#trailbus", Mention: "<!here>"}}}}, Place{Channel: "#trailbus"}},
		"a channel for the rest": {Table{{Severities: critical, Channel: "#urgent"}, {Channel: "#alerts", Mention: "<!here>"}}, Place{Channel: "#alerts"}},
		"channels for some":      {Table{{Severities: critical, Channel: "#urgent"}}, Place{Webhook: "trailbus"}},
	} {
		if got := test.table.Trailbus(); got != test.want {
			t.Errorf("%s: %+v, want %+v", name, got, test.want)
		}
	}
}
