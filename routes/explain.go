package routes

import (
	"fmt"
	"slices"
	"strings"

	"github.com/trailbus/trailbus/rules"
)

// Takes reports whether the route takes an alert: the rules that an event matched, the most urgent
// first, and the account of the event.
func (r *Route) Takes(matched []*rules.Rule, account string) bool {
	has := func(rule *rules.Rule) bool { return slices.Contains(r.Rules, rule.ID) }
	return (len(r.Severities) == 0 || len(matched) > 0 && slices.Contains(r.Severities, matched[0].Severity)) &&
		(len(r.Rules) == 0 || slices.ContainsFunc(matched, has)) &&
		(len(r.Accounts) == 0 || slices.Contains(r.Accounts, account))
}

// Step is the answer of one route of a table to an alert.
type Step struct {
	// Route is the number of the route, from 1.
	Route int  `json:"route"`
	Takes bool `json:"takes"`
	// Reason is why, to be read behind "because".
	Reason string `json:"because"`
}

// Explain returns a step for each route up to the first that takes the alert.
func (t Table) Explain(matched []*rules.Rule, account string) []Step {
	var steps []Step
	for i := range t {
		takes, reason := t[i].explain(matched, account)
		if steps = append(steps, Step{i + 1, takes, reason}); takes {
			break
		}
	}
	return steps
}

// explain names the first condition that does not fit the alert, or all conditions if they fit.
func (r *Route) explain(matched []*rules.Rule, account string) (takes bool, reason string) {
	var fits []string
	if len(r.Severities) > 0 {
		if len(matched) == 0 {
			return false, "the alert has no rule"
		}
		severity := matched[0].Severity
		if !slices.Contains(r.Severities, severity) {
			return false, fmt.Sprintf("its severity is %s, not %s", severity, list(r.Severities))
		}
		fits = append(fits, "its severity is "+severity.String())
	}
	if len(r.Rules) > 0 {
		ids := make([]string, len(matched))
		for i, rule := range matched {
			ids[i] = rule.ID
		}
		i := slices.IndexFunc(ids, func(id string) bool { return slices.Contains(r.Rules, id) })
		if i < 0 {
			return false, fmt.Sprintf("its rule is %s, not %s", list(ids), list(r.Rules))
		}
		fits = append(fits, "its rule is "+ids[i])
	}
	if len(r.Accounts) > 0 {
		if !slices.Contains(r.Accounts, account) {
			return false, fmt.Sprintf("its account is %s, not %s", account, list(r.Accounts))
		}
		fits = append(fits, "its account is "+account)
	}
	if fits == nil {
		return true, "it takes everything"
	}
	return true, strings.Join(fits, ", ")
}

// maxListed is how many values of a list a reason names.
const maxListed = 5

func list[T any](values []T) string {
	var names []string
	for i, v := range values {
		if i == maxListed && len(values) > maxListed+1 {
			names = append(names, fmt.Sprintf("one of %d more", len(values)-maxListed))
			break
		}
		names = append(names, fmt.Sprint(v))
	}
	if last := len(names) - 1; last > 0 {
		return strings.Join(names[:last], ", ") + " or " + names[last]
	}
	return strings.Join(names, "")
}
