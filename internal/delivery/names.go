package delivery

import (
	"context"
	"slices"
)

// Accounts knows accounts beyond the settings; [accounts.Directory] does.
type Accounts interface {
	// Known gives names by account id, and the accounts that are not in the organization.
	Known() (names map[string]string, strangers map[string]bool)
	// Learn finds out about accounts, soon or not at all, and says whether it found out anything.
	Learn(ctx context.Context, ids []string) bool
}

// known are the accounts that messages may name.
func (r *run) known() (names map[string]string, strangers map[string]bool) {
	if r.Accounts == nil {
		return r.Settings.Accounts, nil
	}
	return r.Accounts.Known()
}

// nameAccounts finds out about the accounts that messages give by number, of all messages at once, and has those messages written anew.
// What is shown of one key is the first of its events or, where that one goes back to the queue, the second; and what did something else.
func (r *run) nameAccounts(deliveries []*delivery) {
	if r.Accounts == nil {
		return
	}
	const most = 5 // of one key, beside the first two
	var unknown []string
	met, ways := map[string]int{}, map[string][]string{}
	for _, d := range deliveries {
		met[d.key]++
		unlike := d.brief.UntargetedSignature != "" && !slices.Contains(ways[d.key], d.brief.UntargetedSignature) && len(ways[d.key]) < most
		if unlike {
			ways[d.key] = append(ways[d.key], d.brief.UntargetedSignature)
		}
		if unlike || met[d.key] <= 2 {
			unknown = append(unknown, r.written(d).Unknown...)
		}
	}
	if !r.learn(unknown) {
		return
	}
	for _, d := range deliveries {
		if d.alert != nil && len(d.alert.Unknown) > 0 {
			d.alert = nil // written anew when it is told
		}
	}
}

// learn finds out about accounts, where that is possible, and says whether it found out anything.
func (r *run) learn(accounts []string) (learned bool) {
	if r.Accounts == nil || len(accounts) == 0 {
		return false
	}
	if err := guard(func() error { learned = r.Accounts.Learn(r.clock.talk, accounts); return nil }); err != nil {
		r.complain("the names of accounts could not be found out", err)
	}
	if learned {
		r.names, r.strangers = r.known()
	}
	return learned
}
