package doctor

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/trailbus/trailbus/rules"
)

// The states of an EventBridge rule:
// https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html
const (
	enabled    = "ENABLED"
	enabledAll = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"
)

// Wanted is what a configuration asks for of each account and Region.
type Wanted struct {
	// CentralBus is the ARN of the central bus.
	CentralBus string
	// Patterns are those of the forwarding rules.
	Patterns []rules.ForwardingPattern
	// Heartbeat is the time between two heartbeats of a forwarder.
	Heartbeat time.Duration
}

// CheckForwarder returns what is wrong with the forwarder of an account and Region.
func (w *Wanted) CheckForwarder(at Place, f *FoundForwarder) []Finding {
	if f.Err != nil {
		return []Finding{at.Gap(Access, "%v", f.Err)}
	}
	if len(f.Rules) == 0 {
		return []Finding{at.Gap(Forwarder, "no rule of the default event bus sends to the central bus")}
	}
	var all []Finding
	var schedules, forwarding []FoundRule
	for _, rule := range f.Rules {
		switch {
		case rule.Err != nil:
			all = append(all, at.Warn(Rule, "the rule %s sends to the central bus and cannot be read: %v", rule.Name, rule.Err))
		case rule.Schedule != "":
			schedules = append(schedules, rule)
		default:
			forwarding = append(forwarding, rule)
		}
	}
	all = append(all, w.checkSchedules(at, schedules)...)
	all = append(all, w.checkPatterns(at, forwarding)...)
	all = append(all, w.checkTargets(at, append(schedules, forwarding...), f)...)
	return all
}

// checkSchedules checks the heartbeat rule.
func (w *Wanted) checkSchedules(at Place, schedules []FoundRule) []Finding {
	wanted := Rate(w.Heartbeat)
	if len(schedules) == 0 {
		return []Finding{at.Gap(Rule, "no rule sends a heartbeat: it was deleted, or its target was removed")}
	}
	var all []Finding
	for _, rule := range schedules {
		if rule.State == "DISABLED" {
			all = append(all, at.Gap(RuleState, "the heartbeat %s is disabled", rule.Name))
		}
		if rule.Schedule != wanted {
			all = append(all, at.Gap(RulePattern, "the heartbeat %s has the schedule %s, want %s", rule.Name, rule.Schedule,
				wanted))
		}
	}
	for _, rule := range schedules {
		if lost := unmatched(rule.Pattern, []event{probeEvent()}); len(lost) > 0 {
			all = append(all, at.Gap(RulePattern, "the heartbeat %s does not send %s", rule.Name, lost[0]))
		}
	}
	return append(all, checkDuplicates(at, "the heartbeat", schedules)...)
}

// Rate writes a period as a rate expression of EventBridge, in the unit that the CDK chooses.
func Rate(period time.Duration) string {
	n, unit := int(period/time.Minute), "minute"
	switch {
	case n > 0 && n%(24*60) == 0:
		n, unit = n/(24*60), "day"
	case n > 0 && n%60 == 0:
		n, unit = n/60, "hour"
	}
	if n != 1 {
		unit += "s"
	}
	return fmt.Sprintf("rate(%d %s)", n, unit)
}

