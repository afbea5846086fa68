package state

import (
	"context"
	"encoding/json"
	"fmt"
	"time"
)

// updateTries is how often [Update] tries: the notifier writes an account's forwarders with each of
// its heartbeats.
const updateTries = 10

// Update changes the value under a key by compare and swap: as long as another writer comes first,
// it loads the entry and calls change again. change gets the zero value where there is no entry,
// and returns false to leave the entry as it is. expires is when a value expires.
func Update[T any](ctx context.Context, store Store, key string, expires func(T) time.Time,
	change func(T) (T, bool)) error {
	entries, err := store.Load(ctx, []string{key})
	if err != nil {
		return err
	}
	return UpdateLoaded(ctx, store, key, entries[key], expires, change)
}

// UpdateLoaded is [Update] of an entry that the caller has loaded, or expects not to exist: then
// loaded is the zero value.
func UpdateLoaded[T any](ctx context.Context, store Store, key string, loaded Entry, expires func(T) time.Time,
	change func(T) (T, bool)) error {
	entry := loaded
	for range updateTries {
		var value T
		if err := entry.decode(key, &value); err != nil {
			return err
		}
		next, changed := change(value)
		if !changed {
			return nil
		}
		data, err := json.Marshal(next)
		if err != nil {
			return err
		}
		if ok, err := store.Save(ctx, key, entry.Version, data, expires(next)); ok || err != nil {
			return err
		}
		entries, err := store.Load(ctx, []string{key})
		if err != nil {
			return err
		}
		entry = entries[key]
	}
	return fmt.Errorf("%s: other writers change it all the time; try again", key)
}

// decode reads the value of an entry, and leaves value as it is where there is no entry.
func (e Entry) decode(key string, value any) error {
	if len(e.Data) == 0 {
		return nil
	}
	if err := json.Unmarshal(e.Data, value); err != nil {
		return fmt.Errorf("%s: %w", key, err)
	}
	return nil
}
