package contract

import (
	"fmt"
	"strings"
	"time"

	"github.com/trailbus/trailbus/internal/cloudtrail"
	"github.com/trailbus/trailbus/rules"
)

// Judge returns the rules because of which an event is posted, the most severe first: those that it
// matches and that are not muted for it. muted is a mute that applies to a matching rule, or nil.
// The error says why the event is never posted: AWS cannot have sent it, or it cannot be matched.
func (s *Settings) Judge(event *cloudtrail.Event, now time.Time) (wanted []*rules.Rule, muted *rules.Mute, err error) {
	matched, err := s.Rules.Match(event.JSON)
	return s.JudgeMatched(event, matched, err, now)
}

// JudgeMatched is [Settings.Judge] of an event that was matched before: matched and unmatched are
// the results of [rules.Set.Match].
func (s *Settings) JudgeMatched(event *cloudtrail.Event, matched []*rules.Rule, unmatched error,
	now time.Time) (wanted []*rules.Rule, muted *rules.Mute, err error) {
	if err := CheckOrigin(event.Source, event.Account, event.Record.RecipientAccount); err != nil {
		return nil, nil, err
	}
	if unmatched != nil {
		return nil, nil, fmt.Errorf("it cannot be matched: %w", unmatched)
	}
	for _, rule := range matched {
		if mute := s.Mutes.Of(rule, event.JSON, now); mute != nil {
			muted = mute
			continue
		}
		wanted = append(wanted, rule)
	}
	return wanted, muted, nil
}

// CheckOrigin refuses an event that AWS cannot have sent, by the source and account of the event
// and the recipientAccountId of its record. The rule on the central bus matches the source as well,
// but that rule can be changed.
func CheckOrigin(source, account, recipient string) error {
	if !strings.HasPrefix(source, "aws.") {
		return fmt.Errorf("the source %.64q does not begin with aws., so anybody may have put it", source)
	}
	if recipient != "" && recipient != account {
		return fmt.Errorf("it came from account %.12q and speaks of account %.12q", account, recipient)
	}
	return nil
}
