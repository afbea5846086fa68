package contract

import (
	"encoding/json"
	"fmt"
	"maps"
	"testing"
	"time"
)

const (
	a, b   = "111111111111", "222222222222"
	region = "eu-west-1"
)

var start = time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)

// world is forwarders in a simulated time, which is looked at every 15 minutes, as the notifier
// does.
type world struct {
	t     *testing.T
	watch HeartbeatWatch
	known map[string]AccountHeartbeats
	now   time.Time
	// stopped are the forwarders that send nothing.
	stopped map[string]bool
	senders map[[2]string]time.Duration // when in each hour each sends
	reports []string
}

func newWorld(t *testing.T, watch HeartbeatWatch) *world {
	return &world{t: t, watch: watch, known: map[string]AccountHeartbeats{}, now: start, stopped: map[string]bool{}, senders: map[[2]string]time.Duration{}}
}

// advance lets time pass, minute by minute.
func (w *world) advance(d time.Duration) {
	for end := w.now.Add(d); w.now.Before(end); w.now = w.now.Add(time.Minute) {
		for who, minute := range w.senders {
			if !w.stopped[who[0]] && !w.stopped[who[0]+" "+who[1]] && w.now.Sub(start)%time.Hour == minute && w.watch.Watches(who[0], who[1]) {
				if w.known[who[0]] == nil {
					w.known[who[0]] = AccountHeartbeats{}
				}
				w.known[who[0]].Record(who[1], w.now)
			}
		}
		if w.now.Minute()%15 == 0 {
			w.check()
		}
	}
}

func (w *world) check() {
	before := ""
	small := len(w.senders) < 10 // with many, it takes seconds
	if small {
		before = fmt.Sprint(w.known)
	}
	next, r := w.watch.Check(w.known, w.now)
	if small {
		if after := fmt.Sprint(w.known); after != before {
			w.t.Fatalf("it changed what it was given from %s to %s", before, after)
		}
		if again, r := w.watch.Check(next, w.now); !r.Empty() || fmt.Sprint(again) != fmt.Sprint(next) {
			w.t.Fatalf("a second check posts again: %+v", r)
		}
	}
	w.known = next
	if !r.Empty() {
		w.reports = append(w.reports, fmt.Sprintf("%s silent %d back %d still %d of %d", w.now.Sub(start), len(r.Silent), len(r.Recovered), r.StillSilent, r.Total()))
	}
}

func (w *world) expect(want ...string) {
	w.t.Helper()
	if fmt.Sprint(w.reports) != fmt.Sprint(want) {
		w.t.Errorf("posted\n%q, want\n%q", w.reports, want)
	}
	w.reports = nil
}

func TestSilenceAndRecoveryArePostedOnce(t *testing.T) {
	w := newWorld(t, HeartbeatWatch{Period: time.Hour, Expected: map[string][]string{a: {region}, b: {region}}})
	w.senders = map[[2]string]time.Duration{{a, region}: 7 * time.Minute, {b, region}: 40 * time.Minute}
	w.advance(10 * time.Hour)
	w.expect()
	w.stopped[a] = true // last heartbeat at 9:07
	w.advance(20 * time.Hour)
	w.expect("11h30m0s silent 1 back 0 still 1 of 2")
	w.stopped[a] = false // heartbeat at 30:07
	w.advance(10 * time.Hour)
	w.expect("30h15m0s silent 0 back 1 still 0 of 2")
	w.stopped[a] = true // and it may fall silent again
	w.advance(5 * time.Hour)
	w.expect("41h30m0s silent 1 back 0 still 1 of 2")
}

// many are 100 accounts with 17 Regions, whose heartbeats are spread over the hour.
func many(t *testing.T, expected bool) *world {
	w := newWorld(t, HeartbeatWatch{Period: time.Hour, Others: !expected})
	for i := range 100 {
		account := fmt.Sprintf("%012d", i+1)
		for j := range 17 {
			region := fmt.Sprintf("region-%d", j)
			w.senders[[2]string{account, region}] = time.Duration((i*17+j)%60) * time.Minute
			if expected {
				if w.watch.Expected == nil {
					w.watch.Expected = map[string][]string{}
				}
				w.watch.Expected[account] = append(w.watch.Expected[account], region)
			}
		}
	}
	return w
}

// A broken policy of the central bus is one message, not 1,700, and so is its end.
func TestWhatBreaksForAllIsOneMessage(t *testing.T) {
	for _, expected := range []bool{true, false} {
		w := many(t, expected)
		w.advance(5*time.Hour + 23*time.Minute)
		w.expect()
		for who := range w.senders {
			w.stopped[who[0]] = true
		}
		w.advance(24 * time.Hour)
		w.expect("6h45m0s silent 1700 back 0 still 1700 of 1700")
		clear(w.stopped)
		w.advance(24 * time.Hour)
		w.expect("30h30m0s silent 0 back 1700 still 0 of 1700")
	}
}

