package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/trailbus/trailbus/cmd/trailbus/internal/cost"
)

// costs runs the command with --json.
func costs(t *testing.T, files map[string]string, stdin string, args ...string) (found struct {
	cost.Estimate
	EventsFrom string
	Prices     cost.Prices
	Assumed    []string
	Notes      []string
}) {
	t.Helper()
	code, out, errors := invoke(t, files, stdin, append([]string{"cost", "--json"}, args...)...)
	if code != 0 || errors != "" {
		t.Fatalf("%v: code %d\n%s%s", args, code, out, errors)
	}
	if err := json.Unmarshal([]byte(out), &found); err != nil {
		t.Fatal(err)
	}
	return found
}

func TestCostTakesAccountsRegionsAndRulesFromTheConfiguration(t *testing.T) {
	found := costs(t, map[string]string{"trailbus.yaml": example}, "")
	u := found.Usage
	if u.Accounts != 2 || u.Forwarders != 2 || u.ForwardingRules != 4 || u.EventsPerDay != 40 || u.MessagesPerDay != 40 || u.HeartbeatsPerDay != 24 || found.EventsFrom != "assumed" {
		t.Errorf("it takes %+v, %s", u, found.EventsFrom)
	}
	if len(found.Items) < 15 || found.Pay <= 0 || found.Pay > 2 || len(found.Prices.Prices) < 20 || len(found.Assumed) == 0 || len(found.Notes) != 0 {
		t.Errorf("it has %d items for $%v, %d prices, %d assumptions, notes %q", len(found.Items), found.Pay, len(found.Prices.Prices), len(found.Assumed), found.Notes)
	}
	if seldom := costs(t, map[string]string{"trailbus.yaml": example + "heartbeat: 6h\n"}, "").Usage; seldom.HeartbeatsPerDay != 4 {
		t.Errorf("with heartbeat: 6h there are %v a day, want 4", seldom.HeartbeatsPerDay)
	}
	more := costs(t, map[string]string{"trailbus.yaml": example}, "", "--accounts", "100", "--events-per-day", "2000", "--messages-per-day", "50", "--heartbeat", "0").Usage
	if more.Accounts != 100 || more.Forwarders != 1700 || more.ForwardingRules != 3 || more.EventsPerDay != 2000 || more.MessagesPerDay != 50 || more.HeartbeatsPerDay != 0 {
		t.Errorf("with numbers of one's own it takes %+v", more)
	}
}

func TestCostOfPipelineAndStackSet(t *testing.T) {
	file := strings.Replace(example, "regions: [us-east-1]\n", "regions: [us-east-1]\nmanagement: \"999999999999\"\n", 1) + `deploy: pipeline
forwarders: stacksets
stackSet: {organizationalUnits: [r-a1b2]}
pipeline:
  source: {connectionArn: "arn:aws:codeconnections:eu-central-1:111111111111:connection/7e57ab1e-0000-4000-8000-000000000001", repository: example/trailbus, branch: main}
`
	code, out, errors := invoke(t, map[string]string{"trailbus.yaml": file}, "", "config", "check")
	if code != 0 {
		t.Fatalf("the example is wrong:\n%s%s", out, errors)
	}
	found := costs(t, map[string]string{"trailbus.yaml": file}, "", "--deployments", "10")
	if u := found.Usage; u.Deployments != 10 || u.PipelineActions < 8 || u.Keys != 2 {
		t.Errorf("it takes %+v", u)
	}
	if len(found.Notes) != 1 || !strings.Contains(found.Notes[0], "--accounts") {
		t.Errorf("it notes %q", found.Notes)
	}
}