// checkPatterns compares the forwarding rules with the patterns of the configuration.
func (w *Wanted) checkPatterns(at Place, found []FoundRule) []Finding {
	var all []Finding
	var missing []rules.ForwardingPattern
	found = slices.Clone(found) // matched rules are removed
	for _, pattern := range w.Patterns {
		var same []FoundRule
		found = slices.DeleteFunc(found, func(rule FoundRule) bool {
			is := sameJSON(string(pattern.Pattern), rule.Pattern)
			if is {
				same = append(same, rule)
			}
			return is
		})
		if len(same) == 0 {
			missing = append(missing, pattern)
		}
		all = append(all, checkDuplicates(at, "what is sent", same)...)
		for _, rule := range same {
			all = append(all, checkState(at, rule, pattern.ReadOnly)...)
		}
	}
	for _, pattern := range missing {
		// A changed rule is still most like its original.
		best, least := -1, 0
		for i, rule := range found {
			if d := strings.Count(difference(string(pattern.Pattern), rule.Pattern), ";"); maybeChanged(pattern, rule) &&
				(best < 0 || d < least) {
				best, least = i, d
			}
		}
		if best < 0 {
			all = append(all, at.Gap(Rule, "no rule sends %s: it was deleted, or its target was removed",
				describePattern(pattern)))
			continue
		}
		rule := found[best]
		found = slices.Delete(found, best, best+1)
		all = append(all, at.Gap(RulePattern, "the pattern of %s differs: %s", rule.Name,
			difference(string(pattern.Pattern), rule.Pattern)))
		all = append(all, checkState(at, rule, pattern.ReadOnly)...)
	}
	for _, rule := range found {
		all = append(all, at.Warn(Rule, "the rule %s sends to the central bus, and trailbus.yaml asks for none like it",
			rule.Name))
	}
	return all
}

// maybeChanged says whether a rule may once have had a pattern: the description of rules for
// read-only events says so.
func maybeChanged(pattern rules.ForwardingPattern, rule FoundRule) bool {
	return strings.HasPrefix(rule.Description, "Trailbus: forwards ") && strings.Contains(rule.Description,
		"read-only") == pattern.ReadOnly
}

// checkDuplicates warns of rules that send the same events.
func checkDuplicates(at Place, what string, same []FoundRule) []Finding {
	if len(same) < 2 {
		return nil
	}
	var names []string
	for _, rule := range same {
		names = append(names, rule.Name)
	}
	return []Finding{at.Warn(Rule, "%s crosses %d times, by the rules %s", what, len(same), strings.Join(names, ", "))}
}

// describePattern lists the services whose events a pattern matches.
func describePattern(pattern rules.ForwardingPattern) string {
	kind := "the events"
	if pattern.ReadOnly {
		kind = "the read-only events"
	}
	if len(pattern.Sources) == 0 {
		return kind
	}
	var names []string
	for i, source := range pattern.Sources {
		if i == 4 {
			names = append(names, fmt.Sprintf("%d more", len(pattern.Sources)-i))
			break
		}
		names = append(names, strings.TrimSuffix(source, ".amazonaws.com"))
	}
	return kind + " of " + strings.Join(names, ", ")
}

func checkState(at Place, rule FoundRule, readOnly bool) []Finding {
	switch {
	case rule.State == "DISABLED":
		return []Finding{at.Gap(RuleState, "the rule %s is disabled", rule.Name)}
	case readOnly && rule.State != enabledAll:
		return []Finding{at.Gap(RuleState, "the rule %s is in the state %s, want %s: it gets no read-only events", rule.Name,
			rule.State, enabledAll)}
	case rule.State != enabled && rule.State != enabledAll:
		return []Finding{at.Gap(RuleState, "the rule %s is in the state %s, want %s", rule.Name, rule.State, enabled)}
	}
	return nil
}

// checkTargets checks the targets of the rules, their roles and their dead-letter queues.
func (w *Wanted) checkTargets(at Place, found []FoundRule, f *FoundForwarder) []Finding {
	var all []Finding
	senders := map[string][]FoundRule{} // by role and by queue
	for _, rule := range found {
		i := slices.IndexFunc(rule.Targets, func(t FoundTarget) bool { return t.ARN == w.CentralBus })
		if i < 0 {
			all = append(all, at.Gap(RuleTarget, "the rule %s does not send to %s", rule.Name, w.CentralBus))
			continue
		}
		target := rule.Targets[i]
		if target.Changed {
			all = append(all, at.Gap(RuleTarget, "the rule %s sends another text in place of the event", rule.Name))
		}
		if target.Role == "" {
			all = append(all, at.Gap(RuleTarget, "the rule %s sends without a role", rule.Name))
		} else {
			senders[target.Role] = append(senders[target.Role], rule)
		}
		if target.DeadLetterQueue == "" {
			all = append(all, at.Gap(DeadLetterQueue, "the rule %s has no dead-letter queue", rule.Name))
		} else {
			senders[target.DeadLetterQueue] = append(senders[target.DeadLetterQueue], rule)
		}
	}
	for _, arn := range slices.Sorted(maps.Keys(f.Roles)) {
		all = append(all, w.checkRole(at, arn, f.Roles[arn], senders[arn])...)
	}
	for _, arn := range slices.Sorted(maps.Keys(f.Queues)) {
		all = append(all, checkDeadLetterQueue(at, arn, f.Queues[arn], senders[arn])...)
	}
	return all
}

