package contract

import (
	"crypto/sha256"
	"fmt"
	"time"
	"unicode/utf8"
)

// The attributes that are part of the definition of the table.
const (
	// KeyAttribute is the name of the partition key, a string.
	KeyAttribute = "pk"
	// ExpiryAttribute is the name of the time to live, in seconds since 1970.
	ExpiryAttribute = "expires"
)

// The table holds two kinds of items: claims of events by CloudTrail's eventID, and entries by the
// keys below. The kind begins the partition key, so that an event's id, which a caller may have
// chosen, is never the key of an entry.
const (
	claimItem = "event"
	entryItem = "entry"
)

// ClaimItemKey is the partition key of the claim of an event.
func ClaimItemKey(eventID string) string { return itemKey(claimItem, eventID) }

// EntryItemKey is the partition key of an entry.
func EntryItemKey(key string) string { return itemKey(entryItem, key) }

// ProbeItemKeys is the pattern of the partition keys of all probes, and of nothing else, for a
// policy's dynamodb:LeadingKeys.
const ProbeItemKeys = entryItem + "#" + probeKeyPrefix + "*"

// maxKeyName is the longest name that is part of a partition key as it is, in bytes; a longer one
// is hashed. A partition key may have 2,048
// (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html), and callers
// choose names.
const maxKeyName = 200

// itemKey makes different keys of different names, also of those that are not UTF-8, which a string
// of DynamoDB must be.
func itemKey(kind, name string) string {
	if len(name) > maxKeyName || !utf8.ValidString(name) {
		return fmt.Sprintf("%s-sha256#%x", kind, sha256.Sum256([]byte(name)))
	}
	return kind + "#" + name
}

const (
	// HeartbeatAccountsKey is the key of the list of accounts that have forwarders. Each account
	// has one entry for its forwarders: one entry for all would be written for each heartbeat, and
	// one entry for each forwarder would be read for each check.
	HeartbeatAccountsKey = "heartbeat accounts"

	// ForwarderCheckClaim is what a run claims, as if it were an event, while it checks the
	// forwarders, so that no two post the same.
	ForwarderCheckClaim = "heartbeat look"

	// ExpiredMutesKey is the key of when expired mutes were posted last: the beginning of that
	// week.
	ExpiredMutesKey = "expired mutes"

	probeKeyPrefix = "probe "
)

// HeartbeatsKept is how long the table keeps an account that sends no heartbeat, ProbesKept how
// long it keeps a probe.
const (
	HeartbeatsKept = 365 * 24 * time.Hour
	ProbesKept     = time.Hour
)

// HeartbeatsKey is the key of the forwarders of an account.
func HeartbeatsKey(account string) string { return "heartbeat of " + account }

// ProbeKey is the key of the record of a probe. It includes the account and Region of the event,
// which EventBridge writes: so an account that reads the id of a probe cannot answer for another
// one.
func ProbeKey(id, account, region string) string {
	return probeKeyPrefix + id + " " + account + " " + region
}

// AccountNameKey is the key of the name that AWS Organizations has for an account.
func AccountNameKey(account string) string { return "account " + account }

// GroupKey is the key of a group of repeats, at one place where they are posted.
func GroupKey(place, group string) string { return place + " " + group }

// CarriedKey is the key of the groups whose repeats an event in the queue carries.
func CarriedKey(eventID string) string { return "carried by " + eventID }
