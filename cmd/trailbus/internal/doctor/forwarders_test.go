package doctor

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/trailbus/trailbus/cmd/trailbus/internal/cli"
	"github.com/trailbus/trailbus/internal/config"
	"github.com/trailbus/trailbus/internal/contract"
	"github.com/trailbus/trailbus/internal/contract/state"
	"github.com/trailbus/trailbus/internal/inspect"
	"github.com/trailbus/trailbus/internal/inspect/doctor"
)

// newStore has the heartbeats of a forwarder of the configuration, and of two that are not in it.
func newStore(t *testing.T) state.Store {
	t.Helper()
	store := &state.Memory{}
	for key, value := range map[string]any{
		contract.HeartbeatAccountsKey:          []string{"222222222222", "333333333333"},
		contract.HeartbeatsKey("222222222222"): contract.AccountHeartbeats{"us-east-1": {LastHeartbeat: 1_800_000_000}},
		contract.HeartbeatsKey("333333333333"): contract.AccountHeartbeats{"us-east-1": {LastHeartbeat: 1_800_000_000, SilencePosted: 1_800_010_000}, "eu-west-1": {LastHeartbeat: 1_800_000_000}},
	} {
		data, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		if ok, err := store.Save(t.Context(), key, 0, data, time.Now().Add(time.Hour)); err != nil || !ok {
			t.Fatal(ok, err)
		}
	}
	return store
}

var watchedAccounts = &config.Config{Path: "trailbus.yaml", Accounts: []config.Account{{ID: "222222222222", Name: "production", Regions: []string{"us-east-1", "eu-west-1"}}}}

func TestForwardersListsKnownAndConfigured(t *testing.T) {
	list, err := listForwarders(t.Context(), watchedAccounts, newStore(t))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	for _, f := range list {
		printForwarder(&cli.Streams{Out: &cli.Output{To: &out}}, f)
	}
	want := `production (222222222222)                eu-west-1        never heard
production (222222222222)                us-east-1        heard 2027-01-15 08:00 UTC
333333333333                             eu-west-1        heard 2027-01-15 08:00 UTC, not in the configuration
333333333333                             us-east-1        heard 2027-01-15 08:00 UTC, told silent, not in the configuration
`
	if out.String() != want {
		t.Errorf("got\n%swant\n%s", out.String(), want)
	}
}

func TestForget(t *testing.T) {
	for name, test := range map[string]struct {
		args   []string
		dryRun bool
		err    string
		left   int // Regions of 333333333333
	}{
		"a Region":           {[]string{"333333333333/eu-west-1"}, false, "", 1},
		"an account":         {[]string{"333333333333"}, false, "", 0},
		"the same again":     {[]string{"333333333333", "333333333333/us-east-1"}, false, "", 0},
		"a dry run":          {[]string{"333333333333"}, true, "", 2},
		"one that is listed": {[]string{"333333333333", "222222222222"}, false, "found 222222222222, which trailbus.yaml lists in eu-west-1, allowed: what it does not list; take it out of the file and deploy that, and it is forgotten", 2},
		"an unknown account": {[]string{"333333333333", "444444444444"}, false, "found 444444444444, which the notifier does not know, allowed: what trailbus forwarders lists", 2},
		"an unknown Region":  {[]string{"333333333333/eu-north-1"}, false, "found 333333333333/eu-north-1, which the notifier does not know, allowed: what trailbus forwarders lists", 2},
	} {
		store := newStore(t)
		var out bytes.Buffer
		err := forget(t.Context(), &cli.Streams{Out: &cli.Output{To: &out}}, watchedAccounts, store, test.args, test.dryRun)
		if (err == nil) != (test.err == "") || err != nil && err.Error() != test.err {
			t.Errorf("%s: %v, want %s", name, err, test.err)
		}
		known, err := state.Forwarders(t.Context(), store)
		if err != nil || len(known["333333333333"]) != test.left || len(known["222222222222"]) != 1 {
			t.Errorf("%s: known is %v (%v), want %d Regions of 333333333333", name, known, err, test.left)
		}
	}
}

func TestDoctorPrintsATableAndGroupsOfFindings(t *testing.T) {
	heard := contract.AccountHeartbeats{"us-east-1": {LastHeartbeat: 1_800_000_000}, "eu-west-1": {LastHeartbeat: 1_800_000_000}}
	fine, broken := doctor.Place{Account: "111111111111", Region: "us-east-1"}, doctor.Place{Account: "222222222222", Region: "eu-west-1"}
	report := &inspect.Report{
		Accounts: []doctor.Account{{ID: "111111111111", Name: "security", Regions: []string{"us-east-1"}}, {ID: "222222222222", Name: "production", Regions: []string{"us-east-1", "eu-west-1"}},
			{ID: "333333333333", Name: "locked", Regions: []string{"us-east-1"}}},
		Known:    map[string]contract.AccountHeartbeats{"111111111111": heard, "222222222222": heard},
		Findings: []doctor.Finding{broken.Gap(doctor.RuleState, "the rule x is disabled"), doctor.Place{Account: "333333333333"}.Gap(doctor.Access, "denied"), fine.Gap(doctor.Archive, "the archive is not there"), fine.Warn(doctor.Region, "enabled"), broken.Warn(doctor.Region, "enabled")},
		Notes:    []string{"Slack was not tried"},
	}
	var out bytes.Buffer
	printReport(&cli.Streams{Out: &cli.Output{To: &out}}, report)
	for _, want := range []string{
		"security (111111111111)                  ok  1 Region, heard 2027-01-15 08:00 UTC\n",
		"production (222222222222)                \n  us-east-1                              ok, heard 2027-01-15 08:00 UTC\n  eu-west-1                              1 gap, heard 2027-01-15 08:00 UTC\n",
		"locked (333333333333)                    1 gap\n  us-east-1                              not looked at\n",
		"\ngap rule-state: the rule x is disabled\n  where: production (222222222222) in eu-west-1\n  means: EventBridge does not send",
		"\ngap archive: the archive is not there\n  where: the central account and Region\n",
		"\nwarning region: enabled\n  where: security (111111111111) in us-east-1; production (222222222222) in eu-west-1\n",
		"\nnote: Slack was not tried\n3 accounts, 4 forwarders: 3 gaps, 2 warnings\n",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
	if strings.Contains(out.String(), "\x1b") {
		t.Error("there are colours, and no terminal")
	}
	data, err := json.Marshal(reportJSON(report))
	if err != nil {
		t.Fatal(err)
	}
	var decoded struct {
		Gaps, Warnings int
		Accounts       []struct {
			ID      string
			Reached bool
			Regions []struct{ Gaps int }
		}
		Findings []struct{ Account, Check, Means, Mend string }
	}
	if err := json.Unmarshal(data, &decoded); err != nil {
		t.Fatal(err)
	}
	if decoded.Gaps != 3 || decoded.Warnings != 2 || len(decoded.Accounts) != 3 || decoded.Accounts[1].Regions[1].Gaps != 1 || decoded.Accounts[2].Reached ||
		len(decoded.Findings) != 5 || slices.ContainsFunc(decoded.Findings, func(f struct{ Account, Check, Means, Mend string }) bool { return f.Means == "" || f.Mend == "" }) {
		t.Errorf("the JSON is %s", data)
	}
}
