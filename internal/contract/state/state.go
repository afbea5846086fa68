// Package state stores what outlives a run of the notifier: which events were posted, and the
// groups, heartbeats, probes and names of accounts.
package state

import (
	"context"
	"time"
)

// Claim is the result of claiming an event.
type Claim int

const (
	// Taken says that the holder has the event until the given time. It was not posted, and no
	// other holder has it.
	Taken Claim = iota
	// Posted says that the event was posted within [PostedTTL].
	Posted
	// Busy says that another holder has the event.
	Busy
)

// PostedTTL is how long a store knows that an event was posted: a day longer than the archive of
// the central bus keeps events by default, so that a replay does not post it again. EventBridge
// repeats a delivery for up to 24 hours
// (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html).
const PostedTTL = 31 * 24 * time.Hour

// Entry is a value under a key.
type Entry struct {
	// Version counts how often the entry was saved; 0 where there is none.
	Version int64
	// Data is what was saved.
	Data []byte
}

// Store stores claims of events and entries. [Table] is one in DynamoDB, [Memory] one for tests.
// Many goroutines may use it. After an error, the result is unknown: the notifier then rather posts
// twice than not at all.
type Store interface {
	// Claim claims events, by CloudTrail's eventID, for a holder until a time. Every id is in the
	// answer. A claim that has ended has no effect, such as that of a holder that crashed. A holder
	// that claims its event again gets it.
	Claim(ctx context.Context, holder string, eventIDs []string, until time.Time) (map[string]Claim, error)
	// Confirm records that events were posted: no holder can claim them for [PostedTTL].
	Confirm(ctx context.Context, eventIDs []string) error
	// Release ends the claims of a holder that are not confirmed.
	Release(ctx context.Context, holder string, eventIDs []string) error

	// Load reads entries. An entry that does not exist or has expired is not in the answer.
	Load(ctx context.Context, keys []string) (map[string]Entry, error)
	// Save writes an entry over the version that was loaded, 0 for none. Where another version was
	// saved meanwhile, it writes nothing and ok is false. The entry is gone after it expires.
	Save(ctx context.Context, key string, version int64, data []byte, expires time.Time) (ok bool, err error)
}
