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
	// keptFor is how long a name is kept, strangerFor how long it is kept that an account is not in the organization: it may be about to
	// join it.
	keptFor     = 7 * 24 * time.Hour
	strangerFor = time.Hour

	// asking is how long an answer of AWS Organizations may take, learning how long all of them may: people are waiting for the message.
	asking   = time.Second
	learning = 2 * time.Second
	// atOnce is how many questions are asked at a time, most how many in one run. Parameters that a stranger chooses may name many
	// accounts, and AWS Organizations throttles the whole organization
	// (https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html).
	atOnce = 5
	most   = 20

	// deniedFor is how long nothing is asked after AWS Organizations refused to tell this account anything, failedFor how long after it
	// did not answer.
	deniedFor = time.Hour
	failedFor = time.Minute
)

// Directory knows accounts. Its zero value knows none and finds none out. It is used by one goroutine.
type Directory struct {
	// Listed are the names of the configuration by account id. Nobody asks for these.
	Listed map[string]string
	// Client is an *organizations.Client of the management account or of a delegated administrator: AWS Organizations tells no other
	// account (https://docs.aws.amazon.com/organizations/latest/APIReference/API_DescribeAccount.html).
	Client Client
	// State keeps what was found out.
	State state.Store
	// Log takes a warning when AWS Organizations does not tell, and then none until it is asked again.
	Log *slog.Logger

	found map[string]finding
	// pausedUntil is when AWS Organizations may be asked again, missed the accounts that wait for it.
	pausedUntil time.Time
	missed      map[string]bool
	// answered says that AWS Organizations has told this process something before.
	answered bool
}

// Client is what a [Directory] needs of an *organizations.Client: what its role must allow.
type Client interface {
	DescribeAccount(context.Context, *organizations.DescribeAccountInput, ...func(*organizations.Options)) (*organizations.DescribeAccountOutput, error)
}

var _ Client = (*organizations.Client)(nil)

// Known gives the names of accounts by id, and the accounts that are not in the organization. Neither may be changed.
func (d *Directory) Known() (names map[string]string, strangers map[string]bool) {
	names, strangers = d.Listed, map[string]bool{}
	copied := false
	for id, f := range d.found {
		switch {
		case !f.Until.After(time.Now()):
			delete(d.found, id)
		case f.Name == "":
			strangers[id] = true
		default:
			if !copied { // Listed stays as it is
				names, copied = make(map[string]string, len(d.Listed)+len(d.found)), true
				maps.Copy(names, d.Listed)
			}
			names[id] = f.Name
		}
	}
	return names, strangers
}

// Learn finds out what accounts are called, as far as that can be done within 2 seconds, and says whether it found out anything. What it
// could not find out it may at the next time.
func (d *Directory) Learn(ctx context.Context, ids []string) bool {
	wanted := d.unknown(ids)
	if len(wanted) == 0 {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, learning)
	defer cancel()
	before := len(d.found)
	wanted = d.recall(ctx, wanted)
	if !d.paused() {
		d.ask(ctx, wanted[:min(most, len(wanted))])
	}
	if d.paused() {
		for _, id := range wanted {
			d.missed[id] = true
		}
	}
	return len(d.found) > before
}

func (d *Directory) paused() bool { return d.pausedUntil.After(time.Now()) }

// unknown leaves of the ids those that something can be found out about now, each once.
func (d *Directory) unknown(ids []string) []string {
	if d.found == nil {
		d.found = map[string]finding{}
	}
	if !d.paused() {
		d.missed = map[string]bool{}
	}
	names, strangers := d.Known()
	var unknown []string
	seen := map[string]bool{}
	for _, id := range ids {
		if _, named := names[id]; !named && !strangers[id] && !seen[id] && !d.missed[id] {
			seen[id] = true
			unknown = append(unknown, strings.Clone(id)) // it is a part of an event, which it would keep
		}
	}
	return unknown
}

// ask asks AWS Organizations, and keeps its answers. The first question goes alone: where it is refused, so would the others be.
func (d *Directory) ask(ctx context.Context, ids []string) {
	if len(ids) == 0 {
		return
	}
	if !d.answered {
		d.take(ids[:1], []answer{d.describe(ctx, ids[0])})
		if ids = ids[1:]; !d.answered {
			return
		}
	}
	answers := make([]answer, len(ids))
	var group errgroup.Group
	group.SetLimit(atOnce)
	for i, id := range ids {
		group.Go(func() error {
			answers[i] = d.describe(ctx, id)
			return nil
		})
	}
	_ = group.Wait()
	d.take(ids, answers)
}
