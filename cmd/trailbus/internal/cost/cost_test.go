package cost

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/trailbus/trailbus/internal/contract"
)

var update = flag.Bool("update", false, "write the table of the README")

// item is the one with a name, which must be there once.
func item(t *testing.T, e *Estimate, name string) Item {
	t.Helper()
	var found []Item
	for _, i := range e.Items {
		if i.Name == name {
			found = append(found, i)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%d items are named %q in %+v", len(found), name, e.Items)
	}
	return found[0]
}

func same(x, y float64) bool { return math.Abs(x-y) < 1e-9 }

// Examples that were worked out by hand, and those of AWS' own pages.
func TestWorkedExamples(t *testing.T) {
	small := Typical(100, 17)
	small.HeartbeatsPerDay, small.Alarms = 0, 5
	reads := small
	reads.EventsPerDay = 50e6 / 30.0
	copies := small
	copies.TrailCopiesPerDay = 150_000 / 30.0
	big := small
	big.EventKB = 65
	pipeline := small
	pipeline.Deployments, pipeline.PipelineActions, pipeline.Keys = 10, 50, 2
	dashboards := small
	dashboards.Dashboards = 4
	for _, test := range []struct {
		name           string
		usage          Usage
		item           string
		quantity, list float64
		pay            float64
	}{
		{"2,000 events a day", small, "Events delivered to the central bus", 60_000, 0.06, 0.06},
		{"2,000 events a day", small, "Queue: events and heartbeats put in", 60_000, 0.024, 0},
		{"2,000 events a day", small, "Notifier: runs", 60_000, 0.012, 0},
		{"2,000 events a day", small, "Notifier: GB-seconds", 31_200, 0.41600208, 0},
		{"2,000 events a day", small, "Slack secret", 1, 0.40, 0.40},
		{"2,000 events a day", small, "Alarms", 5, 0.50, 0},
		{"2,000 events a day of 2 KB", small, "Archive: put in, GB", 0.12, 0.012, 0.012},
		{"2,000 events a day of 2 KB", small, "Archive: kept, GB", 0.12, 0.00276, 0.00276},
		{"2,000 events a day of 2 KB", small, "Data between Regions, GB", 0.12, 0.0024, 0.0024},
		{"2,000 events a day, all posted", small, "Table: writes", 240_000, 0.15, 0.15},
		{"2,000 events a day, all posted", small, "Table: reads", 120_000, 0.015, 0.015},
		{"events above 64 KB", big, "Events delivered to the central bus", 120_000, 0.12, 0.12},
		{"events above 64 KB", big, "Queue: events and heartbeats put in", 120_000, 0.048, 0},
		{"50 M read-only events a month", reads, "Events delivered to the central bus", 50e6, 50, 50},
		{"50 M read-only events a month", reads, "Queue: events and heartbeats put in", 50e6, 20, 19.60},
		{"50 M read-only events a month", reads, "Notifier: runs", 5_184_000, 1.0368, 0.8368},
		{"1,700 hourly heartbeats", Typical(100, 17), "Heartbeats delivered to the central bus", 1_224_000, 1.224, 1.224},
		{"CloudTrail's example", copies, "Further copies of management events", 150_000, 3, 3},
		{"a pipeline", pipeline, "Pipeline: action minutes", 1000, 2, 1.80},
		{"a pipeline", pipeline, "Pipeline: build minutes", 140, 0.70, 0.20},
		{"a pipeline", pipeline, "KMS keys of one's own", 2, 2, 2},
		{"four dashboards, of which three are free", dashboards, "Dashboards", 4, 12, 3},
	} {
		got := item(t, New(test.usage, ListPrices), test.item)
		if !same(got.Quantity, test.quantity) || !same(got.List, test.list) || !same(got.Pay, test.pay) {
			t.Errorf("%s, %s: %v for $%v, to pay $%v; want %v for $%v, to pay $%v", test.name, test.item,
				got.Quantity, got.List, got.Pay, test.quantity, test.list, test.pay)
		}
	}
	e := New(small, ListPrices)
	sum := item(t, e, "Events delivered to the central bus").List + item(t, e, "Slack secret").List + item(t, e, "Alarms").List
	if !same(sum, 0.96) { // "about a dollar a month"
		t.Errorf("delivery, secret and alarms come to $%v", sum)
	}
	for _, absent := range e.Items {
		if slices.Contains([]string{"trail-copy", "key", "pipeline-minute", "build-minute", "dashboard"}, absent.PriceID) {
			t.Errorf("%s is there without its resource", absent.Name)
		}
	}
}

func TestTheFreeTierIsTakenOnceAndTheSumsAreThoseOfTheItems(t *testing.T) {
	for _, accounts := range []int{1, 3, 100, 5000} {
		e := New(Typical(accounts, 17), ListPrices)
		free := map[string]float64{}
		list, pay := 0.0, 0.0
		for _, i := range e.Items {
			free[i.PriceID] += i.Free
			list += i.List
			pay += i.Pay
			if i.Pay < 0 || i.Free < 0 || !same(i.Pay, i.List-i.Free) || i.PaidBy == "" {
				t.Errorf("%d accounts: %+v", accounts, i)
			}
		}
		for id, taken := range free {
			if price := ListPrices.Price(id); taken > price.Of(price.Free)+1e-9 {
				t.Errorf("%d accounts: $%v of the free tier of %s, which is %v", accounts, taken, id, price.Free)
			}
		}
		if !same(e.List, list) || !same(e.Pay, pay) || !same(e.Free, list-pay) || len(free) < 15 {
			t.Errorf("%d accounts: the sums are %v, %v and %v for %d prices", accounts, e.List, e.Free, e.Pay, len(free))
		}
	}
	// Put in and taken out are of one free tier: half of it is left for the second.
	u := Typical(1, 1)
	u.HeartbeatsPerDay, u.EventsPerDay, u.MessagesPerDay = 0, 500_000/30.0, 0
	e := New(u, ListPrices)
	if first, second := item(t, e, "Queue: events and heartbeats put in"), item(t, e, "Queue: taken out, and asked in vain"); !same(first.Pay, 0) || !same(second.Free, 0.20) {
		t.Errorf("%+v and %+v", first, second)
	}
}

// What is counted here is what is built there.
func TestFunctionAndMetricsMatchTheConstructs(t *testing.T) {
	if functionGB*1024 != contract.FunctionMemory || DefaultMetrics != len(contract.Metrics) {
		t.Errorf("%v GB and %d metrics, want %d MB and %d", float64(functionGB), DefaultMetrics, contract.FunctionMemory, len(contract.Metrics))
	}
}

func TestPricesHaveSources(t *testing.T) {
	if _, err := time.Parse(time.DateOnly, ListPrices.Date); err != nil {
		t.Error(err)
	}
	u := Typical(3, 17)
	u.TrailCopiesPerDay, u.Keys, u.Deployments, u.PipelineActions, u.Dashboards = 1, 1, 1, 1, 1
	var used []string
	for _, i := range New(u, ListPrices).Items {
		used = append(used, i.PriceID)
	}
	seen := map[string]bool{}
	verified := 0
	for _, p := range ListPrices.Prices {
		if seen[p.ID] || p.What == "" || p.Per <= 0 || p.Dollars < 0 || p.Free < 0 || !strings.HasPrefix(p.Source, "https://aws.amazon.com/") {
			t.Errorf("%+v is no price", p)
		}
		if !slices.Contains(used, p.ID) {
			t.Errorf("nothing costs %s", p.ID)
		}
		seen[p.ID] = true
		if p.Verified {
			verified++
		}
	}
	if verified == 0 || verified == len(seen) || len(seen) < 20 {
		t.Errorf("%d of %d prices are verified", verified, len(seen))
	}
	var strict Prices
	decoder := json.NewDecoder(bytes.NewReader(pricesJSON))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&strict); err != nil {
		t.Error(err)
	}
}

