package accounts

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/organizations/types"

	"github.com/trailbus/trailbus/internal/contract"
	"github.com/trailbus/trailbus/internal/contract/state"
)

const (
	listed   = "111111111111"
	ours     = "222222222222"
	other    = "333333333333"
	stranger = "999999999999"
)

// organization is AWS Organizations, with a mood.
type organization struct {
	names map[string]string
	err   error
	// refused are the accounts for which it denies the request.
	refused string
	takes   time.Duration

	mu              sync.Mutex
	asked           []string
	now, mostAtOnce int
}

func (o *organization) DescribeAccount(ctx context.Context, in *organizations.DescribeAccountInput, _ ...func(*organizations.Options)) (*organizations.DescribeAccountOutput, error) {
	id := *in.AccountId
	o.mu.Lock()
	o.asked = append(o.asked, id)
	o.now++
	o.mostAtOnce = max(o.mostAtOnce, o.now)
	o.mu.Unlock()
	defer func() { o.mu.Lock(); o.now--; o.mu.Unlock() }()
	select {
	case <-time.After(o.takes):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	name, ok := o.names[id]
	switch {
	case o.err != nil:
		return nil, o.err
	case id == o.refused:
		return nil, &types.AccessDeniedException{Message: aws.String("no")}
	case !ok:
		return nil, &types.AccountNotFoundException{Message: aws.String("none")}
	}
	return &organizations.DescribeAccountOutput{Account: &types.Account{Id: &id, Name: &name}}, nil
}

func newDirectory(o *organization, s state.Store) (*Directory, *bytes.Buffer) {
	log := &bytes.Buffer{}
	return &Directory{Configured: map[string]string{listed: "audit"}, Client: o, State: s, Log: slog.New(slog.NewTextHandler(log, nil))}, log
}

// resolve checks whether something was learned, and what was asked for it.
func resolve(t *testing.T, d *Directory, want bool, asked string, ids ...string) {
	t.Helper()
	o := d.Client.(*organization)
	o.asked = nil
	if got := d.Resolve(t.Context(), ids); got != want {
		t.Errorf("learned of %v: %t, want %t", ids, got, want)
	}
	slices.Sort(o.asked)
	if got := strings.Join(o.asked, " "); got != asked {
		t.Errorf("for %v it asked for %q, want %q", ids, got, asked)
	}
}

// checkNames checks what is known, as "id=name", and "id" for an external account.
func checkNames(t *testing.T, d *Directory, want ...string) {
	t.Helper()
	names, external := d.Names()
	var got []string
	for id, name := range names {
		got = append(got, id+"="+name)
	}
	got = append(got, slices.Collect(maps.Keys(external))...)
	slices.Sort(got)
	if external == nil || !slices.Equal(got, want) {
		t.Errorf("knows %q, want %q (external accounts %v)", got, want, external)
	}
}

// The names of the configuration come first, then what is remembered, then what AWS Organizations
// says, asked once for all processes.
func TestAccountsAreLookedUpOnce(t *testing.T) {
	o := &organization{names: map[string]string{listed: "not asked", ours: "payments", other: strings.Repeat("ä", 60)}}
	s := &state.Memory{}
	d, log := newDirectory(o, s)
	checkNames(t, d, listed+"=audit")
	resolve(t, d, false, "", listed)
	resolve(t, d, false, "")
	resolve(t, d, true, ours+" "+stranger, ours, listed, ours, stranger)
	long := strings.Repeat("ä", 50)
	checkNames(t, d, listed+"=audit", ours+"=payments", stranger)
	resolve(t, d, false, "", ours, stranger)
	resolve(t, d, true, other, ours, stranger, other)
	checkNames(t, d, listed+"=audit", ours+"=payments", other+"="+long, stranger)

	second, secondLog := newDirectory(o, s)
	resolve(t, second, true, "", ours, other, stranger)
	checkNames(t, second, listed+"=audit", ours+"=payments", other+"="+long, stranger)
	if log.Len()+secondLog.Len() > 0 || len(d.Configured) != 1 {
		t.Errorf("logged %s%s; listed are %v", log, secondLog, d.Configured)
	}
}

// A name is kept for a week, and an external account for an hour, in this process and in others.
func TestAccountsExpire(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := &organization{names: map[string]string{ours: "payments"}}
		s := &state.Memory{}
		d, _ := newDirectory(o, s)
		resolve(t, d, true, ours+" "+stranger, ours, stranger)
		time.Sleep(59 * time.Minute)
		late, _ := newDirectory(o, s)
		resolve(t, late, true, "", stranger)
		time.Sleep(time.Minute)
		o.names = map[string]string{ours: "billing", stranger: "joined"}
		checkNames(t, late, listed+"=audit") // no longer than the one who asked
		checkNames(t, d, listed+"=audit", ours+"=payments")
		resolve(t, d, true, stranger, ours, stranger)
		checkNames(t, d, listed+"=audit", ours+"=payments", stranger+"=joined")
		time.Sleep(7 * 24 * time.Hour)
		checkNames(t, d, listed+"=audit")
		resolve(t, d, true, ours, ours)
		checkNames(t, d, listed+"=audit", ours+"=billing")
	})
}

