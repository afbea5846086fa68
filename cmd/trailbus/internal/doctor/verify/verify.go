// Package verify is the command verify: it sends a probe through each forwarder and waits until the
// notifier has recorded it. The probe passes the rule, the role, the central bus, the queue, the
// function and the table, as events do.
package verify

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/trailbus/trailbus/internal/contract"
	"github.com/trailbus/trailbus/internal/contract/state"
)

const (
	// DefaultTimeout is how long to wait for a forwarder. A probe takes seconds, and longer with a
	// new rule or a long queue.
	DefaultTimeout = 2 * time.Minute
	// MaxTimeout is shorter than the table keeps a probe.
	MaxTimeout = contract.ProbesKept / 2

	// firstRetry is the time to the second probe where none has arrived; it doubles with each. A
	// new rule matches events only after a while
	// (https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html), and earlier
	// probes are lost.
	firstRetry = 10 * time.Second
	// maxSendErrors is how often in a row sending may fail: a new role can be assumed only after a
	// while.
	maxSendErrors = 3
	// maxSenders is how many probes are sent at a time: EventBridge takes 400 a second in the
	// smallest Region (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html).
	maxSenders = 32
	// The table is read at an interval that grows with the number of expected probes, within these
	// limits.
	minPollInterval, maxPollInterval, pollIntervalPerProbe = 500 * time.Millisecond, 10 * time.Second, 2 * time.Millisecond
	// maxPollErrors is how often in a row a read may fail.
	maxPollErrors = 3
)

// Sender puts the event of a probe on the default event bus of an account and Region, and says when
// it began to.
type Sender interface {
	Send(ctx context.Context, account, region, id string) (begun time.Time, err error)
}

// Loader reads the table, as [state.Table] does.
type Loader interface {
	Load(ctx context.Context, keys []string) (map[string]state.Entry, error)
}

// Verify is one verification. It can run once.
type Verify struct {
	Sender Sender
	State  Loader
	// Forwarders are those that a probe is sent through.
	Forwarders []Forwarder
	// Timeout is how long to wait for each, from its first probe on.
	Timeout time.Duration

	slots chan struct{}
	mu    sync.Mutex // of what follows, and of each forwarder
	done  int
}

// Done is how many forwarders have an outcome. It is safe for concurrent use.
func (v *Verify) Done() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.done
}

// Run sends probes and waits for them. A probe that does not arrive is no error; an error says that
// the table cannot be read.
func (v *Verify) Run(ctx context.Context) (*Report, error) {
	// No probe is sent where the table cannot be read.
	if _, err := v.State.Load(ctx, []string{contract.ProbeKey(contract.NewProbeID(), "", "")}); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	v.slots = make(chan struct{}, maxSenders)
	all := make([]*forwarder, len(v.Forwarders))
	var group sync.WaitGroup
	for i, f := range v.Forwarders {
		one := &forwarder{Forwarder: f, arrived: make(chan struct{})}
		all[i] = one
		group.Go(func() {
			v.sendProbes(ctx, one)
			v.mu.Lock()
			defer v.mu.Unlock()
			v.markDone(one)
		})
	}
	looking := make(chan struct{})
	go func() {
		defer close(looking)
		v.poll(ctx, cancel, all)
	}()
	group.Wait()
	<-looking
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	// A probe that arrived between the last read and the timeout counts.
	if err := v.checkProbes(ctx, all); err != nil {
		return nil, err
	}
	return v.report(all), nil
}

// sendProbes sends probes through a forwarder until one arrives or its time is over.
func (v *Verify) sendProbes(ctx context.Context, f *forwarder) {
	var end time.Time
	refused := 0
	for wait := firstRetry; ; wait *= 2 {
		select {
		case v.slots <- struct{}{}:
		case <-ctx.Done():
			return
		}
		id, begun := contract.NewProbeID(), time.Now()
		if end.IsZero() {
			end = begun.Add(v.Timeout)
		}
		begun, err := v.Sender.Send(ctx, f.Account, f.Region, id)
		<-v.slots
		v.mu.Lock()
		if f.err = err; err == nil {
			f.probes = append(f.probes, probe{id, begun})
		}
		v.mu.Unlock()
		if refused++; err == nil {
			refused = 0
		} else if refused == maxSendErrors {
			return
		}
		select {
		case <-f.arrived:
			return
		case <-time.After(min(wait, time.Until(end))):
			if !time.Now().Before(end) {
				return
			}
		case <-ctx.Done():
			return
		}
	}
}

// poll checks for probes until every forwarder has an outcome.
func (v *Verify) poll(ctx context.Context, cancel context.CancelCauseFunc, all []*forwarder) {
	for failed := 0; ; {
		v.mu.Lock()
		waiting := len(all) - v.done
		v.mu.Unlock()
		if waiting == 0 {
			return
		}
		select {
		case <-time.After(min(max(minPollInterval, time.Duration(waiting)*pollIntervalPerProbe), maxPollInterval)):
		case <-ctx.Done():
			return
		}
		err := v.checkProbes(ctx, all)
		if failed++; err == nil {
			failed = 0
		} else if failed == maxPollErrors {
			cancel(fmt.Errorf("looking which probes have arrived: %w", err))
			return
		}
	}
}

// checkProbes finds the probes that have arrived.
func (v *Verify) checkProbes(ctx context.Context, all []*forwarder) error {
	v.mu.Lock()
	var keys []string
	for _, f := range all {
		keys = append(keys, f.keys()...)
	}
	v.mu.Unlock()
	if len(keys) == 0 {
		return nil
	}
	entries, err := v.State.Load(ctx, keys)
	if err != nil {
		return err
	}
	now := time.Now()
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, f := range all {
		if err := f.findProbe(entries, now); err != nil {
			return err
		}
		if f.seen() {
			v.markDone(f)
		}
	}
	return nil
}

// markDone counts a forwarder that has an outcome.
func (v *Verify) markDone(f *forwarder) {
	if !f.done {
		f.done = true
		v.done++
	}
}
