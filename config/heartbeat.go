package config

import (
	"time"

	"github.com/trailbus/trailbus/internal/settings"
	"github.com/trailbus/trailbus/internal/yamldoc"
)

// heartbeat reads how often a forwarder is heard.
func (r *reader) heartbeat(v yamldoc.Value) time.Duration {
	if !v.Present() {
		return settings.HeartbeatPeriod
	}
	period, err := time.ParseDuration(v.Text())
	if err != nil || !settings.IsHeartbeatPeriod(period) {
		v.Problemf("found heartbeat %q, allowed: whole minutes from 1m to 24h, such as 1h", v.Text())
		return settings.HeartbeatPeriod
	}
	return period
}
