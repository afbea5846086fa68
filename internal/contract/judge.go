package contract

import (
	"fmt"
	"strings"
	"time"

	"github.com/trailbus/trailbus/internal/cloudtrail"
	"github.com/trailbus/trailbus/rules"
)

// Judge says which rules tell of an event, the most urgent first: those that it matches and that are not muted for it. A mute comes
// back when it kept a rule from telling. The error says why the event is never told: AWS cannot have sent it, or it cannot be matched.
func (s *Settings) Judge(event *cloudtrail.Event, now time.Time) (told []*rules.Rule, muted *rules.Mute, err error) {
	matched, err := s.Rules.Match(event.JSON)
	return s.JudgeMatched(event, matched, err, now)
}

// JudgeMatched is [Settings.Judge] of an event that was matched before: it takes what Match of the rules gave.
func (s *Settings) JudgeMatched(event *cloudtrail.Event, matched []*rules.Rule, unmatched error, now time.Time) (told []*rules.Rule, muted *rules.Mute, err error) {
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
		told = append(told, rule)
	}
	return told, muted, nil
}

// CheckOrigin refuses what AWS cannot have sent, by the source and account of an event and the recipientAccountId of its record. The rule
// on the central bus asks for the source as well; whoever wrote that rule may change it.
func CheckOrigin(source, account, recipient string) error {
	if !strings.HasPrefix(source, "aws.") {
		return fmt.Errorf("the source %.64q does not begin with aws., so anybody may have put it", source)
	}
	if recipient != "" && recipient != account {
		return fmt.Errorf("it came from account %.12q and speaks of account %.12q", account, recipient)
	}
	return nil
}
