package verify

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/trailbus/trailbus/internal/contract"
	"github.com/trailbus/trailbus/internal/contract/state"
)

// far is AWS at a distance: each call takes 50 ms, and a probe arrives 1.1 s after it was put, as
// it does where nothing else waits.
type far struct{ state.Memory }

const call = 50 * time.Millisecond

func (f *far) Send(_ context.Context, account, region, id string) (time.Time, error) {
	begun := time.Now()
	time.Sleep(call)
	time.AfterFunc(1100*time.Millisecond-call, func() {
		data, _ := json.Marshal(contract.ProbeRecord{At: time.Now().UnixMilli()})
		f.Save(context.Background(), contract.ProbeKey(id, account, region), 0, data, time.Now().Add(contract.ProbesKept))
	})
	return begun, nil
}

// Load is as many calls as the table makes: 100 keys each, ten at a time.
func (f *far) Load(ctx context.Context, keys []string) (map[string]state.Entry, error) {
	time.Sleep(call * time.Duration(1+len(keys)/1000))
	return f.Memory.Load(ctx, keys)
}

// BenchmarkVerify is how long a verification takes from the first probe to the last answer.
func BenchmarkVerify(b *testing.B) {
	for _, n := range []int{10, 170, 1700, 8500} {
		b.Run(fmt.Sprint(n, "-forwarders"), func(b *testing.B) {
			var all []Forwarder
			for i := range n {
				all = append(all, Forwarder{fmt.Sprintf("%012d", i/17), "", fmt.Sprint("region-", i%17)})
			}
			for b.Loop() {
				f := &far{}
				report, err := (&Verify{Sender: f, State: f, Forwarders: all, Timeout: time.Minute}).Run(b.Context())
				if err != nil || report.Arrived != n {
					b.Fatalf("%v, %+v", err, report)
				}
			}
		})
	}
}
