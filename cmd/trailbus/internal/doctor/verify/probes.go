package verify

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/trailbus/trailbus/internal/contract"
	"github.com/trailbus/trailbus/internal/contract/state"
)

// Forwarder is a forwarder that probes are sent through.
type Forwarder struct {
	Account string `json:"account"`
	Name    string `json:"name,omitempty"` // of the account
	Region  string `json:"region"`
}

// forwarder is the state of a forwarder during a verification.
type forwarder struct {
	Forwarder
	probes []probe
	err    error // of the last probe, nil where it was sent

	done bool // it has an outcome

	arrived    chan struct{} // closed when a probe has arrived; then:
	first      int           // its index
	recordedAt time.Time     // by the clock of the function
	seenAt     time.Time     // by that of this machine
}

// probe is a probe that was sent, with the time before the call.
type probe struct {
	id string
	at time.Time
}

// seen says that a probe has arrived.
func (f *forwarder) seen() bool { return !f.seenAt.IsZero() }

// keys are the keys of its probes in the table, none once one has arrived.
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

// findProbe finds the first of its probes in entries.
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
