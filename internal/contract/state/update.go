package state

import (
	"context"
	"encoding/json"
	"fmt"
	"time"
)

// updateTries is how often [Update] tries: the notifier writes an account's forwarders with each heartbeat of it.
const updateTries = 10

// Update changes the value under a key by compare and swap: it reads the entry again, and asks change again, as long as another writer
// comes first. loaded is the entry that the caller has read already, the zero value where it has read none. change returns false where
// nothing is to be written. The entry is forgotten when the value expires.
func Update[T any](ctx context.Context, store Store, key string, loaded Entry, expires func(T) time.Time, change func(T) (T, bool)) error {
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

// decode reads the value of an entry, and leaves it as it is where there is no entry.
func (e Entry) decode(key string, value any) error {
	if len(e.Data) == 0 {
		return nil
	}
	if err := json.Unmarshal(e.Data, value); err != nil {
		return fmt.Errorf("%s: %w", key, err)
	}
	return nil
}
