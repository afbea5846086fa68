package cost

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/trailbus/trailbus/cmd/trailbus/internal/cli"
)

// backtestReport is what the cost wants to know of the JSON that `trailbus backtest --json` writes.
type backtestReport struct {
	Days     float64 `json:"days"`
	Messages float64 `json:"messages"`
	// Unwanted are the events that forwarders send and no rule wants.
	Unwanted *float64 `json:"forwardedUnwanted"`
	Rules    []struct {
		Muted float64 `json:"muted"`
	} `json:"rules"`
}

// perDay are the events that are sent, and those that are posted. An event that two rules mute
// counts twice: there may be fewer.
func (b *backtestReport) perDay() (events, messages float64) {
	sent := b.Messages + *b.Unwanted
	for _, rule := range b.Rules {
		sent += rule.Muted
	}
	return sent / b.Days, b.Messages / b.Days
}

// maxBacktest is far more than a backtest of every rule and account writes, in bytes.
const maxBacktest = 1 << 28

// readBacktest reads the JSON of a backtest.
func readBacktest(s *cli.Streams, file string) (*backtestReport, error) {
	var b *backtestReport
	err := cli.EachFile(s, []string{file}, func(name string, in io.Reader) (bool, error) {
		found := backtestReport{}
		if err := json.NewDecoder(io.LimitReader(in, maxBacktest)).Decode(&found); err != nil {
			return false, fmt.Errorf("%s: found no JSON of trailbus backtest --json: %s", name, cli.DescribeJSONError(err))
		}
		switch {
		case found.Unwanted == nil:
			return false, fmt.Errorf("%s: found JSON that is not of trailbus backtest --json: it has no forwardedUnwanted", name)
		case !(found.Days > 0) || found.Messages < 0 || *found.Unwanted < 0:
			return false, fmt.Errorf("%s: found records of %v days, allowed: a backtest of records that have a time", name,
				found.Days)
		}
		b = &found
		return false, nil
	})
	return b, err
}
