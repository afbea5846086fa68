package message

import (
	"strings"
	"testing"

	"github.com/trailbus/trailbus/rules"
)

// A message calls whom the route names, in its blocks and in its text, and nobody else, whatever the record says.
func TestMention(t *testing.T) {
	e := event(t, `{"eventName":"<!channel>","userIdentity":{"type":"IAMUser","userName":"<!here> @everyone"},"requestParameters":{"userName":"<@U012AB3CD>"}}`)
	rule := []*rules.Rule{{ID: "r", Title: "Trail <!channel> stopped", Severity: rules.Critical}}
	for _, mention := range []string{"<!here>", "<!channel>", "<!everyone>", "<!subteam^S012AB3CD>", "<@U012AB3CD>", "<@W012AB3CD>"} {
		m := New(Alert{Event: e, Rules: rule, Mention: mention})
		checkPayload(t, m.Slack(), mention)
		if !strings.HasPrefix(m.Text(), "🔴 CRITICAL · ") || !strings.Contains(m.Text(), "  calls    "+mention+"\n") {
			t.Errorf("%s: %s", mention, m.Text())
		}
		checkPayload(t, New(Alert{Event: e, Rules: rule, Mention: ""}).Slack())
	}
	for _, mention := range []string{"@here", "here", "oncall", "<!here", "<!here> <!channel>", "<!here|x>", "<!subteam^S012AB3CD|@sec>", "<https://evil.example.com>", "<#C012AB3CD>", "<!date^1^x|y>"} {
		m := New(Alert{Event: e, Rules: rule, Mention: mention})
		if m.Mention != "" {
			t.Errorf("%q calls somebody", mention)
		}
		checkPayload(t, m.Slack())
	}
}