func TestCostReadsABacktest(t *testing.T) {
	const backtest = `{"days": 2, "messages": 300, "forwardedUnwanted": 20, "rules": [{"muted": 30}, {"muted": 50}]}`
	for name, file := range map[string]string{"a file": "week.json", "standard input": "-"} {
		found := costs(t, map[string]string{"trailbus.yaml": example, "week.json": backtest}, backtest, "--backtest", file)
		if u := found.Usage; u.EventsPerDay != 200 || u.MessagesPerDay != 150 || found.EventsFrom != "by a backtest of 2.0 days" {
			t.Errorf("%s: it takes %+v, %s", name, u, found.EventsFrom)
		}
	}
	// What the command itself writes.
	files := map[string]string{"trailbus.yaml": example, "in": wanted + "\n" + unwanted}
	code, out, errors := invoke(t, files, "", "backtest", "--json", "in")
	if code != 0 {
		t.Fatalf("code %d: %s", code, errors)
	}
	if u := costs(t, files, out, "--backtest", "-").Usage; u.EventsPerDay != 1 || u.MessagesPerDay != 1 {
		t.Errorf("of a backtest with one event it takes %+v", u)
	}
}

func TestCostRefusesInvalidFlags(t *testing.T) {
	files := map[string]string{"ours.yaml": example, "text": "no JSON", "other.json": `{"days": 1}`, "none.json": `{"days": 0, "forwardedUnwanted": 0}`,
		"list.json": "[]", "days.json": `{"days": "7"}`, "cut.json": `{"days": `}
	for _, test := range []struct {
		code int
		want string
		args []string
	}{
		{2, "found neither a configuration nor --accounts", nil},
		{2, "found --accounts 0, allowed: 1 to 1000000", []string{"--accounts", "0"}},
		{2, "found --regions without --accounts", []string{"--config", "ours.yaml", "--regions", "3"}},
		{2, "found --regions 0, allowed: 1 to 100", []string{"--accounts", "3", "--regions", "0"}},
		{2, "found --events-per-day -1, allowed: a number, 0 or more", []string{"--accounts", "3", "--events-per-day", "-1"}},
		{2, "found --events-per-day NaN", []string{"--accounts", "3", "--events-per-day", "NaN"}},
		{2, "found --event-kb 0,", []string{"--accounts", "3", "--event-kb", "0"}},
		{2, "found --heartbeat 1s, allowed: 1m or more", []string{"--accounts", "3", "--heartbeat", "1s"}},
		{2, "no more than the 60 events a day", []string{"--accounts", "3", "--messages-per-day", "61"}},
		{2, "found --backtest with --events-per-day or --messages-per-day, allowed: ", []string{"--accounts", "3", "--backtest", "x", "--events-per-day", "5"}},
		{1, "nowhere.json: cannot be read", []string{"--accounts", "3", "--backtest", "nowhere.json"}},
		{1, "text: found no JSON of trailbus backtest --json", []string{"--accounts", "3", "--backtest", "text"}},
		{1, "list.json: found no JSON of trailbus backtest --json: array where an object should be", []string{"--accounts", "3", "--backtest", "list.json"}},
		{1, "days.json: found no JSON of trailbus backtest --json: string at days", []string{"--accounts", "3", "--backtest", "days.json"}},
		{1, "cut.json: found no JSON of trailbus backtest --json: it ends too early", []string{"--accounts", "3", "--backtest", "cut.json"}},
		{1, ".: found no JSON of trailbus backtest --json: is a directory", []string{"--accounts", "3", "--backtest", "."}},
		{1, "other.json: found JSON that is not of trailbus backtest --json", []string{"--accounts", "3", "--backtest", "other.json"}},
		{1, "none.json: found records of 0 days", []string{"--accounts", "3", "--backtest", "none.json"}},
		{1, "nowhere.yaml: cannot be read", []string{"--config", "nowhere.yaml"}},
	} {
		code, out, errors := invoke(t, files, "", append([]string{"cost"}, test.args...)...)
		if code != test.code || out != "" || !strings.Contains(errors, test.want) || strings.Contains(errors, "nil") {
			t.Errorf("%q: code %d\n%s%s", test.args, code, out, errors)
		}
	}
}

func TestCostPrintsText(t *testing.T) {
	code, out, errors := invoke(t, nil, "", "cost", "--accounts", "1", "--regions", "1", "--events-per-day", "1")
	if code != 0 || errors != "" || !strings.HasPrefix(out, "1 account, 1 forwarder, 1 event a day (as given), 1 told\n") || !strings.Contains(out, "in all") {
		t.Errorf("code %d\n%s%s", code, out, errors)
	}
}
