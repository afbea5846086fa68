// Package backtest tries rules on recorded CloudTrail events: which rules would have alerted, how
// often, for which accounts, and which principals caused the most alerts. Its memory does not grow
// with the number of records.
package backtest

import (
	"fmt"
	"sync"
	"time"

	"github.com/trailbus/trailbus/eventpattern"
	"github.com/trailbus/trailbus/internal/cloudtrail"
	"github.com/trailbus/trailbus/internal/contract"
	"github.com/trailbus/trailbus/internal/slack/message"
	"github.com/trailbus/trailbus/rules"
)

// Options say what to try.
type Options struct {
	// Settings hold the rules, the mutes and the names of the accounts.
	Settings *contract.Settings
	// Now is the time by which mutes are in force: the result is what would be posted from now on.
	Now time.Time
	// From and To are the first and the last day, in UTC, of the records that count. Zero: any.
	// With one of them, records without a time do not count.
	From, To time.Time
	// Owner stands in the mutes that are proposed.
	Owner string
}

// Backtest counts the alerts of rules. It is safe for concurrent use.
type Backtest struct {
	options Options
	// patterns and reads are the forwarding patterns, for all events but read-only management
	// events, and for those.
	patterns, readPatterns *eventpattern.Set

	mu      sync.Mutex
	report  Report // what is counted of all
	days    days
	recent  *recentIDs
	tallies map[string]*tally // by rule
}

// tally is what is counted of one rule.
type tally struct {
	alerts, muted, undelivered int
	days, accounts             counts
	principals                 principalCounts
}

// New makes an empty backtest.
func New(options Options) (*Backtest, error) {
	forwarding, err := options.Settings.Rules.Forwarding(eventpattern.DefaultQuota)
	if err != nil {
		return nil, err
	}
	var plain, reads []*eventpattern.Pattern
	for _, f := range forwarding {
		pattern, err := eventpattern.Compile(f.Pattern)
		switch {
		case err != nil:
			return nil, err
		case f.ReadOnly:
			reads = append(reads, pattern)
		default:
			plain = append(plain, pattern)
		}
	}
	return &Backtest{options: options, patterns: eventpattern.NewSet(plain...),
		readPatterns: eventpattern.NewSet(reads...), recent: newRecentIDs(minRemembered), tallies: map[string]*tally{}}, nil
}

// Add judges an event as the forwarders and the notifier would, and counts it. It keeps nothing of
// the event. The error says that the event cannot be matched; then it is not counted.
func (b *Backtest) Add(e *cloudtrail.RawEvent) error {
	if b.outOfRange(e.Time) {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.report.OutOfRange++
		return nil
	}
	matched, err := b.options.Settings.Rules.Match(e.JSON)
	if err != nil {
		return fmt.Errorf("it cannot be matched: %w", err)
	}
	forwarded, err := b.forwarded(e, matched)
	if err != nil {
		return fmt.Errorf("it cannot be matched: %w", err)
	}
	var who *principal
	muted := make([]bool, len(matched))
	if len(matched) > 0 { // before the lock, since it takes longer than the counting
		who = principalOf(e.UserIdentity)
		for i, rule := range matched {
			muted[i] = b.options.Settings.Mutes.Of(rule, e.JSON, b.options.Now) != nil
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.report.Records++
	b.days.add(e.Time)
	switch {
	case len(matched) == 0:
		if forwarded {
			b.report.Unwanted++
		}
	case contract.CheckOrigin(e.Source, e.Account, e.RecipientAccount) != nil:
		b.report.Refused++
	case b.recent.contains(e.EventID):
		b.report.Duplicates++
	default:
		b.count(e, who, matched, muted, forwarded)
	}
	return nil
}

func (b *Backtest) outOfRange(t time.Time) bool {
	from, to := b.options.From, b.options.To
	return !from.IsZero() && t.Before(from) || !to.IsZero() && (t.IsZero() || !t.Before(to.AddDate(0, 0, 1)))
}

// forwarded says whether the event leaves its account. EventBridge gives read-only management
// events only to the rules that ask for them. Where a rule wants the event, a forwarding pattern
// lets it through.
func (b *Backtest) forwarded(e *cloudtrail.RawEvent, matched []*rules.Rule) (bool, error) {
	patterns := b.patterns
	if e.ReadOnlyManagement {
		patterns = b.readPatterns
	}
	for _, rule := range matched {
		if !e.ReadOnlyManagement || rule.ReadOnly {
			return true, nil
		}
	}
	found, err := patterns.Match(e.JSON)
	return len(found) > 0, err
}

// count counts an event that rules match.
func (b *Backtest) count(e *cloudtrail.RawEvent, who *principal, matched []*rules.Rule, muted []bool, forwarded bool) {
	posted := false
	for i, rule := range matched {
		t := b.tallies[rule.ID]
		if t == nil {
			t = &tally{}
			b.tallies[rule.ID] = t
		}
		switch {
		case !forwarded:
			t.undelivered++
		case muted[i]:
			t.muted++
			b.report.Muted++
		default:
			posted = true
			t.alerts++
			b.report.Alerts++
			t.days.add(dayOf(e.Time))
			t.accounts.add(e.Account)
			t.principals.add(who, e.UserIdentity, func() string { return b.principalName(e) })
		}
	}
	if posted {
		b.report.Messages++
	}
}

// principalName is what a person calls the principal of an event.
func (b *Backtest) principalName(e *cloudtrail.RawEvent) string {
	event, err := e.Event()
	if err != nil { // it was read once, so this cannot be
		event = &cloudtrail.Event{}
	}
	return message.Principal(event, b.options.Settings.Accounts)
}
