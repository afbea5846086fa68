package verify

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/trailbus/trailbus/internal/contract"
	"github.com/trailbus/trailbus/internal/contract/state"
)

// Forwarder is one that probes are sent through.
type Forwarder struct {
	Account string `json:"account"`
	Name    string `json:"name,omitempty"` // of the account
	Region  string `json:"region"`
}

// forwarder is what is known of one so far.
type forwarder struct {
	Forwarder
	probes []probe
	err    error // of the last one, where that was refused

	done bool // it is known what became of them

	arrived    chan struct{} // closed when one has arrived; then:
	first      int           // which
	recordedAt time.Time     // by the clock of the function
	seenAt     time.Time     // by that of this machine
}

// probe is a probe that was taken, and when its sending began.
type probe struct {
	id string
	at time.Time
}

// seen says that one has arrived.
func (f *forwarder) seen() bool { return !f.seenAt.IsZero() }

// keys are where the state would have its probes, while none is there.
func (f *forwarder) keys() []string {
	if f.seen() {
		return nil
	}
	var keys []string
	for _, s := range f.probes {
		keys = append(keys, contract.ProbeKey(s.id, f.Account, f.Region))
	}
	return keys
}

// findProbe takes the first of its probes that is there.
func (f *forwarder) findProbe(entries map[string]state.Entry, now time.Time) error {
	for i, key := range f.keys() {
		entry, ok := entries[key]
		if !ok {
			continue
		}
		var noted contract.ProbeRecord
		if err := json.Unmarshal(entry.Data, &noted); err != nil {
			return fmt.Errorf("what was noted of a probe: %w", err)
		}
		f.first, f.recordedAt, f.seenAt = i, time.UnixMilli(noted.At), now
		close(f.arrived)
		break
	}
	return nil
}
