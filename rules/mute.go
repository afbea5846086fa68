package rules

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/trailbus/trailbus/eventpattern"
)

// Mute keeps alerts from being posted until a date. The notifier applies it, so a new mute
// redeploys the central stack only.
type Mute struct {
	// Rule is the id of the rule to mute. A mute has a Rule, a Pattern, or both.
	// Default: every rule.
	Rule string `json:"rule,omitempty"`
	// Pattern is an EventBridge event pattern of the events to mute.
	// Default: every event of the rule.
	Pattern json.RawMessage `json:"pattern,omitempty"`
	// Reason says why the alerts are muted.
	Reason string `json:"reason"`
	// Owner is the person or team to ask about the mute.
	Owner string `json:"owner"`
	// Until is when the mute expires; in trailbus.yaml a day such as 2027-01-31, which begins at
	// midnight UTC.
	Until time.Time `json:"until"`
}

// Mutes are compiled mutes. The zero value mutes nothing.
type Mutes struct {
	mutes    []Mute
	patterns []*eventpattern.Pattern // nil where a mute has none
}

// NewMutes compiles mutes. It returns an error for a pattern that is not valid, and for a mute with
// neither a rule nor a pattern.
func NewMutes(mutes ...Mute) (*Mutes, error) {
	compiled := &Mutes{mutes: mutes, patterns: make([]*eventpattern.Pattern, len(mutes))}
	for i, mute := range mutes {
		if mute.Rule == "" && mute.Pattern == nil {
			return nil, fmt.Errorf("mute %d has neither a rule nor a pattern, so it would mute everything", i+1)
		}
		if mute.Pattern == nil {
			continue
		}
		var err error
		if compiled.patterns[i], err = eventpattern.Compile(mute.Pattern); err != nil {
			return nil, fmt.Errorf("mute %d: %w", i+1, err)
		}
	}
	return compiled, nil
}

// Of returns the first mute that is in force now for an event that matched a rule, or nil. An event
// that is not a JSON object is not muted.
func (m *Mutes) Of(rule *Rule, event []byte, now time.Time) *Mute {
	for i := range m.mutes {
		mute := &m.mutes[i]
		if mute.Rule != "" && mute.Rule != rule.ID || !now.Before(mute.Until) {
			continue
		}
		if m.patterns[i] != nil {
			if matched, err := m.patterns[i].Matches(event); err != nil || !matched {
				continue
			}
		}
		return mute
	}
	return nil
}

// All returns the mutes in the order given, with those that have expired.
func (m *Mutes) All() []Mute { return slices.Clone(m.mutes) }

// Expired returns the mutes that have expired at a time, in the order given.
func (m *Mutes) Expired(at time.Time) []Mute {
	var expired []Mute
	for _, mute := range m.mutes {
		if !at.Before(mute.Until) {
			expired = append(expired, mute)
		}
	}
	return expired
}

// MarshalJSON encodes the mutes as a JSON array.
func (m *Mutes) MarshalJSON() ([]byte, error) { return json.Marshal(append([]Mute{}, m.mutes...)) } // [] and not null

// UnmarshalJSON decodes what [Mutes.MarshalJSON] wrote, and compiles the mutes.
func (m *Mutes) UnmarshalJSON(data []byte) error {
	var mutes []Mute
	if err := json.Unmarshal(data, &mutes); err != nil {
		return err
	}
	compiled, err := NewMutes(mutes...)
	if err != nil {
		return err
	}
	*m = *compiled
	return nil
}
