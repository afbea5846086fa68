package verify

import "slices"

// Outcome is the outcome of a forwarder's probes.
type Outcome string

// The outcomes.
const (
	Arrived    Outcome = "arrived"
	NotArrived Outcome = "not arrived" // the event bus took it, and the notifier did not record it in time
	NotSent    Outcome = "not sent"    // the event bus did not take it, or could not be called
)

// Result is the result of one forwarder.
type Result struct {
	Forwarder
	Outcome Outcome `json:"outcome"`
	// Latency is the time from when the sending of the probe began, by the clock of this machine,
	// until the notifier recorded it, by that of AWS, in milliseconds. It includes the answer of
	// PutEvents, as the probe may arrive before it.
	Latency int64 `json:"latencyMs,omitempty"`
	// Seen is the time until this machine read the record, by its own clock, up to a poll interval
	// later.
	Seen int64 `json:"seenMs,omitempty"`
	// Probe is which of the probes that were sent it was, where the first did not arrive.
	Probe int `json:"probe,omitempty"`
	// Probes is how many were sent, where none arrived.
	Probes int `json:"probes,omitempty"`
	// Error is why none was sent.
	Error string `json:"error,omitempty"`
}

// Report is the result of a verification.
type Report struct {
	Forwarders []Result `json:"forwarders"`
	// Arrived is how many of them have a probe that arrived.
	Arrived int `json:"arrived"`
	// P50 and P99 are latencies, in milliseconds: half of all, and 99 of 100, were no longer.
	// Without one that arrived there are none.
	P50 *int64 `json:"p50Ms,omitempty"`
	P99 *int64 `json:"p99Ms,omitempty"`
	// ClockSkew is by how much the clocks differ at the least, in milliseconds, where a latency
	// shows it.
	ClockSkew int64 `json:"clockSkewMs,omitempty"`
}

func (v *Verify) report(all []*forwarder) *Report {
	r := &Report{Forwarders: []Result{}}
	var latencies []int64
	for _, f := range all {
		result := Result{Forwarder: f.Forwarder}
		switch {
		case f.seen():
			begun := f.probes[f.first].at
			result.Outcome, result.Latency, result.Seen = Arrived, f.recordedAt.Sub(begun).Milliseconds(),
				f.seenAt.Sub(begun).Milliseconds()
			if f.first > 0 {
				result.Probe = f.first + 1
			}
			latencies = append(latencies, result.Latency)
			// It was recorded after it was sent, and before it was seen.
			r.ClockSkew = max(r.ClockSkew, -result.Latency, result.Latency-result.Seen)
		case len(f.probes) > 0:
			result.Outcome, result.Probes = NotArrived, len(f.probes)
		default:
			result.Outcome, result.Error = NotSent, f.err.Error()
		}
		r.Forwarders = append(r.Forwarders, result)
	}
	r.Arrived = len(latencies)
	slices.Sort(latencies)
	if len(latencies) > 0 {
		p50, p99 := percentile(latencies, 50), percentile(latencies, 99)
		r.P50, r.P99 = &p50, &p99
	}
	return r
}

// percentile returns the least value that is not below percent of the sorted values.
func percentile(sorted []int64, percent int) int64 {
	return sorted[(percent*len(sorted)+99)/100-1]
}
