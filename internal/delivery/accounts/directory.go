// Package accounts gives names to accounts, from the configuration and from AWS Organizations,
// which also knows accounts that the configuration does not have. It also lists the instances of a
// stack set.
package accounts

import (
	"context"
	"log/slog"
	"maps"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"golang.org/x/sync/errgroup"

	"github.com/trailbus/trailbus/internal/contract/state"
)

const (
	// nameTTL is how long a name is kept, externalTTL how long an account counts as external: it
	// may be about to join the organization.
	nameTTL     = 7 * 24 * time.Hour
	externalTTL = time.Hour

	// requestTimeout is how long one request may take, resolveTimeout how long all of a run may:
	// the alert waits for them.
	requestTimeout = time.Second
	resolveTimeout = 2 * time.Second
	// concurrency is how many requests run at a time, maxRequests how many in one run. The
	// parameters of a call, which a caller chooses, may name many accounts, and AWS Organizations
	// throttles the whole organization
	// (https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html).
	concurrency = 5
	maxRequests = 20

	// pauseAfterDenial is how long the directory makes no request after AWS Organizations denied
	// the first one, pauseAfterFailure how long after another failure.
	pauseAfterDenial  = time.Hour
	pauseAfterFailure = time.Minute
)

// Directory gives names to accounts. Only one goroutine may use it.
type Directory struct {
	// Configured are the names of the configuration by account id. They are not requested.
	Configured map[string]string
	// Client is an *organizations.Client of the management account or of a delegated administrator:
	// AWS Organizations answers no other account
	// (https://docs.aws.amazon.com/organizations/latest/APIReference/API_DescribeAccount.html).
	Client Client
	// State keeps the answers.
	State state.Store
	// Log gets one warning for each pause after a failure.
	Log *slog.Logger

	cached map[string]account
	// pausedUntil is when the next request may be made, postponed the accounts that wait for it.
	pausedUntil time.Time
	postponed   map[string]bool
	// answered says that AWS Organizations has answered a request of this process.
	answered bool
}

// Client is the part of an *organizations.Client that a [Directory] uses. Its role must allow these
// calls.
type Client interface {
	DescribeAccount(context.Context, *organizations.DescribeAccountInput,
		...func(*organizations.Options)) (*organizations.DescribeAccountOutput, error)
}

var _ Client = (*organizations.Client)(nil)

// Names are the names of accounts by id, and the external accounts: those that are not in the
// organization. The caller must not change them.
func (d *Directory) Names() (names map[string]string, external map[string]bool) {
	names, external = d.Configured, map[string]bool{}
	copied := false
	for id, a := range d.cached {
		switch {
		case !a.Until.After(time.Now()):
			delete(d.cached, id)
		case a.Name == "":
			external[id] = true
		default:
			if !copied { // Configured stays as it is
				names, copied = make(map[string]string, len(d.Configured)+len(d.cached)), true
				maps.Copy(names, d.Configured)
			}
			names[id] = a.Name
		}
	}
	return names, external
}

// Resolve looks accounts up within 2 seconds, and reports whether it found any. Those that it did
// not find, it looks up again the next time.
func (d *Directory) Resolve(ctx context.Context, ids []string) bool {
	wanted := d.unresolved(ids)
	if len(wanted) == 0 {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, resolveTimeout)
	defer cancel()
	before := len(d.cached)
	wanted = d.load(ctx, wanted)
	if !d.paused() {
		d.request(ctx, wanted[:min(maxRequests, len(wanted))])
	}
	if d.paused() {
		for _, id := range wanted {
			d.postponed[id] = true
		}
	}
	return len(d.cached) > before
}

func (d *Directory) paused() bool { return d.pausedUntil.After(time.Now()) }

// unresolved are the ids that can be looked up now, each once.
func (d *Directory) unresolved(all []string) []string {
	if d.cached == nil {
		d.cached = map[string]account{}
	}
	if !d.paused() {
		d.postponed = map[string]bool{}
	}
	names, external := d.Names()
	var ids []string
	seen := map[string]bool{}
	for _, id := range all {
		if _, named := names[id]; !named && !external[id] && !seen[id] && !d.postponed[id] {
			seen[id] = true
			ids = append(ids, strings.Clone(id)) // without a clone, the cache would keep the event in memory
		}
	}
	return ids
}

// request looks accounts up in AWS Organizations. The first request of a process goes alone: where
// it is denied, the others would be, too.
func (d *Directory) request(ctx context.Context, ids []string) {
	if len(ids) == 0 {
		return
	}
	if !d.answered {
		d.record(ids[:1], []answer{d.describe(ctx, ids[0])})
		if ids = ids[1:]; !d.answered {
			return
		}
	}
	answers := make([]answer, len(ids))
	var group errgroup.Group
	group.SetLimit(concurrency)
	for i, id := range ids {
		group.Go(func() error {
			answers[i] = d.describe(ctx, id)
			return nil
		})
	}
	_ = group.Wait()
	d.record(ids, answers)
}
