package rules

import (
	"slices"
	"time"

	"github.com/trailbus/trailbus/eventpattern"
	"github.com/trailbus/trailbus/internal/cloudtrail"
	"github.com/trailbus/trailbus/internal/contract"
	"github.com/trailbus/trailbus/rules"
)

// Explainer explains, for each rule, whether an event is posted.
type Explainer struct {
	settings *contract.Settings
	rules    []*rules.Rule // enabled rules first
	compiled []*rules.Explainer
	mutes    []explainedMute
}

// explainedMute is a mute of one rule with its compiled pattern, nil for none.
type explainedMute struct {
	rules.Mute
	pattern *eventpattern.Pattern
}

// Verdict is the result of an event for one rule.
type Verdict struct {
	Rule *rules.Rule
	// Enabled says that the rule is one of the settings.
	Enabled bool
	// Posted says that the event is posted because of this rule.
	Posted bool
	// Explanation says why the event does not match the rule, or by what it does.
	rules.Explanation
	// Mute is the mute in force that applies to the event and the rule that it matches, or nil.
	Mute *rules.Mute
	// Ineffective are the mutes of this rule that do not mute the event although it matches the
	// rule.
	Ineffective []IneffectiveMute
	// Undelivered says that the event matches, but that no rule asks EventBridge for such read-only
	// events.
	Undelivered bool
}

// IneffectiveMute is a mute that does not mute an event.
type IneffectiveMute struct {
	Mute rules.Mute
	// Misses say why its pattern does not match; empty for a mute that has expired.
	Misses []eventpattern.Finding
}

// NewExplainer compiles the rules of the settings, and others that are not enabled. The error is of
// a rule or pattern that does not compile.
func NewExplainer(s *contract.Settings, others ...*rules.Rule) (*Explainer, error) {
	x := &Explainer{settings: s, rules: slices.Concat(s.Rules.Rules(), others)}
	for _, rule := range x.rules {
		compiled, err := rules.NewExplainer(rule)
		if err != nil {
			return nil, err
		}
		x.compiled = append(x.compiled, compiled)
	}
	for _, mute := range s.Mutes.All() {
		if mute.Rule == "" {
			continue // a mute of all rules
		}
		one := explainedMute{Mute: mute}
		if mute.Pattern != nil {
			var err error
			if one.pattern, err = eventpattern.Compile(mute.Pattern); err != nil {
				return nil, err
			}
		}
		x.mutes = append(x.mutes, one)
	}
	return x, nil
}

// Explain returns a verdict for each rule, enabled rules first. The error is that of
// [contract.Settings.Judge] for an event that is never posted; the verdicts then say what the rules
// would do.
func (x *Explainer) Explain(event *cloudtrail.Event, now time.Time) (verdicts []Verdict, refused error) {
	refused = contract.CheckOrigin(event.Source, event.Account, event.Record.RecipientAccount)
	delivered := !event.Record.ReadOnlyManagement()
	on := len(x.settings.Rules.Rules())
	for i, rule := range x.rules {
		found, err := x.compiled[i].Explain(event.JSON)
		if err != nil {
			return nil, err
		}
		verdict := Verdict{Rule: rule, Enabled: i < on, Explanation: found}
		if verdict.Enabled && rule.ReadOnly && len(found.Misses) == 0 {
			delivered = true // to all rules
		}
		if found.Matches() {
			verdict.Mute = x.settings.Mutes.Of(rule, event.JSON, now)
			verdict.Ineffective = x.ineffective(verdict, event, now)
		}
		verdicts = append(verdicts, verdict)
	}
	for i := range verdicts {
		v := &verdicts[i]
		posts := v.Enabled && v.Matches() && v.Mute == nil && refused == nil
		v.Posted, v.Undelivered = posts && delivered, posts && !delivered
	}
	return verdicts, refused
}

// ineffective are the mutes of a rule that do not mute an event that it matches.
func (x *Explainer) ineffective(v Verdict, event *cloudtrail.Event, now time.Time) []IneffectiveMute {
	if v.Mute != nil {
		return nil
	}
	var all []IneffectiveMute
	for _, mute := range x.mutes {
		if mute.Rule != v.Rule.ID {
			continue
		}
		one := IneffectiveMute{Mute: mute.Mute}
		if mute.pattern != nil && now.Before(mute.Until) {
			explanation, err := mute.pattern.Explain(event.JSON)
			if err != nil {
				continue // cannot be: the rule has read the event
			}
			one.Misses = explanation.Misses
		}
		all = append(all, one)
	}
	return all
}
