package doctor

import (
	"time"

	"github.com/trailbus/trailbus/internal/contract"
)

// CheckHeartbeat says whether a forwarder was heard in time. known is what is kept of its account.
func CheckHeartbeat(at Place, watch *contract.HeartbeatWatch, known contract.AccountHeartbeats, now time.Time) []Finding {
	s := known[at.Region]
	if s.LastHeartbeat == 0 {
		if s.ExpectedSince != 0 && now.Sub(time.Unix(s.ExpectedSince, 0)) > watch.MaxSilence() {
			return []Finding{at.gap(Heartbeat, "it was never heard, since %s", stamp(s.ExpectedSince))}
		}
		return []Finding{at.warning(Heartbeat, "it was not heard yet; the first heartbeat comes within %s of its deployment", watch.Period)}
	}
	if silent := now.Sub(time.Unix(s.LastHeartbeat, 0)); silent > watch.MaxSilence() {
		return []Finding{at.gap(Heartbeat, "it was last heard %s, want one heartbeat in %s", stamp(s.LastHeartbeat), watch.Period)}
	}
	return nil
}

func stamp(seconds int64) string { return time.Unix(seconds, 0).UTC().Format("2006-01-02 15:04 UTC") }
