package state

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/trailbus/trailbus/internal/contract"
)

// updateTries is how often a change is tried that somebody else's comes before: the notifier writes an account with each heartbeat of it.
const updateTries = 10

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
	if err := decodeEntry(entries, contract.HeartbeatAccountsKey, &listed); err != nil {
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
		if err := decodeEntry(entries, contract.HeartbeatsKey(account), &forwarders); err != nil {
			return nil, nil, err
		}
		known[account] = forwarders
	}
	return known, entries, nil
}

func decodeEntry(entries map[string]Entry, key string, to any) error {
	data := entries[key].Data
	if len(data) == 0 {
		return nil
	}
	if err := json.Unmarshal(data, to); err != nil {
		return fmt.Errorf("%s: %w", key, err)
	}
	return nil
}

// ForgetForwarders takes Regions out of what is known of an account, all of them where none is given. A forwarder that is still there is known again
// with its next heartbeat.
func ForgetForwarders(ctx context.Context, store Store, account string, regions ...string) error {
	key := contract.HeartbeatsKey(account)
	for range updateTries {
		entries, err := store.Load(ctx, []string{key})
		if err != nil {
			return err
		}
		forwarders := contract.AccountHeartbeats{}
		if err := decodeEntry(entries, key, &forwarders); err != nil {
			return err
		}
		before := len(forwarders)
		maps.DeleteFunc(forwarders, func(region string, _ contract.RegionHeartbeat) bool {
			return len(regions) == 0 || slices.Contains(regions, region)
		})
		if len(forwarders) == before {
			return nil
		}
		data, err := json.Marshal(forwarders)
		if err != nil {
			return err
		}
		if ok, err := store.Save(ctx, key, entries[key].Version, data, time.Now().Add(contract.HeartbeatsKept)); err != nil || ok {
			return err
		}
	}
	return errors.New("somebody else changes what is known of account " + account + " all the time; try again")
}
