package delivery

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/trailbus/trailbus/internal/contract"
	"github.com/trailbus/trailbus/internal/contract/state"
)

// probe is what trailbus verify sends through a forwarder, as it comes by the central bus.
func probe(account, region, detail string) string {
	return fmt.Sprintf(`{"version":"0","id":"p","detail-type":"Trailbus Verify","source":"trailbus.verify","account":"%s","time":"2026-11-20T08:00:00Z",`+
		`"region":"%s","resources":[],"detail":%s}`, account, region, detail)
}

// probeRecordedAt is when a probe was recorded, zero where it was not.
func probeRecordedAt(t testing.TB, s state.Store, key string) time.Time {
	t.Helper()
	entries, err := s.Load(t.Context(), []string{key})
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) == 0 {
		return time.Time{}
	}
	var n contract.ProbeRecord
	if err := json.Unmarshal(entries[key].Data, &n); err != nil {
		t.Fatal(err)
	}
	return time.UnixMilli(n.At)
}

// probesKept counts what the state has of probes.
func probesKept(w *world) (n int) {
	for key := range w.State.(*state.Memory).All() {
		if strings.HasPrefix(key, "probe ") {
			n++
		}
	}
	return n
}

func TestProbesAreRecorded(t *testing.T) {
	w := watching(t)
	before := time.Now().Add(-time.Second)
	one, two := contract.NewProbeID(), contract.NewProbeID()
	// Also from a forwarder that is not watched: the settings may be older than the trailbus.yaml
	// of the caller.
	if n := w.handle(t, probe(accountA, "us-east-1", contract.ProbeDetail(one)), probe(accountB, "ap-south-1", contract.ProbeDetail(one)), probe(accountA, "us-east-1", contract.ProbeDetail(two)),
		createUser("1", accountA)); n != 0 {
		t.Errorf("%d came back", n)
	}
	if n, posted := w.last(t, Noted), w.last(t, Posted); n != 3 || posted != 1 || len(w.lines(t)) != 1 || len(w.slack.posted) != 1 {
		t.Errorf("%d recorded, %d posted, %+v", n, posted, w.lines(t))
	}
	for _, key := range []string{contract.ProbeKey(one, accountA, "us-east-1"), contract.ProbeKey(one, accountB, "ap-south-1"), contract.ProbeKey(two, accountA, "us-east-1")} {
		if at := probeRecordedAt(t, w.State, key); at.Before(before) || at.After(time.Now()) {
			t.Errorf("%s was recorded at %s", key, at)
		}
	}
	if n := probesKept(w); n != 3 {
		t.Errorf("%d probes are kept, want 3", n)
	}
	if len(kept(t, w.State, accountA)) != 0 {
		t.Error("a probe was taken for a heartbeat")
	}
}

// The first arrival counts, in one run or in two.
func TestTheFirstArrivalOfAProbeCounts(t *testing.T) {
	w := watching(t)
	id := contract.NewProbeID()
	key, body := contract.ProbeKey(id, accountA, "us-east-1"), probe(accountA, "us-east-1", contract.ProbeDetail(id))
	w.handle(t, body, body)
	first := probeRecordedAt(t, w.State, key)
	time.Sleep(2 * time.Millisecond)
	if n := w.handle(t, body); n != 0 || w.last(t, Noted) != 1 {
		t.Errorf("%d came back", n)
	}
	if again := probeRecordedAt(t, w.State, key); first.IsZero() || !again.Equal(first) || probesKept(w) != 1 {
		t.Errorf("recorded at %s, then at %s", first, again)
	}
}

