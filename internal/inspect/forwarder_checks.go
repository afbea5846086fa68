package inspect

import (
	"context"
	"slices"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/account"
	"github.com/aws/aws-sdk-go-v2/service/account/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"golang.org/x/sync/errgroup"

	"github.com/trailbus/trailbus/internal/contract"
	"github.com/trailbus/trailbus/internal/inspect/deployed"
	"github.com/trailbus/trailbus/internal/inspect/doctor"
)

// Workers is how many accounts, and then how many Regions, are checked at a time. A Region takes
// some 15 calls, one after the other.
const Workers = 48

// ForwarderChecks checks the forwarders of accounts.
type ForwarderChecks struct {
	Sessions *Sessions
	Wanted   *doctor.Wanted
	Accounts []doctor.Account
	// Watch says when heartbeats are due, and Known when the last ones arrived. Default for Known:
	// heartbeats are not checked.
	Watch *contract.HeartbeatWatch
	Known map[string]contract.AccountHeartbeats
	// Global is the Region in which global services are recorded.
	Global string
	// Now is the time by which heartbeats are due.
	Now time.Time

	done, total atomic.Int64
}

// Progress says how many accounts and Regions are checked, and how many there are.
func (l *ForwarderChecks) Progress() (done, total int) {
	return int(l.done.Load()), int(l.total.Load())
}

// accountCheck is the state of an account while its Regions are checked.
type accountCheck struct {
	account  *doctor.Account
	config   aws.Config
	roles    *iam.Client
	trails   *trails
	findings []doctor.Finding
	skip     bool // there is no access
}

// Run checks all accounts. Its only error is that of ctx.
func (l *ForwarderChecks) Run(ctx context.Context) ([]doctor.Finding, error) {
	visits := make([]*accountCheck, len(l.Accounts))
	regions := 0
	for i := range l.Accounts {
		visits[i] = &accountCheck{account: &l.Accounts[i]}
		regions = max(regions, len(l.Accounts[i].Regions))
		l.total.Add(int64(1 + len(l.Accounts[i].Regions)))
	}
	var entering, asking errgroup.Group
	entering.SetLimit(Workers)
	for _, v := range visits {
		entering.Go(func() error {
			l.enterAccount(ctx, v)
			l.done.Add(1)
			return nil
		})
	}
	_ = entering.Wait()
	// The first Region of each account, then the second: so concurrent calls go to different
	// accounts, each with its own rate limits.
	type place struct {
		*accountCheck
		region   string
		findings []doctor.Finding
	}
	var places []*place
	for i := range regions {
		for _, v := range visits {
			if i < len(v.account.Regions) {
				places = append(places, &place{accountCheck: v, region: v.account.Regions[i]})
			}
		}
	}
	asking.SetLimit(Workers)
	for _, p := range places {
		asking.Go(func() error {
			if !p.skip && ctx.Err() == nil {
				p.findings = l.checkRegion(ctx, p.accountCheck, p.region)
			}
			l.done.Add(1)
			return nil
		})
	}
	_ = asking.Wait()
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	var all []doctor.Finding
	found := map[string][]doctor.Finding{}
	for _, p := range places {
		found[p.account.ID] = append(found[p.account.ID], p.findings...)
	}
	for _, v := range visits {
		all = append(all, v.findings...)
		all = append(all, doctor.Consolidate(v.account, found[v.account.ID])...)
	}
	return all, nil
}

// enterAccount assumes the role of an account and checks its enabled Regions.
func (l *ForwarderChecks) enterAccount(ctx context.Context, v *accountCheck) {
	at := doctor.Place{Account: v.account.ID}
	config, err := l.Sessions.ForAccount(ctx, v.account.ID)
	if err != nil {
		v.skip, v.findings = true, []doctor.Finding{at.Unreached(v.account, err)}
		return
	}
	v.config, v.roles, v.trails = config, iam.NewFromConfig(withRegion(config, l.Global)), &trails{config: config}
	enabled, err := enabledRegions(ctx, withRegion(config, l.Global))
	if err != nil {
		v.findings = []doctor.Finding{at.Warn(doctor.Region, "%v", err)}
		return
	}
	v.findings = doctor.CheckRegions(v.account, enabled)
}

// enabledRegions lists the Regions that are enabled in an account.
func enabledRegions(ctx context.Context, config aws.Config) ([]string, error) {
	pages := account.NewListRegionsPaginator(account.NewFromConfig(config),
		&account.ListRegionsInput{MaxResults: aws.Int32(50),
			RegionOptStatusContains: []types.RegionOptStatus{types.RegionOptStatusEnabled, types.RegionOptStatusEnabledByDefault,
				types.RegionOptStatusEnabling}})
	var all []string
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, deployed.Explain("asking for the enabled Regions", "account:ListRegions", err)
		}
		for _, region := range page.Regions {
			all = append(all, aws.ToString(region.RegionName))
		}
	}
	slices.Sort(all)
	return all, nil
}

// checkRegion checks one Region of an account.
func (l *ForwarderChecks) checkRegion(ctx context.Context, v *accountCheck, region string) []doctor.Finding {
	at := doctor.Place{Account: v.account.ID, Region: region}
	all := l.Wanted.CheckForwarder(at, FindForwarder(ctx, withRegion(v.config, region), v.roles, l.Wanted.CentralBus))
	if trails, err := v.trails.inRegion(ctx, region); err != nil {
		all = append(all, at.Warn(doctor.TrailLogs, "%v", err))
	} else {
		all = append(all, l.Wanted.CheckTrails(at, trails, l.Global)...)
	}
	if l.Known != nil {
		all = append(all, doctor.CheckHeartbeat(at, l.Watch, l.Known[at.Account], l.Now)...)
	}
	return all
}
