package delivery

import (
	"encoding/json"
	"sync/atomic"
	"time"

	"github.com/trailbus/trailbus/internal/contract"
)

// maxProbeReceives is how often a probe is received that cannot be saved. By then it has waited for
// half a minute or more, and `trailbus verify` does not wait much longer.
const maxProbeReceives = 5

// parseProbe reads a probe of `trailbus verify`. Any account of the organization can send such
// events, so an invalid one is only logged: in the dead-letter queue, each would raise its alarm.
func (r *run) parseProbe(j *job, s *signal) {
	id, err := contract.ParseProbeID(s.Detail)
	if err != nil {
		j.reason = "no probe: " + err.Error()
		return
	}
	s.probeKey = contract.ProbeKey(id, s.Account, s.Region)
}

// recordProbes saves the arrival of probes, for `trailbus verify`. The first arrival of a probe
// counts.
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
	// After one failure, the others are not tried: with a table that does not answer, each would
	// delay the alerts by seconds.
	var failed atomic.Pointer[error]
	parallel(keys, func(key string) {
		if failed.Load() == nil {
			err := catchPanic(func() error { return r.recordProbe(key) })
			if err == nil {
				return
			}
			failed.Store(&err)
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
