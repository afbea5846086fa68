package doctor

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/trailbus/trailbus/eventpattern"
	"github.com/trailbus/trailbus/internal/cloudtrail"
	"github.com/trailbus/trailbus/internal/contract"
)

// Central is what a configuration asks for of the central account and Region.
type Central struct {
	Place
	// BusARN is the central bus.
	BusARN string
	// Organization is the id of the organization whose accounts send. Empty: each account is named.
	Organization string
	// Accounts are those with forwarders.
	Accounts []string
	// Webhooks are the names of the webhooks that messages may go to, but "default"; Channels says
	// that they may go to channels.
	Webhooks []string
	Channels bool
}

// maxMessageAge is how long a message may wait in the queue.
const maxMessageAge = 2 * time.Hour

// Check returns what is wrong with the central stack.
func (c *Central) Check(f *FoundCentral) []Finding {
	return slices.Concat(c.checkBus(f), c.checkArchive(f.Archive), c.checkQueues(f), c.checkRules(f), c.checkFunction(f),
		c.checkSecret(f.Secret))
}

// missing is the finding about a resource that AWS did not describe or does not have.
func missing[T any](at Place, check Check, what string, a Answer[T]) []Finding {
	if a.Err != nil {
		return []Finding{at.Warn(check, "%s cannot be looked at: %v", what, a.Err)}
	}
	return []Finding{at.Gap(check, "%s is not there", what)}
}

func (c *Central) checkBus(f *FoundCentral) []Finding {
	if f.BusPolicy.Value == nil {
		return missing(c.Place, Bus, "the central bus", f.BusPolicy)
	}
	var refused []string
	reason := ""
	for _, account := range c.Accounts {
		asks := request{account: account, action: "events:PutEvents", resource: c.BusARN, context: map[string]string{
			"aws:principalorgid": c.Organization, "aws:principalaccount": account, "aws:sourceaccount": account,
			"aws:securetransport":       "true",
			"events:eventbusinvocation": "true", "events:source": "aws.iam", "events:detail-type": cloudtrail.DetailTypes()[0],
		}}
		if ok, why := allows(*f.BusPolicy.Value, asks); !ok {
			refused, reason = append(refused, account), why
		}
	}
	if len(refused) == 0 {
		return nil
	}
	if n := len(refused); n > 5 {
		refused = append(refused[:5], fmt.Sprintf("%d more", n-5))
	}
	return []Finding{c.Gap(BusPolicy, "the policy of the central bus does not admit the accounts %s: %s",
		strings.Join(refused, ", "), reason)}
}

func (c *Central) checkArchive(a Answer[FoundArchive]) []Finding {
	if a.Value == nil {
		return missing(c.Place, Archive, "the archive", a)
	}
	var all []Finding
	if a.Value.State != enabled {
		all = append(all, c.Gap(Archive, "the archive is in the state %s, want %s", a.Value.State, enabled))
	}
	if a.Value.Source != c.BusARN {
		all = append(all, c.Gap(Archive, "the archive is of %s, want %s", a.Value.Source, c.BusARN))
	}
	if missed := unmatched(a.Value.Pattern, cloudTrailEvents()); a.Value.Pattern != "" && len(missed) > 0 {
		all = append(all, c.Gap(Archive, "the archive keeps no %s", strings.Join(missed, ", no ")))
	}
	return all
}

// event is an event that a pattern must match.
type event struct{ what, json string }

// cloudTrailEvents has one event of each detail-type of CloudTrail.
func cloudTrailEvents() []event {
	var all []event
	for _, kind := range cloudtrail.DetailTypes() {
		all = append(all, event{fmt.Sprintf("events of the kind %q", kind), eventJSON("aws.iam", kind,
			`{"eventSource":"iam.amazonaws.com","eventName":"CreateUser"}`)})
	}
	return all
}

func heartbeatEvent() event {
	return event{"heartbeats", eventJSON(contract.HeartbeatSource, contract.HeartbeatDetailType, "{}")}
}

func probeEvent() event {
	return event{"what trailbus verify sends", eventJSON(contract.VerifySource, contract.VerifyDetailType, "{}")}
}

func eventJSON(source, detailType, detail string) string {
	return fmt.Sprintf(`{"source":%q,"detail-type":%q,"account":"111111111111","region":"us-east-1","detail":%s}`, source,
		detailType, detail)
}

// unmatched returns the events that a pattern does not match.
func unmatched(pattern string, events []event) []string {
	compiled, err := eventpattern.Compile([]byte(pattern))
	var all []string
	for _, e := range events {
		if err != nil {
			all = append(all, e.what)
			continue
		}
		if ok, err := compiled.Matches([]byte(e.json)); err != nil || !ok {
			all = append(all, e.what)
		}
	}
	return all
}

