package delivery

import (
	"context"
	"slices"
)

// Accounts knows accounts beyond the settings; [accounts.Directory] does.
type Accounts interface {
	// Names gives names by account id, and the accounts that are not in the organization.
	Names() (names map[string]string, strangers map[string]bool)
	// Resolve finds out about accounts, soon or not at all, and says whether it found out anything.
	Resolve(ctx context.Context, ids []string) bool
}

// accountNames are the accounts that messages may name.
func (r *run) accountNames() (names map[string]string, strangers map[string]bool) {
	if r.Accounts == nil {
		return r.Settings.Accounts, nil
	}
	return r.Accounts.Names()
}

// resolveUnknownAccounts finds out about the accounts that messages give by number, of all messages at once, and has those messages written anew.
// What is shown of one key is the first of its events or, where that one goes back to the queue, the second; and what did something else.
func (r *run) resolveUnknownAccounts(deliveries []*delivery) {
	if r.Accounts == nil {
		return
	}
	const most = 5 // of one key, beside the first two
	var unknown []string
	met, ways := map[string]int{}, map[string][]string{}
	for _, d := range deliveries {
		met[d.key]++
		unlike := d.summary.Way != "" && !slices.Contains(ways[d.key], d.summary.Way) && len(ways[d.key]) < most
		if unlike {
			ways[d.key] = append(ways[d.key], d.summary.Way)
		}
		if unlike || met[d.key] <= 2 {
			unknown = append(unknown, r.rendered(d).Unknown...)
		}
	}
	if !r.resolveAccounts(unknown) {
		return
	}
	for _, d := range deliveries {
		if d.alert != nil && len(d.alert.Unknown) > 0 {
			d.alert = nil // written anew when it is told
		}
	}
}

// resolveAccounts finds out about accounts, where that is possible, and says whether it found out anything.
func (r *run) resolveAccounts(accounts []string) (learned bool) {
	if r.Accounts == nil || len(accounts) == 0 {
		return false
	}
	if err := catchPanic(func() error { learned = r.Accounts.Resolve(r.deadline.slackCtx, accounts); return nil }); err != nil {
		r.warn("the names of accounts could not be found out", err)
	}
	if learned {
		r.names, r.external = r.accountNames()
	}
	return learned
}