func TestFormat(t *testing.T) {
	for amount, want := range map[float64]string{0: "$0.00", 0.0004: "< $0.01", 0.005: "$0.01", 0.4: "$0.40", 1234.5: "$1,234.50", 1234567: "$1,234,567.00"} {
		if got := FormatDollars(amount); got != want {
			t.Errorf("%v is written %s, want %s", amount, got, want)
		}
	}
	for n, want := range map[float64]string{0: "0", 1: "1", 0.12: "0.120", 0.0001: "< 0.001", 1_224_000: "1,224,000", 648123.4: "648,123", 999: "999"} {
		if got := FormatNumber(n); got != want {
			t.Errorf("%v is written %s, want %s", n, got, want)
		}
	}
	for amount, want := range map[float64]string{0: "-", 0.001: "-$0.00", 0.5: "-$0.50"} {
		if got := formatDiscount(amount); got != want {
			t.Errorf("%v off is written %s, want %s", amount, got, want)
		}
	}
}

func TestPrintMarksUnverifiedPrices(t *testing.T) {
	var out bytes.Buffer
	if err := New(Typical(3, 17), ListPrices).Print(&out, ListPrices); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Slack secret* (central account)", "Events delivered to the central bus (sending accounts)", ListPrices.Date, "They are to be checked",
		"https://aws.amazon.com/sqs/pricing/", "* This price was not read on AWS' own page.", "not a bill", "in all"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
	if strings.Contains(out.String(), "codepipeline") {
		t.Error("it names the price of an absent pipeline")
	}
}

