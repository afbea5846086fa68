package routes

import (
	"fmt"
	"slices"
	"strings"

	"github.com/trailbus/trailbus/rules"
)

// Refuses says why the route does not take an alert of some rules, the most urgent first, in an account; "" when it takes it.
func (r *Route) Refuses(told []*rules.Rule, account string) string {
	if len(r.Severities) > 0 {
		if len(told) == 0 {
			return "the alert has no rule"
		}
		if severity := told[0].Severity; !slices.Contains(r.Severities, severity) {
			return fmt.Sprintf("severity %s is not among %s", severity, list(r.Severities))
		}
	}
	if len(r.Rules) > 0 && !slices.ContainsFunc(told, func(rule *rules.Rule) bool { return slices.Contains(r.Rules, rule.ID) }) {
		var ids []string
		for _, rule := range told {
			ids = append(ids, rule.ID)
		}
		return fmt.Sprintf("rule %s is not among %s", strings.Join(ids, " or "), list(r.Rules))
	}
	if len(r.Accounts) > 0 && !slices.Contains(r.Accounts, account) {
		return fmt.Sprintf("account %s is not among %s", account, list(r.Accounts))
	}
	return ""
}

// Takes says whether the route takes an alert of some rules, the most urgent first, in an account.
func (r *Route) Takes(told []*rules.Rule, account string) bool {
	has := func(rule *rules.Rule) bool { return slices.Contains(r.Rules, rule.ID) }
	return (len(r.Severities) == 0 || len(told) > 0 && slices.Contains(r.Severities, told[0].Severity)) &&
		(len(r.Rules) == 0 || slices.ContainsFunc(told, has)) &&
		(len(r.Accounts) == 0 || slices.Contains(r.Accounts, account))
}

// listed is how many of a list are named.
const listed = 5

func list[T any](values []T) string {
	var names []string
	for i, v := range values {
		if i == listed && len(values) > listed+1 {
			names = append(names, fmt.Sprintf("%d more", len(values)-listed))
			break
		}
		names = append(names, fmt.Sprint(v))
	}
	return strings.Join(names, ", ")
}
