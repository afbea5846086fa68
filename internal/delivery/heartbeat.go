package delivery

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/trailbus/trailbus/internal/contract"
	"github.com/trailbus/trailbus/internal/contract/state"
)

// signal is what the queue holds beside CloudTrail events: a heartbeat of a forwarder, the request to look for silent ones, or a probe.
type signal struct {
	Source     string
	DetailType string `json:"detail-type"`
	Account    string
	Region     string
	Time       time.Time
	Resources  []string
	Detail     json.RawMessage

	// probeKey is the key of a probe in the state; empty where it is none that anybody waits for.
	probeKey string
}

// decodeSignal takes what is no CloudTrail event away from decide.
func (r *run) decodeSignal(j *job) bool {
	// Nearly all messages are CloudTrail events, which should not be decoded twice.
	if !slices.ContainsFunc(contract.Signals, func(detailType string) bool { return strings.Contains(j.item.Body, detailType) }) {
		return false
	}
	s := &signal{}
	if json.Unmarshal([]byte(j.item.Body), s) != nil {
		return false // it is no CloudTrail event either, and decide says why
	}
	switch {
	case s.DetailType == contract.HeartbeatDetailType:
		if err := s.checkHeartbeat(); err != nil {
			j.outcome, j.reason = Dead, "no heartbeat: "+err.Error()
			return true
		}
	case s.DetailType == contract.ForwarderCheckDetailType && s.Source == contract.ForwarderCheckSource:
	case s.DetailType == contract.VerifyDetailType && s.Source == contract.VerifySource:
		r.parseProbe(j, s)
	default:
		return false
	}
	if s.Time = s.Time.UTC(); s.Time.IsZero() || s.Time.After(r.start) {
		s.Time = r.start
	}
	j.signal, j.outcome = s, Noted
	return true
}

// checkHeartbeat refuses what EventBridge cannot have sent for a schedule on a default bus. The name of the rule says nothing: CloudFormation
// makes it of the stack's name, which an app chooses, and cuts it; and whoever may make rules in an account may give one any name. What
// counts are the account and the Region, which EventBridge writes.
func (s *signal) checkHeartbeat() error {
	if s.Source != contract.HeartbeatSource {
		return fmt.Errorf("found the source %.64q, allowed: %s", s.Source, contract.HeartbeatSource)
	}
	if len(s.Resources) != 1 {
		return fmt.Errorf("found %d resources, allowed: the rule", len(s.Resources))
	}
	// arn:aws:events:eu-west-1:111111111111:rule/name, and behind a bus that is not the default one rule/bus/name.
	parts := strings.SplitN(s.Resources[0], ":", 6)
	if len(parts) != 6 || parts[0] != "arn" || parts[2] != "events" || parts[3] != s.Region || parts[4] != s.Account ||
		!strings.HasPrefix(parts[5], "rule/") || strings.Count(parts[5], "/") != 1 || len(s.Account) != 12 || s.Region == "" {
		return fmt.Errorf("found the rule %.200q, allowed: one on the default event bus of account %.12q in %.40q", s.Resources[0], s.Account, s.Region)
	}
	return nil
}

// isSignal says what kind of signal a job has.
func (j *job) isSignal(detailType string) bool {
	return j.signal != nil && j.outcome == Noted && j.signal.DetailType == detailType
}

// recordHeartbeats keeps which forwarders were heard, an account at a time.
func (r *run) recordHeartbeats(jobs []*job) {
	watch := &r.Settings.Heartbeat
	byAccount := map[string][]*job{}
	var keys, accounts []string
	heard := 0
	for _, j := range jobs {
		if !j.isSignal(contract.HeartbeatDetailType) {
			continue
		}
		if !watch.Watches(j.signal.Account, j.signal.Region) {
			continue // such as one that was taken out of the configuration and is still there
		}
		heard++
		account := j.signal.Account
		if byAccount[account] == nil {
			keys, accounts = append(keys, contract.HeartbeatsKey(account)), append(accounts, account)
		}
		byAccount[account] = append(byAccount[account], j)
	}
	if heard == 0 {
		return
	}
	entries, err := r.State.Load(r.deadline.queueCtx, keys)
	parallel(accounts, func(account string) {
		failure := err
		if failure == nil {
			failure = catchPanic(func() error {
				return r.recordAccountHeartbeats(account, byAccount[account], entries[contract.HeartbeatsKey(account)])
			})
		}
		if failure == nil {
			return
		}
		for _, j := range byAccount[account] {
			// The next one comes in a period, so that an old one says nothing more.
			if j.reason = "the heartbeat could not be kept: " + failure.Error(); time.Since(j.signal.Time) < watch.Period {
				j.outcome = Returned
			}
		}
	})
}

func (r *run) recordAccountHeartbeats(account string, jobs []*job, entry state.Entry) error {
	if entry.Version == 0 {
		// The list first: an account in it that has no item is nothing, an item that is not in it would not be looked at.
		if err := r.updateAccountList(func(known []string) []string { return append(known, account) }); err != nil {
			return err
		}
	}
	return r.updateHeartbeats(contract.HeartbeatsKey(account), entry, func(known contract.AccountHeartbeats) (contract.AccountHeartbeats, bool) {
		news := false
		for _, j := range jobs {
			news = known.Record(j.signal.Region, j.signal.Time) || news
		}
		return known, news
	})
}

// updateAccountList changes the list of the accounts that are known.
func (r *run) updateAccountList(change func([]string) []string) error {
	entries, err := r.State.Load(r.deadline.queueCtx, []string{contract.HeartbeatAccountsKey})
	if err != nil {
		return err
	}
	return state.Update(r.deadline.queueCtx, r.State, contract.HeartbeatAccountsKey, entries[contract.HeartbeatAccountsKey], heartbeatsExpire[[]string], func(known []string) ([]string, bool) {
		changed := change(slices.Clone(known))
		slices.Sort(changed)
		changed = slices.Compact(changed)
		return changed, !slices.Equal(known, changed)
	})
}

// heartbeatsExpire is until when what is known of forwarders is kept.
func heartbeatsExpire[T any](T) time.Time { return time.Now().Add(contract.HeartbeatsKept) }

func (r *run) updateHeartbeats(key string, entry state.Entry, change func(contract.AccountHeartbeats) (contract.AccountHeartbeats, bool)) error {
	return state.Update(r.deadline.queueCtx, r.State, key, entry, heartbeatsExpire[contract.AccountHeartbeats], func(known contract.AccountHeartbeats) (contract.AccountHeartbeats, bool) {
		if known == nil {
			known = contract.AccountHeartbeats{}
		}
		return change(known)
	})
}
