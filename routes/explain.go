package routes

import (
	"fmt"
	"slices"
	"strings"

	"github.com/trailbus/trailbus/rules"
)

// Takes says whether the route takes an alert of some rules, the most urgent first, in an account.
func (r *Route) Takes(told []*rules.Rule, account string) bool {
	has := func(rule *rules.Rule) bool { return slices.Contains(r.Rules, rule.ID) }
	return (len(r.Severities) == 0 || len(told) > 0 && slices.Contains(r.Severities, told[0].Severity)) &&
		(len(r.Rules) == 0 || slices.ContainsFunc(told, has)) &&
		(len(r.Accounts) == 0 || slices.Contains(r.Accounts, account))
}

// Step says of one route of a table whether it takes an alert, and why.
type Step struct {
	// Route is its number, from 1.
	Route  int    `json:"route"`
	Takes  bool   `json:"takes"`
	Reason string `json:"because"`
}

// Explain says why the routes before the one that takes an alert do not, and why that one does.
func (t Table) Explain(told []*rules.Rule, account string) []Step {
	var steps []Step
	for i := range t {
		takes, because := t[i].explain(told, account)
		if steps = append(steps, Step{i + 1, takes, because}); takes {
			break
		}
	}
	return steps
}

// explain says the first thing that does not fit, or all that does.
func (r *Route) explain(told []*rules.Rule, account string) (takes bool, because string) {
	var fits []string
	if len(r.Severities) > 0 {
		if len(told) == 0 {
			return false, "the alert has no rule"
		}
		severity := told[0].Severity
		if !slices.Contains(r.Severities, severity) {
			return false, fmt.Sprintf("its severity is %s, not %s", severity, list(r.Severities))
		}
		fits = append(fits, "its severity is "+severity.String())
	}
	if len(r.Rules) > 0 {
		ids := make([]string, len(told))
		for i, rule := range told {
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

// maxListed is how many of a list are named.
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
