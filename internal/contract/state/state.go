// Package state remembers what must outlive a run of the notifier: which events were told, and to which message a repeat belongs.
package state

import (
	"context"
	"time"
)

// Claim is what became of the claim of an event.
type Claim int

const (
	// Taken: nobody has told the event, and nobody else is about to, until the time that was asked for.
	Taken Claim = iota
	// Posted: the event was told within [PostedTTL].
	Posted
	// Busy: another run holds the event.
	Busy
)

// PostedTTL is how long a store knows that an event was told: a day longer than the archive of the central bus keeps events by default, so
// that what is replayed is not told again. EventBridge repeats a delivery for up to 24 hours
// (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html).
const PostedTTL = 31 * 24 * time.Hour

// Entry is a value under a key.
type Entry struct {
	// Version counts how often the entry was saved; 0 where there is none.
	Version int64
	// Data is what was saved.
	Data []byte
}

// Store is what the notifier needs of a database. [Memory] is one for the command and the tests, [Table] one in DynamoDB. It is used by
// many goroutines. An error says that nothing is known of what was asked for: the notifier then rather tells twice than not at all.
type Store interface {
	// Claim takes events, by CloudTrail's eventID, for a holder until a time. Every id is in the answer. A claim that ends, because its
	// holder crashed, is as if it had never been. A holder that claims an event again has it.
	Claim(ctx context.Context, holder string, eventIDs []string, until time.Time) (map[string]Claim, error)
	// Confirm says that events were told. Nobody can claim them for [PostedTTL].
	Confirm(ctx context.Context, eventIDs []string) error
	// Release gives back what a holder has claimed and not confirmed.
	Release(ctx context.Context, holder string, eventIDs []string) error

	// Load reads entries. Those that there are not, and those that have expired, are not in the answer.
	Load(ctx context.Context, keys []string) (map[string]Entry, error)
	// Save writes an entry that was loaded with a version, 0 for a new one, unless another one has been saved meanwhile: then ok is
	// false, and nothing is written. It is forgotten after it expires.
	Save(ctx context.Context, key string, version int64, data []byte, expires time.Time) (ok bool, err error)
}
