package settings

import (
	"time"

	"github.com/trailbus/trailbus/rules"
)

// Judge says which rules tell of an EventBridge event, the most urgent first: those that it matches and that are not muted for
// it. A mute comes back when it kept a rule from telling.
func (s *Settings) Judge(event []byte, now time.Time) (told []*rules.Rule, muted *rules.Mute, err error) {
	matched, err := s.Rules.Match(event)
	if err != nil {
		return nil, nil, err
	}
	for _, rule := range matched {
		if mute := s.Mutes.Of(rule, event, now); mute != nil {
			muted = mute
			continue
		}
		told = append(told, rule)
	}
	return told, muted, nil
}
