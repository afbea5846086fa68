package message

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/trailbus/trailbus/rules"
)

func TestExpiredMutes(t *testing.T) {
	until := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	one := rules.Mute{Rule: "vpc-change", Reason: "the move to the new network", Owner: "net@example.com", Until: until}
	wide := rules.Mute{Pattern: []byte(`{"account":["111111111111"]}`), Reason: "<!channel> <https://example.com|here>", Owner: "@here", Until: until}
	var many []rules.Mute
	for i := range 500 {
		many = append(many, rules.Mute{Rule: fmt.Sprint(strings.Repeat("r", 300), i), Reason: strings.Repeat("&", 5000), Owner: strings.Repeat("<", 5000), Until: until})
	}
	for name, test := range map[string]struct {
		mutes []rules.Mute
		want  []string
	}{
		"mutes-one":  {[]rules.Mute{one}, []string{"A mute has expired", "vpc-change", "until 2026-11-20, net@example.com: the move to the new network"}},
		"mutes-two":  {[]rules.Mute{one, wide}, []string{"2 mutes have expired", "every rule, by a pattern"}},
		"mutes-many": {many, []string{"500 mutes have expired", "… and 480 more"}},
	} {
		t.Run(name, func(t *testing.T) {
			payload := ExpiredMutes(test.mutes)
			checkPayload(t, payload)
			file := indented(t, payload)
			for _, want := range test.want {
				if !strings.Contains(string(file), want) {
					t.Errorf("%q is not in %s", want, file)
				}
			}
			if strings.Contains(payload.Text, "<!") || strings.Contains(payload.Text, "<http") {
				t.Errorf("the notification is %q", payload.Text)
			}
			if name != "mutes-many" {
				compare(t, name+".slack.json", file)
			}
		})
	}
}
