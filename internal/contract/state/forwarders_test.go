package state

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/trailbus/trailbus/internal/contract"
)

func save(t *testing.T, store Store, key string, version int64, value any) {
	t.Helper()
	data, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	if ok, err := store.Save(t.Context(), key, version, data, time.Now().Add(time.Hour)); err != nil || !ok {
		t.Fatal(ok, err)
	}
}

const a, b = "111111111111", "222222222222"

func filled(t *testing.T) Store {
	store := &Memory{}
	save(t, store, contract.HeartbeatAccountsKey, 0, []string{a, b, "333333333333"})
	save(t, store, contract.HeartbeatsKey(a), 0, contract.AccountHeartbeats{"eu-west-1": {LastHeartbeat: 1}, "us-east-1": {LastHeartbeat: 2}})
	save(t, store, contract.HeartbeatsKey(b), 0, contract.AccountHeartbeats{"us-east-1": {LastHeartbeat: 3}})
	return store
}

func known(t *testing.T, store Store) map[string][]string {
	t.Helper()
	all, err := Forwarders(t.Context(), store)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string][]string{}
	for account, regions := range all {
		found[account] = slices.Sorted(maps.Keys(regions))
	}
	return found
}

func TestOnlyNamedRegionsAreForgotten(t *testing.T) {
	for name, test := range map[string]struct {
		account string
		regions []string
		want    map[string][]string
	}{
		"a Region":             {a, []string{"eu-west-1"}, map[string][]string{a: {"us-east-1"}, b: {"us-east-1"}}},
		"an account":           {a, nil, map[string][]string{b: {"us-east-1"}}},
		"what is not known":    {a, []string{"eu-north-1"}, map[string][]string{a: {"eu-west-1", "us-east-1"}, b: {"us-east-1"}}},
		"an account not known": {"444444444444", nil, map[string][]string{a: {"eu-west-1", "us-east-1"}, b: {"us-east-1"}}},
	} {
		store := filled(t)
		if err := ForgetForwarders(t.Context(), store, test.account, test.regions...); err != nil {
			t.Fatal(err)
		}
		if got := known(t, store); !maps.EqualFunc(got, test.want, slices.Equal) {
			t.Errorf("%s: %v is left, want %v", name, got, test.want)
		}
	}
}

// busy writes a heartbeat between what is loaded and what is saved.
type busy struct {
	Store
	t     *testing.T
	times int
}

func (s *busy) Save(ctx context.Context, key string, version int64, data []byte, expires time.Time) (bool, error) {
	if s.times--; s.times >= 0 {
		save(s.t, s.Store, key, version, contract.AccountHeartbeats{"eu-west-1": {LastHeartbeat: 9}, "us-east-1": {LastHeartbeat: 9}})
	}
	return s.Store.Save(ctx, key, version, data, expires)
}

func TestAHeartbeatThatComesMeanwhileIsNotLost(t *testing.T) {
	store := filled(t)
	if err := ForgetForwarders(t.Context(), &busy{store, t, 2}, a, "eu-west-1"); err != nil {
		t.Fatal(err)
	}
	all, err := Forwarders(t.Context(), store)
	if err != nil || len(all[a]) != 1 || all[a]["us-east-1"].LastHeartbeat != 9 {
		t.Errorf("known is %v (%v)", all[a], err)
	}
	if err := ForgetForwarders(t.Context(), &busy{store, t, 1000}, a); err == nil {
		t.Error("it is said to be forgotten, and it is not")
	}
}

func TestWhatIsNoJSONIsAnError(t *testing.T) {
	store := &Memory{}
	save(t, store, contract.HeartbeatAccountsKey, 0, "x")
	if _, err := Forwarders(t.Context(), store); err == nil {
		t.Error("no error")
	}
}
