package backtest

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/trailbus/trailbus/internal/slack/message"
	"github.com/trailbus/trailbus/rules"
)

// Report says which alerts the records would have caused.
type Report struct {
	// Records is how many were read, and judged.
	Records int `json:"records"`
	// OutOfRange is how many more were read and left out, since they are from before From or after
	// To.
	OutOfRange int `json:"outOfRange"`
	// First and Last are the times of the first and the last record; nil where none has a time.
	First *time.Time `json:"first"`
	Last  *time.Time `json:"last"`
	// Days is for how many days the records speak, RecordsPerDay how many of them there are for
	// one.
	Days          float64 `json:"days"`
	RecordsPerDay float64 `json:"recordsPerDay"`
	// Messages is how many events would have been posted: an event is posted once, however many
	// rules match it.
	Messages       int     `json:"messages"`
	MessagesPerDay float64 `json:"messagesPerDay"`
	// Alerts is how often a rule would have alerted: an event that two rules match counts twice.
	Alerts int `json:"alerts"`
	// Muted is how many more alerts the mutes keep quiet.
	Muted int `json:"muted"`
	// Duplicates is how many records that a rule matches came again, for example from a second
	// trail. They are posted once.
	Duplicates int `json:"duplicates"`
	// Refused is how many records match a rule and cannot have come from AWS.
	Refused int `json:"refused"`
	// Unwanted is how many records forwarding patterns would let through although no rule wants
	// them, UnwantedShare their part of all records, from 0 to 1.
	Unwanted      int     `json:"forwardedUnwanted"`
	UnwantedShare float64 `json:"forwardedUnwantedShare"`
	// Rules are those that match something, the noisiest first.
	Rules []RuleReport `json:"rules"`
	// Silent are the ids of the rules that match nothing.
	Silent []string `json:"silent"`
}

// RuleReport counts the alerts of one rule.
type RuleReport struct {
	ID       string         `json:"id"`
	Title    string         `json:"title"`
	Severity rules.Severity `json:"severity"`
	Alerts   int            `json:"alerts"`
	PerDay   float64        `json:"perDay"`
	Muted    int            `json:"muted"`
	// Undelivered is how many read-only events match the rule that EventBridge would not deliver,
	// since neither this nor another rule asks for them with readOnly.
	Undelivered int `json:"undelivered"`
	// Days are the alerts by day in UTC, in order.
	Days []Count `json:"days"`
	// Accounts are the alerts by account, most first.
	Accounts []Count `json:"accounts"`
	// Principals are the noisiest, most alerts first.
	Principals []PrincipalReport `json:"principals"`
}

// Count is how often something was counted.
type Count struct {
	// Key is a day or an account's id, "" for events that have none.
	Key string `json:"key"`
	// Name is the account's name, where trailbus.yaml gives one.
	Name   string `json:"name,omitempty"`
	Alerts int    `json:"alerts"`
}

// PrincipalReport says how many of a rule's alerts one principal made.
type PrincipalReport struct {
	Name   string `json:"name"`
	Alerts int    `json:"alerts"`
	// AtLeast is less than Alerts where a rule had so many principals that not all could be
	// counted: then Alerts is the most there can be.
	AtLeast int `json:"atLeast"`
	// Mute is YAML for rules.mutes in trailbus.yaml, which mutes these alerts and no others of the
	// rule; "" where there is none, and then NoMute says why.
	Mute   string `json:"mute"`
	NoMute string `json:"noMute,omitempty"`
}

// Report says what was found so far.
func (b *Backtest) Report() *Report {
	b.mu.Lock()
	defer b.mu.Unlock()
	r := b.report
	r.Days = b.days.length()
	r.RecordsPerDay, r.MessagesPerDay = perDay(r.Records, r.Days), perDay(r.Messages, r.Days)
	if !b.days.first.IsZero() {
		r.First, r.Last = &b.days.first, &b.days.last
	}
	if r.Records > 0 {
		r.UnwantedShare = float64(r.Unwanted) / float64(r.Records)
	}
	r.Rules, r.Silent = []RuleReport{}, []string{}
	for _, rule := range b.options.Settings.Rules.Rules() {
		if tally := b.tallies[rule.ID]; tally != nil {
			r.Rules = append(r.Rules, b.ruleReport(rule, tally, r.Days))
		} else {
			r.Silent = append(r.Silent, rule.ID)
		}
	}
	slices.SortStableFunc(r.Rules, func(x, y RuleReport) int {
		return cmp.Or(y.Alerts-x.Alerts, y.Muted-x.Muted, y.Undelivered-x.Undelivered, cmp.Compare(x.ID, y.ID))
	})
	return &r
}

func (b *Backtest) ruleReport(rule *rules.Rule, t *tally, days float64) RuleReport {
	r := RuleReport{ID: rule.ID, Title: rule.Title, Severity: rule.Severity, Alerts: t.alerts,
		PerDay: perDay(t.alerts, days),
		Muted:  t.muted, Undelivered: t.undelivered, Days: []Count{}, Accounts: []Count{}, Principals: []PrincipalReport{}}
	for _, day := range slices.Sorted(maps.Keys(t.days)) {
		r.Days = append(r.Days, Count{Key: day, Alerts: t.days[day]})
	}
	for account, n := range t.accounts {
		r.Accounts = append(r.Accounts, Count{Key: message.Line(account, 20), Name: b.options.Settings.Accounts[account],
			Alerts: n})
	}
	slices.SortFunc(r.Accounts, func(x, y Count) int { return cmp.Or(y.Alerts-x.Alerts, cmp.Compare(x.Key, y.Key)) })
	for _, p := range t.principals.top() {
		found := PrincipalReport{Name: p.name, Alerts: p.alerts, AtLeast: p.alerts - p.inherited}
		var err error
		if found.Mute, err = muteYAML(p, t.principals.all, rule, b.muteReason(p), b.options.Owner,
			b.options.Now.Add(muteDuration)); err != nil {
			found.NoMute = err.Error()
		}
		r.Principals = append(r.Principals, found)
	}
	return r
}

// muteReason is what stands in a mute for people to read.
func (b *Backtest) muteReason(p *principalCount) string {
	when := "of records without a time"
	if first, last := dayOf(b.days.first), dayOf(b.days.last); first != "" && first == last {
		when = "on " + first
	} else if first != "" {
		when = "from " + first + " to " + last
	}
	alerts := "alerts"
	if p.alerts == 1 {
		alerts = "alert"
	}
	return fmt.Sprintf("%d %s %s by %s, in a backtest", p.alerts, alerts, when, p.name)
}

// perDay rounds to hundredths.
func perDay(n int, days float64) float64 {
	if days == 0 {
		return 0
	}
	return math.Round(float64(n)/days*100) / 100
}
