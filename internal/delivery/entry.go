package delivery

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/trailbus/trailbus/internal/contract/state"
)

// changeEntry changes what is kept under a key, given what was loaded, whoever else does. It is forgotten after it expires.
func changeEntry[T any](r *run, key string, entry state.Entry, expires func(T) time.Time, change func(T) (T, bool)) error {
	for try := 0; ; try++ {
		var kept T
		if len(entry.Data) > 0 {
			if err := json.Unmarshal(entry.Data, &kept); err != nil {
				return fmt.Errorf("%s: %w", key, err)
			}
		}
		next, changed := change(kept)
		if !changed {
			return nil
		}
		data, err := json.Marshal(next)
		if err != nil {
			return err
		}
		if ok, err := r.State.Save(r.clock.queue, key, entry.Version, data, expires(next)); ok || err != nil {
			return err
		}
		if try == 4 {
			return errors.New(key + ": others change it all the time")
		}
		entries, err := r.State.Load(r.clock.queue, []string{key})
		if err != nil {
			return err
		}
		entry = entries[key]
	}
}
