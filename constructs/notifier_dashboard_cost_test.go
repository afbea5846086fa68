package constructs

import (
	"go/ast"
	"go/parser"
	"go/token"
	"math"
	"regexp"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/trailbus/trailbus/internal/contract"
	"github.com/trailbus/trailbus/internal/cost"
)

// metricMath computes metric math as far as costTerms uses it, on values of consecutive days: a scalar is one value, and counts as every
// day's. https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
type metricMath struct {
	t      *testing.T
	days   []time.Time
	series map[string][]float64
}

func (m *metricMath) compute(expression string) []float64 {
	m.t.Helper()
	parsed, err := parser.ParseExpr(expression) // what is used of it is written as in Go
	if err != nil {
		m.t.Fatalf("%s: %v", expression, err)
	}
	return m.of(parsed)
}

func (m *metricMath) of(e ast.Expr) []float64 {
	switch e := e.(type) {
	case *ast.ParenExpr:
		return m.of(e.X)
	case *ast.BasicLit:
		value, err := strconv.ParseFloat(e.Value, 64)
		if err != nil || e.Kind == token.FLOAT && regexp.MustCompile(`[eE]`).MatchString(e.Value) {
			m.t.Fatalf("%s is no number", e.Value)
		}
		return []float64{value}
	case *ast.Ident:
		series, ok := m.series[e.Name]
		if !ok {
			m.t.Fatalf("nothing is named %s", e.Name)
		}
		return series
	case *ast.BinaryExpr:
		return m.each(func(v []float64) float64 {
			switch e.Op {
			case token.ADD:
				return v[0] + v[1]
			case token.SUB:
				return v[0] - v[1]
			case token.MUL:
				return v[0] * v[1]
			case token.QUO:
				return v[0] / v[1]
			case token.EQL:
				return map[bool]float64{true: 1}[v[0] == v[1]]
			case token.GTR:
				return map[bool]float64{true: 1}[v[0] > v[1]]
			}
			m.t.Fatalf("the test knows no %s", e.Op)
			return 0
		}, m.of(e.X), m.of(e.Y))
	case *ast.CallExpr:
		var args [][]float64
		for _, arg := range e.Args {
			args = append(args, m.of(arg))
		}
		return m.call(e.Fun.(*ast.Ident).Name, args)
	}
	m.t.Fatalf("the test knows no %T", e)
	return nil
}

func (m *metricMath) call(name string, args [][]float64) []float64 {
	dates := func(of func(time.Time) int) []float64 {
		if len(args) != 1 || len(args[0]) != len(m.days) {
			m.t.Fatalf("%s wants a time series", name)
		}
		var all []float64
		for _, day := range m.days {
			all = append(all, float64(of(day)))
		}
		return all
	}
	switch name {
	case "MONTH":
		return dates(func(d time.Time) int { return int(d.Month()) })
	case "DATE":
		return dates(time.Time.Day)
	case "EPOCH":
		return dates(func(d time.Time) int { return int(d.Unix()) })
	case "FILL":
		return m.each(func(v []float64) float64 {
			if math.IsNaN(v[0]) {
				return v[1]
			}
			return v[0]
		}, args...)
	case "IF":
		return m.each(func(v []float64) float64 {
			if v[0] != 0 {
				return v[1]
			}
			return v[2]
		}, args...)
	case "MAX":
		return []float64{slices.Max(args[0])}
	case "RUNNING_SUM":
		sum := 0.0
		var all []float64
		for _, v := range args[0] {
			sum += v
			all = append(all, sum)
		}
		return all
	}
	m.t.Fatalf("the test knows no function %s", name)
	return nil
}

func (m *metricMath) each(do func([]float64) float64, args ...[]float64) []float64 {
	n := 1
	for _, arg := range args {
		n = max(n, len(arg))
	}
	var all []float64
	for i := range n {
		var values []float64
		for _, arg := range args {
			values = append(values, arg[min(i, len(arg)-1)])
		}
		all = append(all, do(values))
	}
	return all
}

// On the last day of a month of 30 days the dashboard says what trailbus cost says, of the same counts; and nothing of the month before
// is in it.
func TestTheCostOfAMonthIsThatOfTheEstimate(t *testing.T) {
	for _, accounts := range []int{3, 5000} {
		usage := cost.Typical(accounts, 17)
		usage.Alarms, usage.Dashboards = 7, 1
		estimate := cost.New(usage, cost.ListPrices)
		quantity := map[string]float64{}
		for _, item := range estimate.Items {
			quantity[item.Name] += item.Quantity
		}
		m := &metricMath{t: t, series: map[string][]float64{}}
		last := time.Date(2026, 9, 30, 0, 0, 0, 0, time.UTC)
		for i := range 31 { // from 31 August
			m.days = append(m.days, last.AddDate(0, 0, i-30))
		}
		// The sum of these is what the estimate counts.
		sent, runs := quantity["Queue: events and heartbeats put in"], quantity["Notifier: runs"]
		bytes := quantity["Archive: put in, GB"] * 1e9
		empty := 5 * 24 * 60 * 60 / 20 * 30.0
		taken := (quantity["Queue: taken out, and asked in vain"] - empty - 2*runs) * 5
		for id, sum := range map[string]float64{"sent": sent, "runs": runs, "bytes": bytes, "empty": empty, "taken": taken,
			"ms": quantity["Notifier: GB-seconds"] * 1000, "writes": quantity["Table: writes"], "reads": quantity["Table: reads"], "logged": quantity["Logs, GB"] * 1e9} {
			if sum == 0 && id != "taken" {
				t.Fatalf("there is no %s in %v", id, quantity)
			}
			m.series[id] = append(m.series[id], 1e12) // of August
			for i := range 30 {
				value := sum / 30
				if i == 3 || i == 4 { // on one of two days nothing was counted
					value = map[int]float64{3: math.NaN(), 4: 2 * value}[i]
				}
				m.series[id] = append(m.series[id], value)
			}
		}
		for _, term := range costTerms(cost.ListPrices, usage.Alarms) {
			if m.series[term.id] != nil {
				t.Errorf("two are named %s", term.id)
			}
			m.series[term.id] = m.compute(term.expression)
			if len(term.expression) > 1024 || !regexp.MustCompile(`^[a-z][a-zA-Z0-9_]*$`).MatchString(term.id) {
				t.Errorf("CloudWatch does not take %s: %s", term.id, term.expression)
			}
		}
		used := estimate.PayFor("queue-request", "function-request", "function-time", "table-write", "table-read", "log-ingested", "archive-processed")
		kept := estimate.PayFor("secret", "metric", "alarm", "dashboard")
		senders := estimate.PayFor("bus-delivery") + bytes/1e9*0.02 // of the events; heartbeats have no bytes here
		for id, want := range map[string]float64{"senders": senders, "counted": used, "daily": kept, "total": senders + used + kept} {
			got := m.series[id][30]
			if math.Abs(got-want) > 1e-6 || want <= 0 {
				t.Errorf("%d accounts: %s is $%v, want $%v", accounts, id, got, want)
			}
			if (id == "senders" || id == "counted") && m.series[id][0] > got/1000 {
				t.Errorf("%d accounts: %s has $%v of the month before", accounts, id, m.series[id][0])
			}
		}
	}
	if contract.FunctionMemory != 1024 {
		t.Error("the GB-seconds above are those of 1 GB")
	}
}
