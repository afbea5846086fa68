package rules

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/trailbus/trailbus/eventpattern"
)

// Mute keeps some alerts from being told until a date. It is applied by the notifier, so that muting redeploys nothing but
// the central stack.
type Mute struct {
	// Rule is the id of the rule to mute. None: every rule.
	Rule string `json:"rule,omitempty"`
	// Pattern is an EventBridge event pattern of the events to mute. None: every event of the rule.
	Pattern json.RawMessage `json:"pattern,omitempty"`
	// Reason says why.
	Reason string `json:"reason"`
	// Owner is whom to ask.
	Owner string `json:"owner"`
	// Until is the first moment at which it no longer mutes; in trailbus.yaml a day such as 2027-01-31, which begins at midnight UTC.
	Until time.Time `json:"until"`
}

// Mutes are compiled mutes. The zero value mutes nothing.
type Mutes struct {
	mutes    []Mute
	patterns []*eventpattern.Pattern // nil where a mute has none
}

// NewMutes compiles mutes.
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

// Of gives the mute in force for an event that matched a rule, or nil. An event that cannot be matched is not muted.
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

// All are the mutes in the order given, those that have expired too.
func (m *Mutes) All() []Mute { return slices.Clone(m.mutes) }

// Expired are the mutes that at a time no longer mute, in the order given.
func (m *Mutes) Expired(at time.Time) []Mute {
	var expired []Mute
	for _, mute := range m.mutes {
		if !at.Before(mute.Until) {
			expired = append(expired, mute)
		}
	}
	return expired
}

// MarshalJSON writes the mutes; [Mutes.UnmarshalJSON] compiles them again.
func (m *Mutes) MarshalJSON() ([]byte, error) { return json.Marshal(append([]Mute{}, m.mutes...)) } // [] and not null

// UnmarshalJSON reads what [Mutes.MarshalJSON] wrote.
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
