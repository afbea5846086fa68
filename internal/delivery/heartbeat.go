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

// signal is a message of the queue that is no CloudTrail event: a heartbeat, a request to check the
// forwarders, or a probe.
type signal struct {
	Source     string
	DetailType string `json:"detail-type"`
	Account    string
	Region     string
	Time       time.Time
	Resources  []string
	Detail     json.RawMessage

	// probeKey is the key of a probe in the state; empty where it is no valid probe.
	probeKey string
}

// decodeSignal reports whether a message is a signal, and decodes it.
func (r *run) decodeSignal(j *job) bool {
	// Nearly all messages are CloudTrail events, which should not be decoded twice.
	if !slices.ContainsFunc(contract.Signals, func(detailType string) bool {
		return strings.Contains(j.item.Body,
			detailType)
	}) {
		return false
	}
	s := &signal{}
	if json.Unmarshal([]byte(j.item.Body), s) != nil {
		return false // no CloudTrail event either: decide says why
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

// checkHeartbeat refuses what EventBridge cannot have sent for a schedule on a default bus. It
// trusts the account and the Region, which EventBridge writes. The name of the rule proves nothing:
// CloudFormation makes it of the stack's name, and a principal that may create rules in an account
// can give one any name.
func (s *signal) checkHeartbeat() error {
	if s.Source != contract.HeartbeatSource {
		return fmt.Errorf("found the source %.64q, allowed: %s", s.Source, contract.HeartbeatSource)
	}
	if len(s.Resources) != 1 {
		return fmt.Errorf("found %d resources, allowed: the rule", len(s.Resources))
	}
	// arn:aws:events:eu-west-1:111111111111:rule/name, and behind a bus that is not the default one
	// rule/bus/name.
	parts := strings.SplitN(s.Resources[0], ":", 6)
	if len(parts) != 6 || parts[0] != "arn" || parts[2] != "events" || parts[3] != s.Region || parts[4] != s.Account ||
		!strings.HasPrefix(parts[5], "rule/") || strings.Count(parts[5], "/") != 1 || len(s.Account) != 12 || s.Region == "" {
		return fmt.Errorf("found the rule %.200q, allowed: one on the default event bus of account %.12q in %.40q",
			s.Resources[0], s.Account, s.Region)
	}
	return nil
}

// isSignal reports whether a job has a valid signal of a detail-type.
func (j *job) isSignal(detailType string) bool {
	return j.signal != nil && j.outcome == Noted && j.signal.DetailType == detailType
}

// recordHeartbeats saves when the forwarders sent heartbeats: one entry for each account.
func (r *run) recordHeartbeats(jobs []*job) {
	watch := &r.Settings.Heartbeat
	byAccount := map[string][]*job{}
	var keys, accounts []string
	for _, j := range jobs {
		if !j.isSignal(contract.HeartbeatDetailType) || !watch.Watches(j.signal.Account, j.signal.Region) {
			continue // not watched: such as one that was removed from the configuration and still runs
		}
		account := j.signal.Account
		if byAccount[account] == nil {
			keys, accounts = append(keys, contract.HeartbeatsKey(account)), append(accounts, account)
		}
		byAccount[account] = append(byAccount[account], j)
	}
	if len(keys) == 0 {
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
			// After a period there is a later heartbeat.
			if j.reason = "the heartbeat could not be kept: " + failure.Error(); time.Since(j.signal.Time) < watch.Period {
				j.outcome = Returned
			}
		}
	})
}

func (r *run) recordAccountHeartbeats(account string, jobs []*job, entry state.Entry) error {
	if entry.Version == 0 {
		// The list first: a listed account without an entry does no harm, an entry of an account
		// that is not listed would not be checked.
		if err := r.listAccounts(account); err != nil {
			return err
		}
	}
	return r.updateHeartbeats(contract.HeartbeatsKey(account), entry,
		func(known contract.AccountHeartbeats) (contract.AccountHeartbeats, bool) {
			changed := false
			for _, j := range jobs {
				changed = known.Record(j.signal.Region, j.signal.Time) || changed
			}
			return known, changed
		})
}

// listAccounts adds accounts to the list of those that have forwarders.
func (r *run) listAccounts(accounts ...string) error {
	return state.Update(r.deadline.queueCtx, r.State, contract.HeartbeatAccountsKey, heartbeatsExpire[[]string],
		func(listed []string) ([]string, bool) {
			all := slices.Concat(listed, accounts)
			slices.Sort(all)
			all = slices.Compact(all)
			return all, !slices.Equal(listed, all)
		})
}

// heartbeatsExpire is when an entry about forwarders expires.
func heartbeatsExpire[T any](T) time.Time { return time.Now().Add(contract.HeartbeatsKept) }

func (r *run) updateHeartbeats(key string, entry state.Entry,
	change func(contract.AccountHeartbeats) (contract.AccountHeartbeats, bool)) error {
	return state.UpdateLoaded(r.deadline.queueCtx, r.State, key, entry, heartbeatsExpire[contract.AccountHeartbeats],
		func(known contract.AccountHeartbeats) (contract.AccountHeartbeats, bool) {
			if known == nil {
				known = contract.AccountHeartbeats{}
			}
			return change(known)
		})
}
