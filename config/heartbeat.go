package config

import (
	"time"

	"github.com/trailbus/trailbus/internal/settings"
	"github.com/trailbus/trailbus/internal/yamldoc"
)

// heartbeat reads how often a forwarder is heard. EventBridge counts the rate of a schedule in whole minutes:
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
func (r *reader) heartbeat(v yamldoc.Value) time.Duration {
	if !v.Present() {
		return settings.HeartbeatPeriod
	}
	period, err := time.ParseDuration(v.Text())
	if err != nil || period < time.Minute || period > 24*time.Hour || period%time.Minute != 0 {
		v.Problemf("found heartbeat %q, allowed: whole minutes from 1m to 24h, such as 1h", v.Text())
		return settings.HeartbeatPeriod
	}
	return period
}
