package delivery

import (
	"context"
	"slices"
)

// Accounts gives names to accounts beyond those of the settings: [accounts.Directory].
type Accounts interface {
	// Names are the names by account id, and the accounts that are not in the organization.
	Names() (names map[string]string, external map[string]bool)
	// Resolve looks accounts up, within seconds, and reports whether it found any.
	Resolve(ctx context.Context, ids []string) bool
}

// accountNames are the names by account id, and the accounts that are not in the organization.
func (r *run) accountNames() (names map[string]string, external map[string]bool) {
	if r.Accounts == nil {
		return r.Settings.Accounts, nil
	}
	return r.Accounts.Names()
}

// resolveUnknownAccounts looks up the accounts that messages have no name for, of all messages at
// once, and has those messages rendered anew. A message shows the first event of its group or,
// where that one returns to the queue, the second; and novel calls.
func (r *run) resolveUnknownAccounts(deliveries []*delivery) {
	if r.Accounts == nil {
		return
	}
	const maxNovel = 5 // of one group, beside the first two
	var unknown []string
	count, ways := map[string]int{}, map[string][]string{}
	for _, d := range deliveries {
		count[d.key]++
		novel := d.summary.UntargetedSignature != "" && !slices.Contains(ways[d.key], d.summary.UntargetedSignature) &&
			len(ways[d.key]) < maxNovel
		if novel {
			ways[d.key] = append(ways[d.key], d.summary.UntargetedSignature)
		}
		if novel || count[d.key] <= 2 {
			unknown = append(unknown, r.rendered(d).Unknown...)
		}
	}
	if !r.resolveAccounts(unknown) {
		return
	}
	for _, d := range deliveries {
		if d.alert != nil && len(d.alert.Unknown) > 0 {
			d.alert = nil // rendered anew when it is posted
		}
	}
}

// resolveAccounts looks accounts up, and reports whether it found any.
func (r *run) resolveAccounts(accounts []string) (found bool) {
	if r.Accounts == nil || len(accounts) == 0 {
		return false
	}
	if err := catchPanic(func() error {
		found = r.Accounts.Resolve(r.deadline.slackCtx,
			accounts)
		return nil
	}); err != nil {
		r.warn("the names of accounts could not be found out", err)
	}
	if found {
		r.names, r.external = r.accountNames()
	}
	return found
}
