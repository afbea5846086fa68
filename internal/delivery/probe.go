package delivery

import (
	"encoding/json"
	"sync/atomic"
	"time"

	"github.com/trailbus/trailbus/internal/contract"
)

// probeReceives is how often a probe is received that the state does not take. It then waits for half a minute or more, and
// `trailbus verify` not much longer.
const probeReceives = 5

// readProbe makes a signal of what `trailbus verify` sent, or what looks like it: any account of the organization may put such events. So
// none goes to the dead-letter queue, whose alarm would then ring whenever somebody likes.
func (r *run) readProbe(j *job, s *signal) {
	id, err := contract.ParseProbeID(s.Detail)
	if err != nil {
		j.reason = "no probe: " + err.Error()
		return
	}
	s.probe = contract.ProbeKey(id, s.Account, s.Region)
}

// note keeps that the probes arrived, for those who wait for it. One that comes twice is kept as it came first.
func (r *run) note(jobs []*job) {
	byKey := map[string][]*job{}
	var keys []string
	for _, j := range jobs {
		if j.is(contract.VerifyDetailType) && j.signal.probe != "" {
			key := j.signal.probe
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
			if err := guard(func() error { return r.noteProbe(key) }); err != nil {
				failed.Store(&err)
			} else {
				return
			}
		}
		for _, j := range byKey[key] {
			if j.reason = "the probe could not be kept: " + (*failed.Load()).Error(); receiveCount(j.item) < probeReceives {
				j.outcome = Returned
			}
		}
	})
}

func (r *run) noteProbe(key string) error {
	now := time.Now()
	data, err := json.Marshal(contract.ProbeRecord{At: now.UnixMilli()})
	if err != nil {
		return err
	}
	_, err = r.State.Save(r.clock.queue, key, 0, data, now.Add(contract.ProbesKept))
	return err
}
