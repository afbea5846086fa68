package state

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/trailbus/trailbus/internal/contract"
)

// Forwarders gives what the notifier knows of forwarders, by account. Accounts that are given are asked for although no list has them.
func Forwarders(ctx context.Context, store Store, accounts ...string) (map[string]contract.AccountHeartbeats, error) {
	known, _, err := LoadForwarders(ctx, store, accounts...)
	maps.DeleteFunc(known, func(_ string, forwarders contract.AccountHeartbeats) bool { return len(forwarders) == 0 })
	return known, err
}

// LoadForwarders is [Forwarders] with the entries in the state, by [contract.HeartbeatsKey], and with the accounts of which nothing is known.
func LoadForwarders(ctx context.Context, store Store, accounts ...string) (map[string]contract.AccountHeartbeats, map[string]Entry, error) {
	entries, err := store.Load(ctx, []string{contract.HeartbeatAccountsKey})
	if err != nil {
		return nil, nil, err
	}
	var listed []string
	if err := entries[contract.HeartbeatAccountsKey].decode(contract.HeartbeatAccountsKey, &listed); err != nil {
		return nil, nil, err
	}
	all := slices.Concat(listed, accounts)
	slices.Sort(all)
	all = slices.Compact(all)
	keys := make([]string, len(all))
	for i, account := range all {
		keys[i] = contract.HeartbeatsKey(account)
	}
	if entries, err = store.Load(ctx, keys); err != nil {
		return nil, nil, err
	}
	known := map[string]contract.AccountHeartbeats{}
	for _, account := range all {
		forwarders := contract.AccountHeartbeats{}
		if err := entries[contract.HeartbeatsKey(account)].decode(contract.HeartbeatsKey(account), &forwarders); err != nil {
			return nil, nil, err
		}
		known[account] = forwarders
	}
	return known, entries, nil
}

// ForgetForwarders takes Regions out of what is known of an account, all of them where none is given. A forwarder that is still there is known again
// with its next heartbeat.
func ForgetForwarders(ctx context.Context, store Store, account string, regions ...string) error {
	key := contract.HeartbeatsKey(account)
	entries, err := store.Load(ctx, []string{key})
	if err != nil {
		return err
	}
	kept := func(contract.AccountHeartbeats) time.Time { return time.Now().Add(contract.HeartbeatsKept) }
	return Update(ctx, store, key, entries[key], kept, func(known contract.AccountHeartbeats) (contract.AccountHeartbeats, bool) {
		before := len(known)
		maps.DeleteFunc(known, func(region string, _ contract.RegionHeartbeat) bool {
			return len(regions) == 0 || slices.Contains(regions, region)
		})
		return known, len(known) < before
	})
}