func (w *Wanted) checkRole(at Place, arn string, answer Answer[FoundRole], senders []FoundRule) []Finding {
	name := arn[strings.LastIndex(arn, "/")+1:]
	switch {
	case answer.Err != nil:
		return []Finding{at.Warn(Role, "the role %s cannot be read: %v", name, answer.Err)}
	case answer.Value == nil:
		return []Finding{at.Gap(Role, "the role %s is not there", name)}
	}
	var all []Finding
	for _, rule := range senders {
		asks := request{service: "events.amazonaws.com", action: "sts:AssumeRole", context: ruleContext(at, rule)}
		if ok, why := allows(answer.Value.Trust, asks); !ok {
			all = append(all, at.Gap(Role, "EventBridge may not take the role %s: %s", name, why))
			break // the others are alike
		}
	}
	may, reasons := false, []string{}
	for _, policy := range answer.Value.Policies {
		ok, why := allows(policy, request{action: "events:PutEvents", resource: w.CentralBus,
			context: map[string]string{"aws:securetransport": "true"}})
		may = may || ok
		reasons = append(reasons, why)
		if strings.HasPrefix(why, "a statement denies") {
			may, reasons = false, []string{why}
			break
		}
	}
	if !may {
		if len(reasons) == 0 {
			reasons = []string{"it has no policy"}
		}
		all = append(all, at.Gap(Role, "the role %s may not put events on the central bus: %s", name, reasons[0]))
	}
	return all
}

// ruleContext has the condition keys that EventBridge sets for a rule.
func ruleContext(at Place, rule FoundRule) map[string]string {
	return map[string]string{"aws:sourceaccount": at.Account, "aws:sourcearn": rule.ARN, "aws:securetransport": "true"}
}

func checkDeadLetterQueue(at Place, arn string, answer Answer[FoundQueue], senders []FoundRule) []Finding {
	name := arn[strings.LastIndex(arn, ":")+1:]
	switch {
	case answer.Err != nil:
		return []Finding{at.Warn(DeadLetterQueue, "the dead-letter queue %s cannot be read: %v", name, answer.Err)}
	case answer.Value == nil:
		return []Finding{at.Gap(DeadLetterQueue, "the dead-letter queue %s is not there", name)}
	}
	var all []Finding
	if n := answer.Value.Messages; n > 0 {
		all = append(all, at.Gap(DeadLetters, "the dead-letter queue %s holds %d events, want 0", name, n))
	}
	return append(all, checkQueuePolicy(at, DeadLetterQueue, name, arn, answer.Value.Policy, senders)...)
}

// checkQueuePolicy checks that rules may send to a queue.
func checkQueuePolicy(at Place, check Check, name, arn, policy string, senders []FoundRule) []Finding {
	for _, rule := range senders {
		if ok, why := allows(policy, request{service: "events.amazonaws.com", action: "sqs:SendMessage", resource: arn,
			context: ruleContext(at, rule)}); !ok {
			// the others are alike
			return []Finding{at.Gap(check, "the queue %s takes nothing of the rule %s: %s", name, rule.Name, why)}
		}
	}
	return nil
}
