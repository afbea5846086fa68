package config

import (
	"strings"
	"testing"
	"time"
)

func TestTheHeartbeatIsWholeMinutesOfADay(t *testing.T) {
	for text, want := range map[string]time.Duration{"": time.Hour, "heartbeat: 1h\n": time.Hour, "heartbeat: 6h\n": 6 * time.Hour, "heartbeat: 90m\n": 90 * time.Minute, "heartbeat: 24h\n": 24 * time.Hour} {
		if c, said := parse(good + text); c == nil || c.Heartbeat != want {
			t.Errorf("%q gives %v (%s), want %s", text, c, said, want)
		}
	}
	for _, text := range []string{"30s", "90s", "25h", "-1h", "1", "hourly"} {
		want := `etc/trailbus.yaml:15:12: found heartbeat "` + text + `", allowed: whole minutes from 1m to 24h, such as 1h`
		if _, got := parse(good + "heartbeat: " + text + "\n"); !strings.Contains(got, want) {
			t.Errorf("it says %q, want %q", got, want)
		}
	}
}
