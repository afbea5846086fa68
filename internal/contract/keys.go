package contract

import "time"

// HeartbeatsKept is how long the state knows an account that is not heard.
const HeartbeatsKept = 365 * 24 * time.Hour

// HeartbeatAccountsKey is the key, in the state, of the list of the accounts that are known; each has a key of its own with its forwarders. An account
// is one item, because one item of all would be written anew for each heartbeat, and one item for each forwarder read for each look.
const HeartbeatAccountsKey = "heartbeat accounts"

// HeartbeatsKey is the key of the forwarders of an account.
func HeartbeatsKey(account string) string { return "heartbeat of " + account }
