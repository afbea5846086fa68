package verify

import (
	"fmt"
	"slices"
	"strings"
)

// Meanings says, for people, where to look for what did not arrive: in the middle where nothing arrived, in an account where nothing of it
// did, and else in each forwarder. Why a probe was not sent says the result itself.
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
		switch {
		case len(gone) > 1 && len(gone) == len(byAccount[account]):
			whole = append(whole, gone[0].accountName())
		default:
			for _, f := range gone {
				single = append(single, f.accountName()+" in "+f.Region)
			}
		}
	}
	var all []string
	if len(whole) > 0 {
		all = append(all, fmt.Sprintf("No probe of %s arrived. Are the forwarders deployed there as of this version, does a service control policy deny "+
			"events:PutEvents, does the policy of the central bus admit the account? trailbus doctor looks at each of these, and the dead-letter "+
			"queues there say why (ERROR_CODE).", some(whole)))
	}
	if len(single) > 0 {
		all = append(all, fmt.Sprintf("The probe of %s was put on the default event bus and did not arrive. Is the stack of the forwarder deployed there as of "+
			"this version; is its heartbeat rule enabled, with its target and its role? trailbus doctor looks at each of these, and its dead-letter "+
			"queue says why the central bus took nothing (ERROR_CODE).", some(single)))
	}
	return all
}

// accountName names the account.
func (f Forwarder) accountName() string {
	if f.Name == "" {
		return f.Account
	}
	return f.Name + " (" + f.Account + ")"
}

// some names a few of many.
func some(all []string) string {
	const few = 5
	if more := len(all) - few; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(all[:few], ", "), more)
	}
	return strings.Join(all, ", ")
}
