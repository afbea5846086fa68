package rules

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// fixtures reads the fixtures of a rule.
func fixtures(t testing.TB, rule string) []Fixture {
	t.Helper()
	file := filepath.Join("catalog", "testdata", rule+".jsonl")
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	all, err := ReadFixtures(file, data)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// catalogSet is every rule of the catalogue.
func catalogSet(t testing.TB) *Set {
	t.Helper()
	set, err := NewSet(CatalogRules()...)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func TestEveryRuleMatchesItsFixturesAndNotItsLookAlikes(t *testing.T) {
	set := catalogSet(t)
	if len(set.Rules()) < 15 {
		t.Fatalf("the catalogue has %d rules, want at least the 15 of CIS", len(set.Rules()))
	}
	known := map[string]bool{}
	for _, rule := range set.Rules() {
		known[rule.ID+".jsonl"] = true
		matching, others := 0, 0
		for _, f := range fixtures(t, rule.ID) {
			matched, err := set.Match(f.Event)
			if err != nil {
				t.Errorf("%s: %s: %v", rule.ID, f.Name, err)
				continue
			}
			got := false
			for _, m := range matched {
				got = got || m.ID == rule.ID
			}
			if got != f.Match {
				t.Errorf("%s: %s: match is %v, want %v", rule.ID, f.Name, got, f.Match)
			}
			if f.Match {
				matching++
			} else {
				others++
			}
		}
		if matching < 2 || others < 2 {
			t.Errorf("%s: %d fixtures that match and %d that do not, want at least 2 of each", rule.ID, matching, others)
		}
	}
	entries, err := os.ReadDir(filepath.Join("catalog", "testdata"))
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if !known[entry.Name()] {
			t.Errorf("catalog/testdata/%s belongs to no rule", entry.Name())
		}
	}
}

func TestEveryRuleSaysWhatAPersonNeeds(t *testing.T) {
	for _, rule := range catalogSet(t).Rules() {
		if rule.Title == "" || rule.Why == "" || rule.Severity == 0 || len(rule.References) == 0 {
			t.Errorf("%s: title, why, severity and references are needed: %+v", rule.ID, rule)
		}
		if len([]rune(rule.Title)) > 60 {
			t.Errorf("%s: the title has %d characters, allowed: 60, so that a phone shows it in one line", rule.ID, len([]rune(rule.Title)))
		}
	}
}

func TestTheCatalogueHasNoWarning(t *testing.T) {
	for _, pack := range Catalog() {
		for _, warning := range pack.Warnings {
			t.Error(warning)
		}
	}
}

// packSet is the rules of one pack.
func packSet(t testing.TB, name string) *Set {
	t.Helper()
	set, err := NewCatalogSet(name)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func TestNewCatalogSetTakesEachRuleOnce(t *testing.T) {
	both, err := NewCatalogSet("cis", "logging")
	if err != nil {
		t.Fatal(err)
	}
	cis, logging := packSet(t, "cis"), packSet(t, "logging")
	if n := len(both.Rules()); n <= len(cis.Rules()) || n >= len(cis.Rules())+len(logging.Rules()) {
		t.Errorf("%d rules of packs with %d and %d that share some", n, len(cis.Rules()), len(logging.Rules()))
	}
	if _, err := NewCatalogSet("sic"); err == nil || !strings.Contains(err.Error(), "unknown pack \"sic\"") {
		t.Errorf("an unknown pack: %v", err)
	}
}

func TestReadOnlyIsAskedForWhereItIsNeeded(t *testing.T) {
	var got []string
	for _, rule := range packSet(t, "cis").Rules() {
		if rule.ReadOnly {
			got = append(got, rule.ID)
		}
	}
	want := []string{"unauthorized-api-call", "root-user-used"}
	if len(got) != len(want) || got[0] != want[0] || got[1] != want[1] {
		t.Errorf("read-only rules are %v, want %v: each more costs every account its Describe and List calls", got, want)
	}
}

func TestRecommendedHasEveryCriticalRuleAndIsShort(t *testing.T) {
	recommended := map[string]bool{}
	for _, rule := range packSet(t, "recommended").Rules() {
		recommended[rule.ID] = true
	}
	for _, rule := range CatalogRules() {
		if rule.Severity == Critical && !recommended[rule.ID] {
			t.Errorf("%s is critical and not recommended", rule.ID)
		}
	}
	if n := len(recommended); n < 25 || n > 100 {
		t.Errorf("%d rules are recommended, want few: 25 to 100", n)
	}
}
