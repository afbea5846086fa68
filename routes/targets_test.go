package routes

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/trailbus/trailbus/rules"
)

// rule is a rule with an id and a severity.
func rule(id string, severity rules.Severity) *rules.Rule {
	return &rules.Rule{ID: id, Severity: severity}
}

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func TestTargets(t *testing.T) {
	root := rule("root-user-used", rules.Critical)
	iam := rule("iam-policy-change", rules.Medium)
	scan := rule("unauthorized-api-call", rules.Low)
	table := Table{
		{Severities: []rules.Severity{rules.Critical}, Channel: "#security", Mention: "<!here>", Also: []Place{{Webhook: "audit"}, {Channel: "C0123456789", Mention: "<@U0123>"}}},
		{Rules: []string{"iam-policy-change", "iam-user"}, Accounts: []string{"111111111111"}, Webhook: "iam"},
		{Rules: []string{"unauthorized-api-call"}, Severities: []rules.Severity{rules.Low}, Webhook: "noise"},
		{Accounts: []string{"222222222222"}, Channel: "#team"},
	}
	tests := map[string]struct {
		told    []*rules.Rule
		account string
		want    []Target
	}{
		"several places":                {[]*rules.Rule{root}, "111111111111", []Target{{Place: Place{Channel: "#security", Mention: "<!here>"}}, {Place: Place{Webhook: "audit"}}, {Place: Place{Channel: "C0123456789", Mention: "<@U0123>"}}}},
		"by rule and account":           {[]*rules.Rule{iam}, "111111111111", []Target{{Place: Place{Webhook: "iam"}, Route: 1}}},
		"the rule in another account":   {[]*rules.Rule{iam}, "222222222222", []Target{{Place: Place{Channel: "#team"}, Route: 3}}},
		"neither":                       {[]*rules.Rule{iam}, "333333333333", []Target{{Place: Place{Webhook: Default}, Route: -1}}},
		"one of its rules is enough":    {[]*rules.Rule{iam, scan}, "111111111111", []Target{{Place: Place{Webhook: "iam"}, Route: 1}}},
		"the most urgent says severity": {[]*rules.Rule{iam, scan}, "333333333333", []Target{{Place: Place{Webhook: Default}, Route: -1}}},
		"a rule of low severity":        {[]*rules.Rule{scan}, "333333333333", []Target{{Place: Place{Webhook: "noise"}, Route: 2}}},
		"no rule":                       {nil, "222222222222", []Target{{Place: Place{Channel: "#team"}, Route: 3}}},
		"nothing is known":              {nil, "", []Target{{Place: Place{Webhook: Default}, Route: -1}}},
	}
	for name, test := range tests {
		if got := table.Targets(test.told, test.account, noon); !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s: got %+v, want %+v", name, got, test.want)
		}
	}
	if got := (Table)(nil).Targets([]*rules.Rule{root}, "1", noon); !reflect.DeepEqual(got, []Target{{Place: Place{Webhook: Default}, Route: -1}}) {
		t.Errorf("an empty table gives %+v", got)
	}
}

func TestAQuietRouteHoldsWhatIsNotUrgent(t *testing.T) {
	table := Table{{Channel: "#alerts", Also: []Place{{Webhook: "audit"}}, Quiet: &Quiet{Severities: []rules.Severity{rules.Low}, From: "11:00", To: "13:00"}}}
	end := time.Date(2026, 11, 23, 13, 0, 0, 0, time.UTC)
	for severity, want := range map[rules.Severity]time.Time{rules.Low: end, rules.Medium: {}} {
		got := table.Targets([]*rules.Rule{rule("a", severity), rule("b", rules.Low)}, "1", noon)
		if len(got) != 2 || !got[0].HeldUntil.Equal(want) || !got[1].HeldUntil.Equal(want) {
			t.Errorf("%s: %+v, want both held until %s", severity, got, want)
		}
	}
}

func TestFallback(t *testing.T) {
	rest := Route{Channel: "#alerts", Mention: "<!here>", Also: []Place{{Webhook: "audit"}}}
	some := Route{Severities: []rules.Severity{rules.Low}, Webhook: "low"}
	for want, table := range map[Place]Table{
		{Webhook: Default}:   {some},
		{Channel: "#alerts"}: {some, rest},
	} {
		if got := table.Fallback(); got != want {
			t.Errorf("%+v falls back to %+v, want %+v", table, got, want)
		}
	}
}

