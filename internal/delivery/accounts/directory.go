// Package accounts knows the accounts of an organization: it gives accounts their names: those of the configuration, and those that AWS Organizations knows, which come to
// accounts that joined the organization by themselves, and says where a stack set has instances.
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
	// nameTTL is how long a name is kept, strangerFor how long it is kept that an account is not in the organization: it may be about to
	// join it.
	nameTTL     = 7 * 24 * time.Hour
	externalTTL = time.Hour

	// requestTimeout is how long an answer of AWS Organizations may take, learning how long all of them may: people are waiting for the message.
	requestTimeout = time.Second
	resolveTimeout = 2 * time.Second
	// concurrency is how many questions are asked at a time, most how many in one run. Parameters that a stranger chooses may name many
	// accounts, and AWS Organizations throttles the whole organization
	// (https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html).
	concurrency = 5
	maxRequests = 20

	// pauseAfterDenial is how long nothing is asked after AWS Organizations refused to tell this account anything, failedFor how long after it
	// did not answer.
	pauseAfterDenial  = time.Hour
	pauseAfterFailure = time.Minute
)

// Directory knows accounts. Its zero value knows none and finds none out. It is used by one goroutine.
type Directory struct {
	// Configured are the names of the configuration by account id. Nobody asks for these.
	Configured map[string]string
	// Client is an *organizations.Client of the management account or of a delegated administrator: AWS Organizations tells no other
	// account (https://docs.aws.amazon.com/organizations/latest/APIReference/API_DescribeAccount.html).
	Client Client
	// State keeps what was found out.
	State state.Store
	// Log takes a warning when AWS Organizations does not tell, and then none until it is asked again.
	Log *slog.Logger

	cached map[string]account
	// pausedUntil is when AWS Organizations may be asked again, missed the accounts that wait for it.
	pausedUntil time.Time
	postponed   map[string]bool
	// answered says that AWS Organizations has told this process something before.
	answered bool
}

// Client is what a [Directory] needs of an *organizations.Client: what its role must allow.
type Client interface {
	DescribeAccount(context.Context, *organizations.DescribeAccountInput, ...func(*organizations.Options)) (*organizations.DescribeAccountOutput, error)
}

var _ Client = (*organizations.Client)(nil)

// Names gives the names of accounts by id, and the accounts that are not in the organization. Neither may be changed.
func (d *Directory) Names() (names map[string]string, strangers map[string]bool) {
	names, strangers = d.Configured, map[string]bool{}
	copied := false
	for id, f := range d.cached {
		switch {
		case !f.Until.After(time.Now()):
			delete(d.cached, id)
		case f.Name == "":
			strangers[id] = true
		default:
			if !copied { // Listed stays as it is
				names, copied = make(map[string]string, len(d.Configured)+len(d.cached)), true
				maps.Copy(names, d.Configured)
			}
			names[id] = f.Name
		}
	}
	return names, strangers
}

// Resolve finds out what accounts are called, as far as that can be done within 2 seconds, and says whether it found out anything. What it
// could not find out it may at the next time.
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

// unresolved leaves of the ids those that something can be found out about now, each once.
func (d *Directory) unresolved(ids []string) []string {
	if d.cached == nil {
		d.cached = map[string]account{}
	}
	if !d.paused() {
		d.postponed = map[string]bool{}
	}
	names, strangers := d.Names()
	var unknown []string
	seen := map[string]bool{}
	for _, id := range ids {
		if _, named := names[id]; !named && !strangers[id] && !seen[id] && !d.postponed[id] {
			seen[id] = true
			unknown = append(unknown, strings.Clone(id)) // it is a part of an event, which it would keep
		}
	}
	return unknown
}

// request asks AWS Organizations, and keeps its answers. The first question goes alone: where it is refused, so would the others be.
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