// Forwarders that stay silent do not keep the recovery of others from being posted.
func TestSomeComeBackAndOthersDoNot(t *testing.T) {
	w := many(t, true)
	w.advance(5 * time.Hour)
	for who := range w.senders {
		w.stopped[who[0]] = true
	}
	w.advance(5 * time.Hour)
	w.reports = nil
	clear(w.stopped)
	w.stopped["000000000001"], w.stopped["000000000002 region-3"] = true, true
	w.advance(24 * time.Hour)
	w.expect("11h15m0s silent 0 back 1682 still 18 of 1700")
	clear(w.stopped)
	w.advance(24 * time.Hour)
	w.expect("34h30m0s silent 0 back 18 still 0 of 1700")
}

func TestTheFirstDeploymentReportsNoSilence(t *testing.T) {
	w := newWorld(t, HeartbeatWatch{Period: time.Hour, Expected: map[string][]string{a: {region}, b: {region}}})
	w.senders = map[[2]string]time.Duration{{a, region}: 50 * time.Minute}
	w.advance(2 * time.Hour)
	w.expect()
	w.advance(24 * time.Hour) // b was never deployed
	w.expect("2h30m0s silent 1 back 0 still 1 of 2")
	next, r := w.watch.Check(w.known, w.now)
	if next[b][region].LastHeartbeat != 0 || r.Healthy != 1 {
		t.Errorf("%+v, %d heard", next[b], r.Healthy)
	}
}

func TestOneThatIsRemovedOnPurposeIsForgotten(t *testing.T) {
	w := newWorld(t, HeartbeatWatch{Period: time.Hour, Expected: map[string][]string{a: {region, "us-east-1"}, b: {region}}})
	w.senders = map[[2]string]time.Duration{{a, region}: 1 * time.Minute, {a, "us-east-1"}: 2 * time.Minute, {b, region}: 3 * time.Minute}
	w.advance(5 * time.Hour)
	w.watch.Expected = map[string][]string{a: {region}}
	w.advance(10 * time.Hour)
	w.expect()
	if !maps.Equal(w.known[a], AccountHeartbeats{region: w.known[a][region]}) || len(w.known[b]) != 0 {
		t.Errorf("still known: %v", w.known)
	}
	w.stopped["222222222222"] = true
	w.watch.Expected[b] = []string{region} // back in the file, a long time later: it has time again
	w.advance(2 * time.Hour)
	w.expect()
}

func TestOthersAreWatchedFromTheirFirstHeartbeat(t *testing.T) {
	w := newWorld(t, HeartbeatWatch{Period: time.Hour, Expected: map[string][]string{a: {region}}, Others: true})
	w.senders = map[[2]string]time.Duration{{a, region}: 1 * time.Minute, {b, region}: 2 * time.Minute}
	w.advance(5 * time.Hour)
	w.expect()
	w.stopped[b] = true
	w.advance(5 * time.Hour)
	w.expect("6h30m0s silent 1 back 0 still 1 of 2")
}

func TestOneLostHeartbeatIsNoSilence(t *testing.T) {
	w := newWorld(t, HeartbeatWatch{Period: time.Hour, Expected: map[string][]string{a: {region}}})
	w.senders = map[[2]string]time.Duration{{a, region}: 1 * time.Minute}
	w.advance(5 * time.Hour)
	w.stopped[a] = true
	w.advance(time.Hour)
	w.stopped[a] = false
	w.advance(5 * time.Hour)
	w.expect()
}

func TestRecord(t *testing.T) {
	account := AccountHeartbeats{}
	if !account.Record(region, start) || account.Record(region, start) || account.Record(region, start.Add(-time.Minute)) || !account.Record(region, start.Add(time.Minute)) {
		t.Error("a heartbeat that comes twice, or late, is news")
	}
	if account[region].LastHeartbeat != start.Add(time.Minute).Unix() {
		t.Errorf("%+v", account)
	}
	looked := AccountHeartbeats{region: {LastHeartbeat: 1, SilencePosted: 5}}
	looked.Merge(AccountHeartbeats{region: {LastHeartbeat: 7}, "us-east-1": {LastHeartbeat: 8}})
	if looked[region] != (RegionHeartbeat{LastHeartbeat: 7, SilencePosted: 5}) || looked["us-east-1"] != (RegionHeartbeat{LastHeartbeat: 8}) {
		t.Errorf("merged: %+v", looked)
	}
}

// A saved account of 17 Regions must cost one write unit of DynamoDB, which is 1 KB.
func TestAnAccountIsShort(t *testing.T) {
	account := AccountHeartbeats{}
	for i := range 17 {
		account[fmt.Sprintf("ap-southeast-%d", i)] = RegionHeartbeat{LastHeartbeat: start.Unix(), ExpectedSince: start.Unix()}
	}
	if text, err := json.Marshal(account); err != nil || len(text) > 1000 {
		t.Errorf("%d bytes, allowed: 1,000 (%v)", len(text), err)
	}
}
