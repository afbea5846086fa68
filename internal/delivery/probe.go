package delivery

import (
	"encoding/json"
	"sync/atomic"
	"time"

	"github.com/trailbus/trailbus/internal/contract"
)

// maxProbeReceives is how often a probe is received that the state does not take. It then waits for half a minute or more, and
// `trailbus verify` not much longer.
const maxProbeReceives = 5

// parseProbe makes a signal of what `trailbus verify` sent, or what looks like it: any account of the organization may put such events. So
// none goes to the dead-letter queue, whose alarm would then ring whenever somebody likes.
func (r *run) parseProbe(j *job, s *signal) {
	id, err := contract.ParseProbeID(s.Detail)
	if err != nil {
		j.reason = "no probe: " + err.Error()
		return
	}
	s.probeKey = contract.ProbeKey(id, s.Account, s.Region)
}

// recordProbes keeps that the probes arrived, for those who wait for it. One that comes twice is kept as it came first.
func (r *run) recordProbes(jobs []*job) {
	byKey := map[string][]*job{}
	var keys []string
	for _, j := range jobs {
		if j.isSignal(contract.VerifyDetailType) && j.signal.probeKey != "" {
			key := j.signal.probeKey
			if byKey[key] == nil {
				keys = append(keys, key)
			}
			byKey[key] = append(byKey[key], j)
		}
	}
	// With a table that does not answer, each would take seconds from the alerts behind them.
	var failed atomic.Pointer[error]
	parallel(keys, func(key string) {
		if failed.Load() == nil {
			if err := catchPanic(func() error { return r.recordProbe(key) }); err != nil {
				failed.Store(&err)
			} else {
				return
			}
		}
		for _, j := range byKey[key] {
			if j.reason = "the probe could not be kept: " + (*failed.Load()).Error(); receiveCount(j.item) < maxProbeReceives {
				j.outcome = Returned
			}
		}
	})
}

func (r *run) recordProbe(key string) error {
	now := time.Now()
	data, err := json.Marshal(contract.ProbeRecord{At: now.UnixMilli()})
	if err != nil {
		return err
	}
	_, err = r.State.Save(r.deadline.queueCtx, key, 0, data, now.Add(contract.ProbesKept))
	return err
}
