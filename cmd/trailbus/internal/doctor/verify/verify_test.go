package verify

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/trailbus/trailbus/internal/contract"
	"github.com/trailbus/trailbus/internal/contract/state"
)

// world is AWS: what becomes of the probes of each forwarder, by account and Region. Where nothing
// is said they arrive after 1.2 seconds.
type world struct {
	state.Memory
	mu      sync.Mutex
	does    map[string]func(nth int) (arrives time.Duration, err error) // a duration below 0: never
	sent    map[string]int
	ids     map[string]bool
	sending int
	most    int // that were sent at a time
	skew    time.Duration
	loads   int
	fails   func(load int) error
}

func place(account, region string) string { return account + " " + region }

// lost never arrives, refused is never sent.
func lost(int) (time.Duration, error)    { return -1, nil }
func refused(int) (time.Duration, error) { return 0, errRefused }

var errRefused = errors.New("access denied")

func (w *world) Send(_ context.Context, account, region, id string) (time.Time, error) {
	w.mu.Lock()
	where := place(account, region)
	w.sending++
	w.most = max(w.most, w.sending)
	if w.sent == nil {
		w.sent, w.ids = map[string]int{}, map[string]bool{}
	}
	w.sent[where]++
	w.ids[id] = true
	arrives, err := 1200*time.Millisecond, error(nil)
	if do := w.does[where]; do != nil {
		arrives, err = do(w.sent[where])
	}
	w.mu.Unlock()
	begun := time.Now()
	time.Sleep(100 * time.Millisecond) // the answer of PutEvents
	w.mu.Lock()
	w.sending--
	w.mu.Unlock()
	if err == nil && arrives >= 0 {
		time.AfterFunc(arrives-time.Since(begun), func() {
			data, err := json.Marshal(contract.ProbeRecord{At: time.Now().Add(w.skew).UnixMilli()})
			if err != nil {
				panic(err)
			}
			w.Save(context.Background(), contract.ProbeKey(id, account, region), 0, data, time.Now().Add(contract.ProbesKept))
		})
	}
	return begun, err
}

func (w *world) Load(ctx context.Context, keys []string) (map[string]state.Entry, error) {
	w.mu.Lock()
	w.loads++
	n, fails := w.loads, w.fails
	w.mu.Unlock()
	if fails != nil {
		if err := fails(n); err != nil {
			return nil, err
		}
	}
	return w.Memory.Load(ctx, keys)
}

var four = []Forwarder{{"111111111111", "security", "eu-west-1"}, {"111111111111", "security", "us-east-1"}, {"222222222222", "production", "eu-west-1"}, {"222222222222", "production", "us-east-1"}}

// run verifies and says how long it took.
func run(t *testing.T, w *world, forwarders []Forwarder, timeout time.Duration) (*Report, time.Duration) {
	t.Helper()
	v := &Verify{Sender: w, State: w, Forwarders: forwarders, Timeout: timeout}
	start := time.Now()
	r, err := v.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Forwarders) != len(forwarders) || v.Done() != len(forwarders) {
		t.Fatalf("%d results, %d done, want %d", len(r.Forwarders), v.Done(), len(forwarders))
	}
	for i, f := range forwarders {
		if r.Forwarders[i].Forwarder != f {
			t.Errorf("result %d is of %v, want %v", i, r.Forwarders[i].Forwarder, f)
		}
	}
	return r, time.Since(start)
}

func outcomes(r *Report) (all []Outcome) {
	for _, f := range r.Forwarders {
		all = append(all, f.Outcome)
	}
	return all
}

func TestAllArrive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &world{does: map[string]func(int) (time.Duration, error){
			place("222222222222", "us-east-1"): func(int) (time.Duration, error) { return 3 * time.Second, nil },
		}}
		r, took := run(t, w, four, time.Minute)
		if got := outcomes(r); !slices.Equal(got, []Outcome{Arrived, Arrived, Arrived, Arrived}) || r.Arrived != 4 {
			t.Errorf("%v, %d arrived", got, r.Arrived)
		}
		for i, want := range []int64{1200, 1200, 1200, 3000} {
			if f := r.Forwarders[i]; f.Latency != want || f.Seen < want || f.Seen > want+500 || f.Probe != 0 || f.Probes != 0 || f.Error != "" {
				t.Errorf("%+v, want a latency of %d ms", f, want)
			}
		}
		if *r.P50 != 1200 || *r.P99 != 3000 || r.ClockSkew != 0 || r.Meanings() != nil {
			t.Errorf("%+v", r)
		}
		if took > 3600*time.Millisecond || len(w.ids) != 4 {
			t.Errorf("it took %s and %d probes", took, len(w.ids))
		}
	})
}

func TestProbesAreRepeatedUntilTheTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &world{does: map[string]func(int) (time.Duration, error){
			place("222222222222", "eu-west-1"): lost,
			// The rule takes no events yet when the first comes.
			place("111111111111", "us-east-1"): func(nth int) (time.Duration, error) {
				if nth == 1 {
					return -1, nil
				}
				return 2 * time.Second, nil
			},
		}}
		r, took := run(t, w, four, time.Minute)
		if got := outcomes(r); !slices.Equal(got, []Outcome{Arrived, Arrived, NotArrived, Arrived}) || r.Arrived != 3 {
			t.Errorf("%v", got)
		}
		// At the beginning, after 10 and after 30 seconds; the next would come after 70.
		if f := r.Forwarders[2]; f.Probes != 3 || w.sent[place("222222222222", "eu-west-1")] != 3 || took < time.Minute || took > time.Minute+time.Second {
			t.Errorf("%+v, after %s", f, took)
		}
		// The latency is that of the probe that arrived.
		if f := r.Forwarders[1]; f.Latency != 2000 || f.Probe != 2 || w.sent[place("111111111111", "us-east-1")] != 2 {
			t.Errorf("%+v", f)
		}
		if means := r.Meanings(); len(means) != 1 || !strings.HasPrefix(means[0], "The probe of production (222222222222) in eu-west-1 was put on") {
			t.Errorf("%q", means)
		}
	})
}

// What is late, in a queue that is long, is found by the probe that was late.
func TestLateProbeIsFound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		late := func(int) (time.Duration, error) { return 59900 * time.Millisecond, nil }
		w := &world{does: map[string]func(int) (time.Duration, error){place("111111111111", "eu-west-1"): late}}
		r, took := run(t, w, four[:1], time.Minute)
		if f := r.Forwarders[0]; f.Outcome != Arrived || f.Latency != 59900 || f.Probe != 0 || took > 61*time.Second {
			t.Errorf("%+v after %s", f, took)
		}
	})
}

func TestSendErrorsEndTheWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &world{does: map[string]func(int) (time.Duration, error){
			place("222222222222", "eu-west-1"): refused,
			// A role that was made a moment ago.
			place("222222222222", "us-east-1"): func(nth int) (time.Duration, error) {
				if nth < 3 {
					return 0, errRefused
				}
				return time.Second, nil
			},
		}}
		r, took := run(t, w, four, 2*time.Minute)
		if got := outcomes(r); !slices.Equal(got, []Outcome{Arrived, Arrived, NotSent, Arrived}) {
			t.Errorf("%v", got)
		}
		if f := r.Forwarders[2]; f.Error != errRefused.Error() || f.Probes != 0 || took > 35*time.Second {
			t.Errorf("%+v after %s", f, took)
		}
		if f := r.Forwarders[3]; f.Latency != 1000 || f.Probe != 0 || f.Error != "" {
			t.Errorf("%+v", f)
		}
		if r.Meanings() != nil {
			t.Errorf("%q", r.Meanings())
		}
	})
}

func TestSendersAreLimited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var many []Forwarder
		for account := range 100 {
			for region := range 17 {
				many = append(many, Forwarder{fmt.Sprintf("%012d", account), "", fmt.Sprint("region-", region)})
			}
		}
		w := &world{}
		r, took := run(t, w, many, 2*time.Minute)
		if r.Arrived != len(many) || w.most != maxSenders || len(w.ids) != len(many) {
			t.Errorf("%d arrived, %d at a time, %d probes", r.Arrived, w.most, len(w.ids))
		}
		// They are looked at while others are sent: 1,700 at 32 in a tenth of a second are 5.4
		// seconds.
		if took > 20*time.Second || *r.P99 != 1200 {
			t.Errorf("it took %s, p99 %d ms", took, *r.P99)
		}
	})
}

