package delivery

import (
	"fmt"
	"log/slog"
	"maps"
	"reflect"
	"slices"

	slackgo "github.com/slack-go/slack"
	"golang.org/x/sync/errgroup"

	"github.com/trailbus/trailbus/internal/contract"
	"github.com/trailbus/trailbus/internal/contract/state"
	"github.com/trailbus/trailbus/internal/slack/message"
	"github.com/trailbus/trailbus/routes"
)

// runCheck checks the forwarders and the expired mutes, where the batch has a request for it. A
// failed check is not tried again: the next one is minutes away, and finds the same.
func (r *run) runCheck(jobs []*job) {
	// Of several requests, the latest: the others waited in the queue with it.
	var last *job
	for _, j := range jobs {
		if j.isSignal(contract.ForwarderCheckDetailType) && (last == nil || j.signal.Time.After(last.signal.Time)) {
			last = j
		}
	}
	if last == nil {
		return
	}
	claims, err := r.State.Claim(r.deadline.queueCtx, r.holder, []string{contract.ForwarderCheckClaim}, r.deadline.end)
	if err != nil {
		r.failCheck(last, "the look could not be claimed", err)
	}
	if err != nil || claims[contract.ForwarderCheckClaim] != state.Taken {
		return // another run checks
	}
	defer func() {
		if err := r.State.Release(r.deadline.queueCtx, r.holder, []string{contract.ForwarderCheckClaim}); err != nil {
			r.warn("the claim of a look could not be given back, so the next one may come to nothing", err)
		}
	}()
	if err := catchPanic(func() error { return r.checkForwarders(last) }); err != nil {
		r.failCheck(last, "forwarders that fell silent, or are back, could not be told", err)
	}
	if err := catchPanic(func() error { return r.checkMutes(last) }); err != nil {
		r.failCheck(last, "mutes that expired could not be told", err)
	}
}

// failCheck logs a failure of a check.
func (r *run) failCheck(j *job, what string, err error) {
	j.reason = what + "; the next look tries again: " + err.Error()
	r.warn(what, err)
}

func (r *run) checkForwarders(j *job) error {
	if r.Settings.Heartbeat.Period <= 0 {
		return nil
	}
	watch := r.watchedForwarders()
	known, entries, err := state.LoadForwarders(r.deadline.queueCtx, r.State, slices.Collect(maps.Keys(watch.Expected))...)
	if err != nil {
		return err
	}
	// By the time of the request and not of the run: where the queue was not read for a while,
	// heartbeats wait behind the request.
	next, report := watch.Check(known, j.signal.Time)
	r.writeMetrics(map[string]any{contract.MetricForwardersHeard: report.Healthy,
		contract.MetricForwardersSilent: report.StillSilent})
	if !report.Empty() {
		var accounts []string
		for _, f := range slices.Concat(report.Silent, report.Recovered) {
			accounts = append(accounts, f.Account)
		}
		r.resolveAccounts(accounts)
		if err := r.postToOperators(j, message.Silence(&report, r.names)); err != nil {
			return err
		}
		r.Log.LogAttrs(r.deadline.queueCtx, slog.LevelWarn, "forwarders", slog.Int("fellSilent", len(report.Silent)),
			slog.Int("back", len(report.Recovered)),
			slog.Int("silent", report.StillSilent), slog.Int("watched", report.Total()))
	}
	return r.saveForwarders(known, next, entries)
}

// watchedForwarders are the forwarders of the settings and the instances of the stack set. Where
// CloudFormation does not answer, an instance is watched only if it has sent a heartbeat before.
func (r *run) watchedForwarders() contract.HeartbeatWatch {
	watch := r.Settings.Heartbeat
	if r.Instances == nil {
		return watch
	}
	instances, err := r.Instances.List(r.deadline.queueCtx)
	if err != nil {
		r.warn("the instances of the stack set are not known, so one that never was heard is not told", err)
		return watch
	}
	expected := map[string][]string{}
	for _, some := range []map[string][]string{watch.Expected, instances} {
		for account, regions := range some {
			all := slices.Concat(expected[account], regions)
			slices.Sort(all)
			expected[account] = slices.Compact(all)
		}
	}
	watch.Expected = expected
	return watch
}

// saveForwarders saves the accounts that a check changed.
func (r *run) saveForwarders(known, next map[string]contract.AccountHeartbeats, entries map[string]state.Entry) error {
	var changed []string
	for account := range next {
		if !reflect.DeepEqual(known[account], next[account]) {
			changed = append(changed, account)
		}
	}
	if len(changed) == 0 {
		return nil
	}
	if err := r.listAccounts(changed...); err != nil {
		return err
	}
	var group errgroup.Group
	group.SetLimit(workers)
	for _, account := range changed {
		key, first := contract.HeartbeatsKey(account), true
		group.Go(func() error {
			return catchPanic(func() error {
				return r.updateHeartbeats(key, entries[key], func(stored contract.AccountHeartbeats) (contract.AccountHeartbeats,
					bool) {
					if !first { // a heartbeat came meanwhile
						next[account].Merge(stored)
					}
					first = false
					return next[account], true
				})
			})
		})
	}
	if err := group.Wait(); err != nil {
		return fmt.Errorf("what was posted could not be saved, so it is posted again: %w", err)
	}
	return nil
}

// postToOperators posts a message about Trailbus itself to the place for those.
func (r *run) postToOperators(j *job, m *slackgo.WebhookMessage) error {
	place := r.Settings.Routes.Trailbus()
	d := &delivery{job: j, Target: routes.Target{Place: place, Route: -1}, postedTo: place.Name()}
	n := &notification{deliveries: []*delivery{d}, message: m, place: place, postedTo: place}
	if r.send(n); n.wait > 0 && r.deadline.sleep(n.wait) {
		r.send(n)
	}
	if d.outcome != Posted {
		return fmt.Errorf("%s: %s", d.postedTo, d.reason)
	}
	return nil
}
