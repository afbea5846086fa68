package contract

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"regexp"
)

// probeID is the form of what [NewProbeID] gives: base32 with 128 random bits or more.
var probeID = regexp.MustCompile(`^[A-Z2-7]{26,64}$`)

type probeDetail struct {
	ID string `json:"id"`
}

// NewProbeID makes a random id that cannot be guessed.
func NewProbeID() string { return rand.Text() }

// ProbeDetail is the detail of the event that carries a probe.
func ProbeDetail(id string) string {
	text, err := json.Marshal(probeDetail{ID: id})
	if err != nil {
		panic(err) // cannot be: one string
	}
	return string(text)
}

// ParseProbeID reads the id from the detail of an event. Any account may have sent it, so the error
// is usual.
func ParseProbeID(data []byte) (string, error) {
	var d probeDetail
	if err := json.Unmarshal(data, &d); err != nil || !probeID.MatchString(d.ID) {
		return "", fmt.Errorf("found the detail %.100q, allowed: an id that trailbus verify has made", data)
	}
	return d.ID, nil
}

// ProbeRecord is what the table keeps of a probe that arrived.
type ProbeRecord struct {
	// At is when the notifier had it, in milliseconds since 1970 by the clock of the function.
	At int64 `json:"at"`
}
