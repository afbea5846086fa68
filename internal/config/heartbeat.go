package config

import (
	"time"

	"github.com/trailbus/trailbus/internal/contract"
	"github.com/trailbus/trailbus/internal/yamldoc"
)

// heartbeat reads how often a forwarder is heard.
func heartbeat(v yamldoc.Value) time.Duration {
	if !v.Present() {
		return contract.HeartbeatPeriod
	}
	period, err := time.ParseDuration(v.Text())
	if err != nil || !contract.IsHeartbeatPeriod(period) {
		v.Problemf("found heartbeat %q, allowed: whole minutes from 1m to 24h, such as 1h", v.Text())
		return contract.HeartbeatPeriod
	}
	return period
}