// checkRules checks that each kind of event reaches the queue, by whichever rule.
func (c *Central) checkRules(f *FoundCentral) []Finding {
	if f.Rules.Value == nil {
		return missing(c.Place, CentralRule, "the rules that feed the queue", f.Rules)
	}
	var all []Finding
	var on []FoundRule
	scheduled := false
	for _, rule := range *f.Rules.Value {
		switch {
		case rule.Err != nil:
			all = append(all, c.Warn(CentralRule, "the rule %s cannot be read: %v", rule.Name, rule.Err))
		case rule.State == "DISABLED":
			all = append(all, c.Gap(CentralRule, "the rule %s is disabled", rule.Name))
			scheduled = scheduled || rule.Schedule != "" // one finding is enough
		case rule.Schedule != "":
			scheduled = true
		default:
			on = append(on, rule)
		}
	}
	if !scheduled {
		all = append(all, c.Gap(CentralRule, "no schedule asks the notifier to look for silent forwarders: it was deleted, or its target was removed"))
	}
	disabled := slices.ContainsFunc(all, func(f Finding) bool {
		return !f.Warning &&
			strings.HasSuffix(f.Found, "is disabled")
	})
	wanted := append(cloudTrailEvents(), heartbeatEvent(), probeEvent())
	var lost []string
	for _, e := range wanted {
		if !slices.ContainsFunc(on, func(rule FoundRule) bool { return len(unmatched(rule.Pattern, []event{e})) == 0 }) {
			lost = append(lost, e.what)
		}
	}
	if len(lost) > 0 && !disabled {
		all = append(all, c.Gap(CentralRule, "no rule of the central bus brings to the queue: %s", strings.Join(lost, ", ")))
	}
	if f.Queue.Value != nil {
		all = append(all, checkQueuePolicy(c.Place, QueuePolicy, "of the notifier", f.Queue.Value.ARN, f.Queue.Value.Policy,
			*f.Rules.Value)...)
	}
	return all
}

func (c *Central) checkQueues(f *FoundCentral) []Finding {
	var all []Finding
	if f.Queue.Value == nil {
		all = append(all, missing(c.Place, Queue, "the queue of the notifier", f.Queue)...)
	}
	if oldest := f.OldestMessage.Value; oldest != nil && *oldest > maxMessageAge {
		all = append(all, c.Gap(Queue, "the oldest message in the queue waits for %s, want less than %s",
			oldest.Round(time.Minute), maxMessageAge))
	}
	switch q := f.DeadLetterQueue; {
	case q.Value == nil:
		all = append(all, missing(c.Place, CentralDeadLetters, "the dead-letter queue of the notifier", q)...)
	case q.Value.Messages > 0:
		all = append(all, c.Gap(CentralDeadLetters, "the dead-letter queue of the notifier holds %d messages, want 0",
			q.Value.Messages))
	}
	return all
}

func (c *Central) checkFunction(f *FoundCentral) []Finding {
	if f.Function.Value == nil {
		return missing(c.Place, Function, "the function", f.Function)
	}
	var all []Finding
	// https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html; an idle function starts
	// when it is invoked.
	switch fn := f.Function.Value; {
	case fn.State != "Active" && fn.State != "Inactive" && fn.State != "":
		all = append(all, c.Gap(Function, "the function is in the state %s, want Active%s", fn.State,
			reasonSuffix(fn.Reason)))
	case fn.LastUpdate == "Failed":
		all = append(all, c.Gap(Function, "the last update of the function failed%s", reasonSuffix(fn.Reason)))
	}
	if f.Mappings.Value == nil {
		return append(all, missing(c.Place, EventSource, "the event source mapping", f.Mappings)...)
	}
	var states []string
	for _, m := range *f.Mappings.Value {
		if f.Queue.Value != nil && m.Source != f.Queue.Value.ARN {
			continue
		}
		if slices.Contains([]string{"Enabled", "Enabling", "Creating", "Updating"}, m.State) {
			return all
		}
		states = append(states, m.UUID+" is "+m.State)
	}
	if len(states) == 0 {
		return append(all, c.Gap(EventSource, "no event source mapping connects the queue with the function"))
	}
	return append(all, c.Gap(EventSource, "the event source mapping %s, want Enabled", strings.Join(states, ", ")))
}

func reasonSuffix(reason string) string {
	if reason == "" {
		return ""
	}
	return ": " + reason
}

func (c *Central) checkSecret(a Answer[FoundSecret]) []Finding {
	if a.Value == nil {
		return missing(c.Place, Secret, "the Slack secret", a)
	}
	s := a.Value
	if s.Wrong != "" {
		return []Finding{c.Gap(Secret, "the Slack secret: %s", s.Wrong)}
	}
	var all []Finding
	if c.Channels && !s.Token {
		all = append(all, c.Gap(Secret, "the Slack secret has no bot token, which routes to channels need"))
	}
	fallback := slices.Contains(s.Webhooks, "default")
	for _, name := range c.Webhooks {
		switch {
		case slices.Contains(s.Webhooks, name):
		case fallback:
			all = append(all, c.Gap(Secret, "the Slack secret has no webhook named %q, so its messages go to \"default\"", name))
		default:
			all = append(all, c.Gap(Secret, "the Slack secret has no webhook named %q, and none named \"default\"", name))
		}
	}
	return all
}
