package contract

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// SilentForwarder is a forwarder of a [SilenceReport].
type SilentForwarder struct {
	Account, Region string
	// LastHeartbeat is when the last one was sent; zero for none, and then ExpectedSince is when
	// the first check expected one.
	LastHeartbeat, ExpectedSince time.Time
}

// SilenceReport is the result of a check.
type SilenceReport struct {
	// Silent and Recovered are the forwarders to post now, sorted by account and Region.
	Silent, Recovered []SilentForwarder
	// Watched is how many forwarders of each account are watched.
	Watched map[string]int
	// Healthy is how many forwarders have missed no heartbeat.
	Healthy int
	// StillSilent is how many are posted as silent, now or before, and not as recovered.
	StillSilent int
}

// Total is how many forwarders are watched.
func (r *SilenceReport) Total() int {
	total := 0
	for _, n := range r.Watched {
		total += n
	}
	return total
}

// Empty reports that there is nothing to post.
func (r *SilenceReport) Empty() bool { return len(r.Silent)+len(r.Recovered) == 0 }

// Check compares the heartbeats with those that are expected. It returns the heartbeats to save
// once the report is posted, and leaves known as it is.
//
// A failure of all forwarders, such as of the policy of the central bus, must be one message.
// Forwarders send at different minutes of each period, so they fall silent one after the other
// during a period; but as soon as the first has been silent for too long, all others have missed a
// heartbeat. So they are posted with it. They also recover one after the other: those that were
// posted together are posted together again, when all of them have recovered, or a period after the
// first of them.
func (w *HeartbeatWatch) Check(known map[string]AccountHeartbeats, now time.Time) (map[string]AccountHeartbeats,
	SilenceReport) {
	next := map[string]AccountHeartbeats{}
	for account, regions := range known {
		next[account] = maps.Clone(regions)
		maps.DeleteFunc(next[account], func(region string, _ RegionHeartbeat) bool { return !w.Watches(account, region) })
	}
	for account, regions := range w.Expected {
		if next[account] == nil {
			next[account] = AccountHeartbeats{}
		}
		for _, region := range regions {
			if _, ok := next[account][region]; !ok {
				// the silence of a forwarder that was just added begins now
				next[account][region] = RegionHeartbeat{ExpectedSince: now.Unix()}
			}
		}
	}

	r := SilenceReport{Watched: map[string]int{}}
	silentFor := func(s RegionHeartbeat, d time.Duration) bool { return now.Sub(time.Unix(s.last(), 0)) > d }
	tooLong := false
	for account, regions := range next {
		r.Watched[account] += len(regions)
		for _, s := range regions {
			tooLong = tooLong || s.SilencePosted == 0 && silentFor(s, w.MaxSilence())
			if s.LastHeartbeat != 0 && !silentFor(s, w.overdue()) {
				r.Healthy++
			}
		}
	}
	first, waiting := map[int64]int64{}, map[int64]bool{} // by SilencePosted
	for _, regions := range next {
		for region, s := range regions {
			switch {
			case s.SilencePosted == 0:
				continue
			case silentFor(s, w.overdue()):
				s.RecoveredAt = 0
				waiting[s.SilencePosted] = true
			case s.RecoveredAt == 0:
				s.RecoveredAt = now.Unix()
			}
			if s.RecoveredAt != 0 && (first[s.SilencePosted] == 0 || s.RecoveredAt < first[s.SilencePosted]) {
				first[s.SilencePosted] = s.RecoveredAt
			}
			regions[region] = s
		}
	}
	for account, regions := range next {
		for region, s := range regions {
			f := SilentForwarder{Account: account, Region: region, LastHeartbeat: unixTime(s.LastHeartbeat),
				ExpectedSince: unixTime(s.ExpectedSince)}
			switch {
			case s.SilencePosted == 0 && tooLong && silentFor(s, w.overdue()):
				s.SilencePosted, s.RecoveredAt = now.Unix(), 0
				r.Silent = append(r.Silent, f)
			case s.RecoveredAt != 0 && (!waiting[s.SilencePosted] ||
				now.Sub(time.Unix(first[s.SilencePosted], 0)) >= w.overdue()):
				s.SilencePosted, s.RecoveredAt = 0, 0
				r.Recovered = append(r.Recovered, f)
			}
			if s.SilencePosted != 0 {
				r.StillSilent++
			}
			regions[region] = s
		}
	}
	slices.SortFunc(r.Silent, compareForwarders)
	slices.SortFunc(r.Recovered, compareForwarders)
	return next, r
}

func compareForwarders(a, b SilentForwarder) int {
	return cmp.Or(cmp.Compare(a.Account, b.Account), cmp.Compare(a.Region, b.Region))
}

func unixTime(seconds int64) time.Time {
	if seconds == 0 {
		return time.Time{}
	}
	return time.Unix(seconds, 0).UTC()
}
