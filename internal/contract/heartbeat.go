package contract

import (
	"slices"
	"time"
)

// HeartbeatWatch says which forwarders are watched, and how often each should be heard.
type HeartbeatWatch struct {
	// Period is how often a forwarder sends a heartbeat.
	Period time.Duration `json:"period"`
	// Expected are the Regions, by account, whose forwarders must be heard, those that never were as well.
	Expected map[string][]string `json:"expected,omitempty"`
	// Others are watched as soon as they were heard once: nobody knows the accounts of a stack set beforehand.
	Others bool `json:"others,omitempty"`
}

// Watches says whether the forwarder of an account and Region is watched once it was heard.
func (w *HeartbeatWatch) Watches(account, region string) bool {
	return w.Others || slices.Contains(w.Expected[account], region)
}

// MaxSilence is how long a forwarder may be silent: two heartbeats may get lost on the way, and a quarter of a period is for delays.
func (w *HeartbeatWatch) MaxSilence() time.Duration { return 2*w.Period + w.Period/4 }

// overdue is how long one is silent that has missed a heartbeat.
func (w *HeartbeatWatch) overdue() time.Duration { return w.Period + w.Period/8 }

// AccountHeartbeats is what is kept of the forwarders of one account, by Region. A thousand of them are saved each hour, so they are short.
type AccountHeartbeats map[string]RegionHeartbeat

// RegionHeartbeat is what is kept of one forwarder. Times are Unix seconds, 0 for none.
type RegionHeartbeat struct {
	// LastHeartbeat is when its last heartbeat was sent.
	LastHeartbeat int64 `json:"heard,omitempty"`
	// ExpectedSince is since when it is expected, where it is.
	ExpectedSince int64 `json:"since,omitempty"`
	// SilencePosted is when people were told that it is silent; 0 when it is not, as far as they know.
	SilencePosted int64 `json:"told,omitempty"`
	// RecoveredAt is when it was seen to be heard again after that.
	RecoveredAt int64 `json:"back,omitempty"`
}

// last is since when there was nothing to wait for.
func (s RegionHeartbeat) last() int64 { return max(s.LastHeartbeat, s.ExpectedSince) }

// Record notes a heartbeat, and says whether that is news: heartbeats come twice, and late.
func (a AccountHeartbeats) Record(region string, sent time.Time) bool {
	s := a[region]
	if sent.Unix() <= s.LastHeartbeat {
		return false
	}
	s.LastHeartbeat = sent.Unix()
	a[region] = s
	return true
}

// Merge takes what was heard meanwhile into an account that was looked at before.
func (a AccountHeartbeats) Merge(stored AccountHeartbeats) {
	for region, s := range stored {
		mine, ok := a[region]
		if !ok {
			mine = s // heard for the first time, or not watched: the next look sees which
		}
		mine.LastHeartbeat = max(mine.LastHeartbeat, s.LastHeartbeat)
		a[region] = mine
	}
}