// Any account can send these. They are logged, not saved, and raise no alarm for dead letters.
func TestAnInvalidProbeIsNotSaved(t *testing.T) {
	for _, detail := range []string{`{}`, `{"id":5}`, `"text"`, `[]`, `null`, `{"id":"short"}`, `{"id":"` + strings.Repeat("A", 5000) + `"}`, `{"id":{"id":"` + contract.NewProbeID() + `"}}`} {
		w := watching(t)
		if n := w.handle(t, probe(accountA, "us-east-1", detail)); n != 0 {
			t.Errorf("%.80s: %d came back", detail, n)
		}
		if l := w.lines(t); len(l) != 1 || l[0].Outcome != string(Noted) || !strings.HasPrefix(l[0].Reason, "no probe: found the detail ") || l[0].Account != accountA || len(l[0].Reason) > 400 {
			t.Errorf("%.80s: %+v", detail, l)
		}
		if len(w.queue.bodies) != 0 || probesKept(w) != 0 || len(w.slack.posted) != 0 {
			t.Errorf("%.80s: %d dead letters, %d kept", detail, len(w.queue.bodies), probesKept(w))
		}
	}
	// Of another source it is nothing of ours, and no rule lets it through.
	w := watching(t)
	w.handle(t, strings.Replace(probe(accountA, "us-east-1", contract.ProbeDetail(contract.NewProbeID())), "trailbus.verify", "my.verify", 1))
	if w.last(t, Dead) != 1 || probesKept(w) != 0 {
		t.Errorf("%+v", w.lines(t))
	}
}

// An account that reads the id of a probe, as each does that is sent one, can answer for itself
// alone.
func TestAProbeAnswersForItsOwnAccount(t *testing.T) {
	w := watching(t)
	id := contract.NewProbeID()
	detail := strings.Replace(contract.ProbeDetail(id), "}", `,"account":"`+accountB+`","region":"us-east-1"}`, 1)
	w.handle(t, probe(accountA, "us-east-1", detail))
	if probeRecordedAt(t, w.State, contract.ProbeKey(id, accountA, "us-east-1")).IsZero() || !probeRecordedAt(t, w.State, contract.ProbeKey(id, accountB, "us-east-1")).IsZero() || probesKept(w) != 1 {
		t.Errorf("kept %v", w.State.(*state.Memory).All())
	}
}

func TestAProbeThatCannotBeSavedIsReturnedAFewTimes(t *testing.T) {
	w := watching(t)
	w.State = &brokenState{}
	young, old := item("young", probe(accountA, "us-east-1", contract.ProbeDetail(contract.NewProbeID()))), item("old", probe(accountB, "us-east-1", contract.ProbeDetail(contract.NewProbeID())))
	old.Attributes["ApproximateReceiveCount"] = fmt.Sprint(maxProbeReceives)
	if failed := w.run(t.Context(), t, young, old); len(failed) != 1 || failed[0] != "young" {
		t.Errorf("%q came back", failed)
	}
	lines := w.lines(t)
	if len(lines) != 2 {
		t.Fatalf("%d lines", len(lines))
	}
	for _, l := range lines {
		if !strings.Contains(l.Reason, "the probe could not be kept: "+errState.Error()) {
			t.Errorf("%+v", l)
		}
	}
	if len(w.queue.bodies) != 0 {
		t.Errorf("%d dead letters", len(w.queue.bodies))
	}
}

// A flood of probes costs a write each, as an event does, and keeps no alert back.
func TestAFloodOfProbesDelaysNoAlert(t *testing.T) {
	w := watching(t)
	const many = 999
	var bodies []string
	for range many {
		bodies = append(bodies, probe(accountA, "us-east-1", contract.ProbeDetail(contract.NewProbeID())))
	}
	if n := w.handle(t, append(bodies, createUser("1", accountA))...); n != 0 || w.last(t, Noted) != many || w.last(t, Posted) != 1 || probesKept(w) != many {
		t.Errorf("%d came back, %d recorded, %d posted, %d kept", n, w.last(t, Noted), w.last(t, Posted), probesKept(w))
	}
	if len(w.lines(t)) != 1 {
		t.Errorf("%d lines of log, want one for the alert", len(w.lines(t)))
	}
}