func TestClockSkew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, skew := range []time.Duration{-5 * time.Second, 5 * time.Second} {
			r, _ := run(t, &world{skew: skew}, four, time.Minute)
			if r.Arrived != 4 || r.ClockSkew < 3000 || r.ClockSkew > 5000 {
				t.Errorf("with %s: %d arrived, the skew is %d ms", skew, r.Arrived, r.ClockSkew)
			}
		}
	})
}

func TestNoProbeIsSentWithoutAReadableTable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &world{fails: func(int) error { return errRefused }}
		if r, err := (&Verify{Sender: w, State: w, Forwarders: four, Timeout: time.Minute}).Run(t.Context()); !errors.Is(err, errRefused) || r != nil || len(w.sent) != 0 {
			t.Errorf("%v, %v, %v", r, err, w.sent)
		}
	})
}

func TestPollErrorsAreRetried(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &world{fails: func(load int) error {
			if load == 2 || load == 3 {
				return errRefused
			}
			return nil
		}}
		if r, _ := run(t, w, four, time.Minute); r.Arrived != 4 {
			t.Errorf("%d arrived", r.Arrived)
		}
		w = &world{fails: func(load int) error {
			if load > 1 {
				return errRefused
			}
			return nil
		}}
		start := time.Now()
		if _, err := (&Verify{Sender: w, State: w, Forwarders: four, Timeout: time.Minute}).Run(t.Context()); !errors.Is(err, errRefused) || time.Since(start) > 5*time.Second {
			t.Errorf("%v after %s", err, time.Since(start))
		}
	})
}

func TestCancellation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 15*time.Second)
		defer cancel()
		w := &world{does: map[string]func(int) (time.Duration, error){place("111111111111", "eu-west-1"): lost}}
		start := time.Now()
		if _, err := (&Verify{Sender: w, State: w, Forwarders: four, Timeout: time.Minute}).Run(ctx); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) > 16*time.Second {
			t.Errorf("%v after %s", err, time.Since(start))
		}
	})
}

func TestMeanings(t *testing.T) {
	result := func(i int, o Outcome) Result { return Result{Forwarder: four[i], Outcome: o} }
	for name, test := range map[string]struct {
		results []Result
		want    []string // how each begins
	}{
		"all is well":          {[]Result{result(0, Arrived), result(1, Arrived)}, nil},
		"nothing arrives":      {[]Result{result(0, NotArrived), result(1, NotArrived), result(2, NotArrived), result(3, NotSent)}, []string{"None of the 3 probes that were sent arrived. Look at the middle"}},
		"the only one":         {[]Result{result(0, NotArrived)}, []string{"The probe of security (111111111111) in eu-west-1 was put"}},
		"an account":           {[]Result{result(0, Arrived), result(1, Arrived), result(2, NotArrived), result(3, NotArrived)}, []string{"No probe of production (222222222222) arrived."}},
		"an account and a one": {[]Result{result(0, Arrived), result(1, NotArrived), result(2, NotArrived), result(3, NotArrived)}, []string{"No probe of production (222222222222) arrived.", "The probe of security (111111111111) in us-east-1 was put"}},
		"not sent":             {[]Result{result(0, Arrived), result(1, NotSent)}, nil},
	} {
		r := &Report{Forwarders: test.results}
		for _, f := range test.results {
			if f.Outcome == Arrived {
				r.Arrived++
			}
		}
		got := r.Meanings()
		if len(got) != len(test.want) {
			t.Errorf("%s: %q", name, got)
			continue
		}
		for i, want := range test.want {
			if !strings.HasPrefix(got[i], want) {
				t.Errorf("%s: %q, want %q…", name, got[i], want)
			}
		}
	}
	many := &Report{Arrived: 1, Forwarders: []Result{result(0, Arrived)}}
	for i := range 9 {
		many.Forwarders = append(many.Forwarders, Result{Forwarder: Forwarder{fmt.Sprintf("%012d", i), "", "eu-west-1"}, Outcome: NotArrived})
	}
	if got := many.Meanings(); len(got) != 1 || !strings.Contains(got[0], "000000000004 in eu-west-1 and 4 more was") {
		t.Errorf("%q", got)
	}
}
