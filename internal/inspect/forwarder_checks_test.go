package inspect

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/trailbus/trailbus/internal/inspect/doctor"
)

func TestHealthyForwardersHaveNoFindings(t *testing.T) {
	f := newFake(t, 0)
	l := f.forwarderChecks(5, 3)
	found, err := l.Run(t.Context())
	if err != nil || len(found) != 0 {
		t.Fatalf("found %v, %v", found, err)
	}
	if done, total := l.Progress(); done != 20 || total != 20 {
		t.Errorf("%d of %d seen, want 20 of 20", done, total)
	}
	// 11 of the rules, 2 of the role, 2 of the queue, 1 for trails; in each account 2 of the trail,
	// 1 for Regions, and the role but in one.
	if got, want := f.calls.Load(), int64(5*3*16+5*3+4); got != want {
		t.Errorf("%d calls, want %d", got, want)
	}
}

func TestThrottledCallsAreRetried(t *testing.T) {
	f := newFake(t, 0)
	f.throttled = func(call int64) bool { return call%10 == 0 }
	found, err := f.forwarderChecks(3, 2).Run(t.Context())
	if err != nil || len(found) != 0 {
		t.Fatalf("found %v, %v", found, err)
	}
	if f.calls.Load() < 3*2*16 {
		t.Errorf("%d calls", f.calls.Load())
	}
}

func TestAccountWithoutAccessIsOneFinding(t *testing.T) {
	f := newFake(t, 0)
	f.denied = map[string]bool{"111111111112": true}
	found, err := f.forwarderChecks(3, 2).Run(t.Context())
	if err != nil || len(found) != 1 || found[0].Check != doctor.Access || found[0].Warning || found[0].Account != "111111111112" ||
		!strings.Contains(found[0].Found, "sts:AssumeRole is needed") {
		t.Errorf("found %v, %v", found, err)
	}
}

func TestCancelledChecksReturnNoFindings(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if found, err := newFake(t, 0).forwarderChecks(3, 2).Run(ctx); !errors.Is(err, context.Canceled) || found != nil {
		t.Errorf("found %v, %v", found, err)
	}
}

// BenchmarkForwarderChecks shows how the time grows, where AWS answers within 50 ms:
//
//	go test -run '^$' -bench ForwarderChecks -benchtime 1x -timeout 20m ./internal/inspect
func BenchmarkForwarderChecks(b *testing.B) {
	for _, size := range [][2]int{{10, 1}, {10, 5}, {10, 17}, {100, 17}, {500, 17}} {
		b.Run(fmt.Sprintf("%dx%d", size[0], size[1]), func(b *testing.B) {
			f := newFake(b, 50*time.Millisecond)
			for b.Loop() {
				before := f.calls.Load()
				found, err := f.forwarderChecks(size[0], size[1]).Run(b.Context())
				if err != nil || len(found) != 0 {
					b.Fatal(found, err)
				}
				b.ReportMetric(float64(f.calls.Load()-before), "calls")
			}
		})
	}
}
