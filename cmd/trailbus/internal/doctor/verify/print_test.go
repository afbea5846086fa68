package verify

import (
	"bytes"
	"strings"
	"testing"

	"github.com/trailbus/trailbus/cmd/trailbus/internal/cli"
)

// On a terminal the lines are coloured, and there alone.
func TestPrintColorsOnATerminalOnly(t *testing.T) {
	p50 := int64(1234)
	r := &Report{Arrived: 1, P50: &p50, P99: &p50, ClockSkew: 2500, Forwarders: []Result{
		{Forwarder: Forwarder{Account: "111111111111", Name: "security", Region: "us-east-1"}, Outcome: Arrived, Latency: 1234, Probe: 2},
		{Forwarder: Forwarder{Account: "222222222222", Name: "production", Region: "eu-central-1"}, Outcome: NotArrived, Probes: 4},
		{Forwarder: Forwarder{Account: "333333333333", Name: "x", Region: "us-east-1"}, Outcome: NotSent, Error: "no\x1b[2Jway\n"},
	}}
	want := `security    111111111111  us-east-1     [1.2 s (probe 2; none before it arrived)]
production  222222222222  eu-central-1  {not arrived (4 probes)}
x           333333333333  us-east-1     {not sent: no�[2Jway}
1 of 3 forwarders verified: half within 1.2 s (p50), 99 of 100 within 1.2 s (p99)
The clock of this machine and that of AWS differ by 2.5 s or more, and the times by as much.
` + r.Meanings()[0] + "\n"
	for _, color := range []bool{true, false} {
		var out bytes.Buffer
		printReport(&cli.Streams{Out: &cli.Output{To: &out}, Color: color}, r)
		marks := strings.NewReplacer("[1.2", "1.2", "arrived)]", "arrived)", "{", "", "}", "")
		if color {
			marks = strings.NewReplacer("[1.2", "\x1b[32m1.2", "arrived)]", "arrived)\x1b[0m", "{", "\x1b[31m", "}", "\x1b[0m")
		}
		if got, want := out.String(), marks.Replace(want); got != want {
			t.Errorf("got\n%q\nwant\n%q", got, want)
		}
	}
}