func TestNamesOfPlaces(t *testing.T) {
	for want, place := range map[string]Place{"webhook urgent": {Webhook: "urgent", Mention: "<!here>"}, "#alerts": {Channel: "#alerts"}, "C0123": {Channel: "C0123"}} {
		if got := place.Name(); got != want {
			t.Errorf("%+v is %q, want %q", place, got, want)
		}
	}
}

func TestExplain(t *testing.T) {
	told := []*rules.Rule{rule("a", rules.High), rule("b", rules.Low)}
	many := strings.Fields("c d e f g h i j")
	var table Table
	var want []Step
	for _, c := range []struct {
		route   Route
		because string
	}{
		{Route{Severities: []rules.Severity{rules.Critical, rules.Low}, Rules: []string{"x"}}, "its severity is high, not critical or low"},
		{Route{Rules: []string{"c", "d"}, Accounts: []string{"2"}}, "its rule is a or b, not c or d"},
		{Route{Rules: many}, "its rule is a or b, not c, d, e, f, g or one of 3 more"},
		{Route{Rules: []string{"b"}, Accounts: []string{"2"}}, "its account is 1, not 2"},
	} {
		table, want = append(table, c.route), append(want, Step{len(want) + 1, false, c.because})
	}
	if got := table.Explain(told, "1"); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
	for because, taker := range map[string]Route{
		"it takes everything": {},
		"its severity is high, its rule is b, its account is 1": {Severities: rules.Severities(), Rules: []string{"b"}, Accounts: []string{"1"}},
	} {
		got := append(slices.Clone(table), taker, Route{}).Explain(told, "1")
		if last := got[len(got)-1]; len(got) != 5 || last != (Step{5, true, because}) {
			t.Errorf("got %+v, want it to end with %q", got, because)
		}
	}
	if got := (Table{{Severities: rules.Severities()}}).Explain(nil, "1"); got[0].Takes || got[0].Reason != "the alert has no rule" {
		t.Errorf("an alert without a rule: %+v", got)
	}
}

// Explain and Takes say the same.
func TestWhatIsExplainedIsWhatHappens(t *testing.T) {
	taken, refused := 0, 0
	for _, route := range []Route{{}, {Severities: []rules.Severity{rules.Low}}, {Rules: []string{"a"}}, {Accounts: []string{"1"}}, {Severities: []rules.Severity{rules.High}, Rules: []string{"a"}, Accounts: []string{"1"}}} {
		for _, told := range [][]*rules.Rule{nil, {rule("a", rules.Low)}, {rule("b", rules.High)}, {rule("b", rules.High), rule("a", rules.Low)}} {
			for _, account := range []string{"", "1", "2"} {
				takes := route.Takes(told, account)
				if got := (Table{route}).Explain(told, account)[0].Takes; got != takes {
					t.Errorf("%+v, %v, %q: explained %v, taken %v", route, told, account, got, takes)
				}
				if takes {
					taken++
				} else {
					refused++
				}
			}
		}
	}
	if taken == 0 || refused == 0 {
		t.Errorf("%d taken, %d refused", taken, refused)
	}
}

// A table that was written before there were channels reads as it did.
func TestATableIsKeptAsJSON(t *testing.T) {
	var old Table
	if err := json.Unmarshal([]byte(`[{"severities":["critical"],"accounts":["111111111111"],"webhook":"urgent"}]`), &old); err != nil {
		t.Fatal(err)
	}
	if want := (Table{{Severities: []rules.Severity{rules.Critical}, Accounts: []string{"111111111111"}, Webhook: "urgent"}}); !reflect.DeepEqual(old, want) {
		t.Errorf("got %+v, want %+v", old, want)
	}
	whole := Table{{Severities: []rules.Severity{rules.Low}, Rules: []string{"a"}, Accounts: []string{"1"}, Channel: "#a", Mention: "<!here>",
		Also: []Place{{Webhook: "b", Mention: "<@U1>"}}, Quiet: &Quiet{Severities: []rules.Severity{rules.Low}, From: "20:00", To: "08:00", Zone: "Europe/Berlin"}}}
	data, err := json.Marshal(whole)
	if err != nil {
		t.Fatal(err)
	}
	var again Table
	if err := json.Unmarshal(data, &again); err != nil || !reflect.DeepEqual(again, whole) {
		t.Errorf("%s\ngives %+v, %v", data, again, err)
	}
}
