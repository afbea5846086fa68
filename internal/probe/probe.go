// Package probe is what `trailbus verify` sends through a forwarder, and what the notifier notes of it. The two meet in the state, under a
// key that only the sender of the probe can guess.
package probe

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"regexp"
	"time"
)

// Kept is how long the state knows a probe.
const Kept = time.Hour

// KeyPrefix begins the keys of all probes, and of nothing else.
const KeyPrefix = "probe "

// id is the form of what [NewID] gives: base32 with 128 random bits or more.
var id = regexp.MustCompile(`^[A-Z2-7]{26,64}$`)

type detail struct {
	ID string `json:"id"`
}

// NewID is a text that nobody can guess.
func NewID() string { return rand.Text() }

// Detail is the detail of the event that carries a probe.
func Detail(id string) string {
	text, err := json.Marshal(detail{ID: id})
	if err != nil {
		panic(err) // it is one string
	}
	return string(text)
}

// ParseID reads the id out of the detail of an event, which a stranger may have written.
func ParseID(data []byte) (string, error) {
	var d detail
	if err := json.Unmarshal(data, &d); err != nil || !id.MatchString(d.ID) {
		return "", fmt.Errorf("found the detail %.100q, allowed: an id that trailbus verify has made", data)
	}
	return d.ID, nil
}

// Key is where the state has what was noted of a probe. It says which account and Region the event came from, as EventBridge wrote it, so
// that an account which reads the id of a probe can answer for no other.
func Key(id, account, region string) string {
	return KeyPrefix + id + " " + account + " " + region
}

// Noted is what the notifier notes of a probe.
type Noted struct {
	// At is when it had it, in milliseconds since 1970 by the clock of the function.
	At int64 `json:"at"`
}