// Where this account may not ask, it asks once an hour, and says so once.
func TestDenied(t *testing.T) {
	for name, err := range map[string]error{
		"no permission":   &types.AccessDeniedException{Message: aws.String("You don't have permissions to access this resource.")},
		"no organization": &types.AWSOrganizationsNotInUseException{},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := &organization{err: fmt.Errorf("operation error: %w", err), names: map[string]string{other: "payments"}}
				d, log := newDirectory(o, &state.Memory{})
				resolve(t, d, false, ours, ours, other)
				time.Sleep(59 * time.Minute)
				resolve(t, d, false, "", ours, other)
				checkNames(t, d, listed+"=audit")
				if n := strings.Count(log.String(), "level=WARN"); n != 1 || !strings.Contains(log.String(), "askedAgainIn=1h") {
					t.Errorf("%d warnings: %s", n, log)
				}
				time.Sleep(time.Minute)
				o.err = nil
				resolve(t, d, true, ours+" "+other, ours, other)
				checkNames(t, d, listed+"=audit", ours, other+"=payments")
			})
		})
	}
}

// A caller may choose the accounts that are looked up: a denied one does not cost the others their
// names for long.
func TestOneIsDenied(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := &organization{names: map[string]string{ours: "payments", other: "billing"}, refused: stranger}
		d, log := newDirectory(o, &state.Memory{})
		resolve(t, d, true, ours+" "+stranger, ours, stranger)
		resolve(t, d, false, "", other)
		time.Sleep(time.Minute)
		resolve(t, d, true, other, other)
		checkNames(t, d, listed+"=audit", ours+"=payments", other+"=billing")
		if !strings.Contains(log.String(), "askedAgainIn=1m") {
			t.Error(log)
		}
	})
}

// A run waits for answers for 2 seconds at most, and the next one does not request them again at
// once.
func TestAwayOrSlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := &organization{takes: time.Hour, names: map[string]string{ours: "payments"}}
		d, log := newDirectory(o, &state.Memory{})
		start := time.Now()
		resolve(t, d, false, ours, ours, other)
		if took := time.Since(start); took != time.Second {
			t.Errorf("it took %s", took)
		}
		resolve(t, d, false, "", ours)
		if n := strings.Count(log.String(), "level=WARN"); n != 1 || !strings.Contains(log.String(), "askedAgainIn=1m") {
			t.Errorf("%d warnings: %s", n, log)
		}
		time.Sleep(time.Minute)
		o.takes = 0
		resolve(t, d, true, ours, ours)
		// What came in time is kept.
		o.takes = 600 * time.Millisecond
		start = time.Now()
		var ids []string
		for i := range 40 {
			ids = append(ids, fmt.Sprintf("4000000000%02d", i))
		}
		before := len(d.cached)
		if !d.Resolve(t.Context(), ids) || time.Since(start) > 2*time.Second {
			t.Errorf("it took %s", time.Since(start))
		}
		if learned := len(d.cached) - before; learned != 15 || o.mostAtOnce != 5 {
			t.Errorf("it learned of %d, %d at a time", learned, o.mostAtOnce)
		}
	})
}

// The parameters of a call may name many accounts: one run looks up only some.
func TestManyAtOnce(t *testing.T) {
	o := &organization{}
	d, _ := newDirectory(o, &state.Memory{})
	var ids []string
	for i := range 50 {
		ids = append(ids, fmt.Sprintf("4000000000%02d", i))
	}
	for _, want := range []int{20, 40, 50, 50} {
		d.Resolve(t.Context(), ids)
		if _, external := d.Names(); len(external) != want || len(o.asked) != want {
			t.Errorf("%d asked for, %d known, want %d", len(o.asked), len(external), want)
		}
	}
	if o.mostAtOnce > 5 {
		t.Errorf("%d at a time", o.mostAtOnce)
	}
}

// broken is a state that is away.
type broken struct{ state.Store }

func (broken) Load(context.Context, []string) (map[string]state.Entry, error) {
	return nil, errors.New("away")
}
func (broken) Save(context.Context, string, int64, []byte, time.Time) (bool, error) {
	return false, errors.New("away")
}

func TestWithoutTheState(t *testing.T) {
	d, _ := newDirectory(&organization{names: map[string]string{ours: "payments", other: ""}}, broken{})
	resolve(t, d, true, ours, ours)
	checkNames(t, d, listed+"=audit", ours+"=payments")
	// One without a name keeps its number.
	resolve(t, d, false, other, other)
	checkNames(t, d, listed+"=audit", ours+"=payments")

	s := &state.Memory{}
	if ok, err := s.Save(t.Context(), contract.AccountNameKey(ours), 0, []byte("junk"), time.Now().Add(time.Hour)); !ok || err != nil {
		t.Fatal(ok, err)
	}
	d, _ = newDirectory(&organization{names: map[string]string{ours: "payments"}}, s)
	resolve(t, d, true, ours, ours)
	checkNames(t, d, listed+"=audit", ours+"=payments")
}