// The README has the table of three organizations.
func TestREADMEHasTheseCosts(t *testing.T) {
	const path, begin, end = "../../../../README.md", "<!-- go test ./cmd/trailbus/internal/cost -update -->\n", "<!-- end of costs -->\n"
	readme, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(readme), begin)
	_, after, also := strings.Cut(rest, end)
	if !found || !also {
		t.Fatal("the README has no place for costs")
	}
	var table strings.Builder
	writeMarkdown(&table, ListPrices, []string{"3 accounts", "100 accounts", "5,000 accounts"},
		[]*Estimate{New(Typical(3, 17), ListPrices), New(Typical(100, 17), ListPrices), New(Typical(5000, 17), ListPrices)})
	want := before + begin + table.String() + end + after
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if want != string(readme) {
		t.Errorf("the table differs; if it should, run: go test ./cmd/trailbus/internal/cost -update\n%s", table.String())
	}
}

// writeMarkdown writes estimates beside each other, as the README shows them. They must have the
// same items.
func writeMarkdown(to io.Writer, prices *Prices, heads []string, estimates []*Estimate) {
	fmt.Fprintf(to, "| a month | price | %s |\n| --- | --- |%s\n", strings.Join(heads, " | "), strings.Repeat(" ---: |", len(heads)))
	for i, item := range estimates[0].Items {
		if item.List == 0 {
			continue
		}
		price := prices.Price(item.PriceID)
		per := strconv.FormatFloat(price.Dollars, 'f', -1, 64)
		if price.Dollars >= 0.01 {
			per = strconv.FormatFloat(price.Dollars, 'f', max(2, len(per)-strings.Index(per+".", ".")-1), 64)
		}
		if price.Per > 1 {
			per += " for " + thousands(strconv.FormatFloat(price.Per, 'f', 0, 64))
		}
		fmt.Fprintf(to, "| %s | $%s |", item.Name, per)
		for _, e := range estimates {
			fmt.Fprintf(to, " %s |", FormatDollars(e.Items[i].List))
		}
		fmt.Fprintln(to)
	}
	row(to, "by list prices", estimates, func(e *Estimate) string { return FormatDollars(e.List) })
	row(to, "free tier", estimates, func(e *Estimate) string { return formatDiscount(e.Free) })
	row(to, "**to pay**", estimates, func(e *Estimate) string { return "**" + FormatDollars(e.Pay) + "**" })
}

func row(to io.Writer, name string, estimates []*Estimate, value func(*Estimate) string) {
	fmt.Fprintf(to, "| %s | |", name)
	for _, e := range estimates {
		fmt.Fprintf(to, " %s |", value(e))
	}
	fmt.Fprintln(to)
}
