package verify

import (
	"fmt"
	"slices"

	"github.com/trailbus/trailbus/cmd/trailbus/internal/cli"
)

// maxNamed is how many accounts or forwarders a meaning names.
const maxNamed = 5

// Meanings says where to look for probes that did not arrive: in the central account where none
// arrived, in an account where none of its own arrived, and otherwise in the forwarder. The result
// itself says why a probe was not sent.
func (r *Report) Meanings() []string {
	byAccount := map[string][]Result{}
	var accounts []string
	missing := 0
	for _, f := range r.Forwarders {
		if f.Outcome == NotSent {
			continue
		}
		if byAccount[f.Account] == nil {
			accounts = append(accounts, f.Account)
		}
		byAccount[f.Account] = append(byAccount[f.Account], f)
		if f.Outcome == NotArrived {
			missing++
		}
	}
	if missing == 0 {
		return nil
	}
	if r.Arrived == 0 && missing > 1 {
		return []string{fmt.Sprintf("None of the %d probes that were sent arrived. Look at the middle first: is TrailbusCentral deployed as of this version, "+
			"with a rule on the event bus for what trailbus verify sends; does the policy of the bus admit these accounts; is the notifier broken, or "+
			"far behind with its queue? trailbus doctor, its alarms and its log say so.", missing)}
	}
	var whole, single []string
	for _, account := range accounts {
		gone := slices.DeleteFunc(slices.Clone(byAccount[account]), func(f Result) bool { return f.Outcome == Arrived })
		if len(gone) > 1 && len(gone) == len(byAccount[account]) {
			whole = append(whole, gone[0].accountName())
			continue
		}
		for _, f := range gone {
			single = append(single, f.accountName()+" in "+f.Region)
		}
	}
	var all []string
	if len(whole) > 0 {
		all = append(all, fmt.Sprintf("No probe of %s arrived. Are the forwarders deployed there as of this version, does a service control policy deny "+
			"events:PutEvents, does the policy of the central bus admit the account? trailbus doctor looks at each of these, and the dead-letter "+
			"queues there say why (ERROR_CODE).", cli.JoinAtMost(whole, maxNamed)))
	}
	if len(single) > 0 {
		all = append(all, fmt.Sprintf("The probe of %s was put on the default event bus and did not arrive. Is the stack of the forwarder deployed there as of "+
			"this version; is its heartbeat rule enabled, with its target and its role? trailbus doctor looks at each of these, and its dead-letter "+
			"queue says why the central bus took nothing (ERROR_CODE).", cli.JoinAtMost(single, maxNamed)))
	}
	return all
}

// accountName is the name of the account with its id.
func (f Forwarder) accountName() string {
	if f.Name == "" {
		return f.Account
	}
	return f.Name + " (" + f.Account + ")"
}
