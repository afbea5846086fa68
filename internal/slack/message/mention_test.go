package message

import (
	"strings"
	"testing"

	"github.com/trailbus/trailbus/rules"
)

// A message has the mention of the route in its blocks and in its text, and no other, whatever the
// record says.
func TestMention(t *testing.T) {
	e := event(t, `{"eventName":"<!channel>","userIdentity":{"type":"IAMUser","userName":"<!here> @everyone"},"requestParameters":{"userName":"<@U012AB3CD>"}}`)
	rule := []*rules.Rule{{ID: "r", Title: "Trail <!channel> stopped", Severity: rules.Critical}}
	for _, mention := range []string{"<!here>", "<!channel>", "<!everyone>", "<!subteam^S012AB3CD>", "<@U012AB3CD>", "<@W012AB3CD>"} {
		m := New(Alert{Event: e, Rules: rule, Mention: mention})
		checkPayload(t, m.Slack(), mention)
		if !strings.HasPrefix(m.Terminal(false), "🔴 CRITICAL · ") || !strings.Contains(m.Terminal(false), "  calls    "+mention+"\n") {
			t.Errorf("%s: %s", mention, m.Terminal(false))
		}
		checkPayload(t, New(Alert{Event: e, Rules: rule, Mention: ""}).Slack())
	}
	for _, mention := range []string{"@here", "here", "oncall", "<!here", "<!here> <!channel>", "<!here|x>", "<!subteam^S012AB3CD|@sec>", "<https://evil.example.com>", "<#C012AB3CD>", "<!date^1^x|y>"} {
		m := New(Alert{Event: e, Rules: rule, Mention: mention})
		if m.Mention != "" {
			t.Errorf("%q is a mention", mention)
		}
		checkPayload(t, m.Slack())
	}
}
