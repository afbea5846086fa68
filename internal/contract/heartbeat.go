package contract

import (
	"slices"
	"time"
)

// HeartbeatWatch says which forwarders are watched, and how often each sends a heartbeat.
type HeartbeatWatch struct {
	// Period is how often a forwarder sends a heartbeat.
	Period time.Duration `json:"period"`
	// Expected are the Regions, by account, whose forwarders must send heartbeats, from the first
	// check on.
	Expected map[string][]string `json:"expected,omitempty"`
	// Others says that all other forwarders are watched from their first heartbeat on: the accounts
	// of a stack set are not known beforehand.
	Others bool `json:"others,omitempty"`
}

// Watches reports whether the forwarder of an account and Region is watched once it has sent a
// heartbeat.
func (w *HeartbeatWatch) Watches(account, region string) bool {
	return w.Others || slices.Contains(w.Expected[account], region)
}

// MaxSilence is how long a forwarder may be silent: two heartbeats may be lost, and a quarter of a
// period is for delays.
func (w *HeartbeatWatch) MaxSilence() time.Duration { return 2*w.Period + w.Period/4 }

// overdue is how long a forwarder is silent that has missed a heartbeat.
func (w *HeartbeatWatch) overdue() time.Duration { return w.Period + w.Period/8 }

// AccountHeartbeats are the heartbeats of the forwarders of one account, by Region. A thousand of
// them are saved each hour, so they are short.
type AccountHeartbeats map[string]RegionHeartbeat

// RegionHeartbeat is the heartbeat of one forwarder. Times are Unix seconds, 0 for none.
type RegionHeartbeat struct {
	// LastHeartbeat is when the last one was sent.
	LastHeartbeat int64 `json:"heard,omitempty"`
	// ExpectedSince is when the first check expected it.
	ExpectedSince int64 `json:"since,omitempty"`
	// SilencePosted is when its silence was posted; 0 again once its recovery is.
	SilencePosted int64 `json:"told,omitempty"`
	// RecoveredAt is when a check first saw a heartbeat again after that.
	RecoveredAt int64 `json:"back,omitempty"`
}

// last is when the silence began, if there is one.
func (s RegionHeartbeat) last() int64 { return max(s.LastHeartbeat, s.ExpectedSince) }

// Record adds a heartbeat, and reports whether it is the latest: heartbeats can come twice, and
// late.
func (a AccountHeartbeats) Record(region string, sent time.Time) bool {
	s := a[region]
	if sent.Unix() <= s.LastHeartbeat {
		return false
	}
	s.LastHeartbeat = sent.Unix()
	a[region] = s
	return true
}

// Merge adds the heartbeats that were stored during a check.
func (a AccountHeartbeats) Merge(stored AccountHeartbeats) {
	for region, s := range stored {
		checked, ok := a[region]
		if !ok {
			checked = s // new, or not watched: the next check sees which
		}
		checked.LastHeartbeat = max(checked.LastHeartbeat, s.LastHeartbeat)
		a[region] = checked
	}
}
