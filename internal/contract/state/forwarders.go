package state

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/trailbus/trailbus/internal/contract"
)

// Forwarders loads the heartbeats of forwarders, by account: of the listed accounts that have some,
// and of those given.
func Forwarders(ctx context.Context, store Store, accounts ...string) (map[string]contract.AccountHeartbeats, error) {
	known, _, err := LoadForwarders(ctx, store, accounts...)
	maps.DeleteFunc(known, func(_ string, forwarders contract.AccountHeartbeats) bool { return len(forwarders) == 0 })
	return known, err
}

// LoadForwarders is [Forwarders] with the entries, by [contract.HeartbeatsKey], and with the
// accounts that have no heartbeats.
func LoadForwarders(ctx context.Context, store Store, accounts ...string) (map[string]contract.AccountHeartbeats,
	map[string]Entry, error) {
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

// ForgetForwarders removes the heartbeats of Regions of an account, of all where none is given. A
// forwarder that still exists comes back with its next heartbeat.
func ForgetForwarders(ctx context.Context, store Store, account string, regions ...string) error {
	expires := func(contract.AccountHeartbeats) time.Time { return time.Now().Add(contract.HeartbeatsKept) }
	return Update(ctx, store, contract.HeartbeatsKey(account), expires,
		func(known contract.AccountHeartbeats) (contract.AccountHeartbeats, bool) {
			before := len(known)
			maps.DeleteFunc(known, func(region string, _ contract.RegionHeartbeat) bool {
				return len(regions) == 0 || slices.Contains(regions, region)
			})
			return known, len(known) < before
		})
}
