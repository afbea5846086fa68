package doctor

import (
	"time"

	"github.com/trailbus/trailbus/internal/contract"
)

// CheckHeartbeat checks that a forwarder's last heartbeat is recent enough. known has the
// heartbeats of its account.
func CheckHeartbeat(at Place, watch *contract.HeartbeatWatch, known contract.AccountHeartbeats,
	now time.Time) []Finding {
	s := known[at.Region]
	if s.LastHeartbeat == 0 {
		if s.ExpectedSince != 0 && now.Sub(time.Unix(s.ExpectedSince, 0)) > watch.MaxSilence() {
			return []Finding{at.Gap(Heartbeat, "it was never heard, since %s", formatTime(s.ExpectedSince))}
		}
		return []Finding{at.Warn(Heartbeat, "it was not heard yet; the first heartbeat comes within %s of its deployment",
			watch.Period)}
	}
	if silent := now.Sub(time.Unix(s.LastHeartbeat, 0)); silent > watch.MaxSilence() {
		return []Finding{at.Gap(Heartbeat, "it was last heard %s, want one heartbeat in %s", formatTime(s.LastHeartbeat),
			watch.Period)}
	}
	return nil
}

func formatTime(seconds int64) string {
	return time.Unix(seconds, 0).UTC().Format("2006-01-02 15:04 UTC")
}
