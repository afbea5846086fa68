package main

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

// changed is the example with a rule of one's own in place of the catalogue's, one that is new, one
// that is off, one of another severity, and a mute that has expired.
var changed = map[string]string{
	"trailbus.yaml": strings.Replace(example, "packs: [cis]", `packs: [cis]
  files: [mine.yaml]
  off: [vpc-change]
  severities: {route-table-change: low}
  mutes:
    - {rule: root-user-used, reason: the move, owner: ann, until: 2026-01-31}`, 1),
	"mine.yaml": `pack: mine
rules:
  - {id: root-user-used, title: Root, severity: high, why: Because., pattern: {detail: {userIdentity: {type: [Root]}}}}
  - {id: my-rule, title: Mine, severity: low, why: Because., calls: [iam:CreateUser]}
`,
}

func TestRulesListAndShowMarkDifferencesFromTheCatalogue(t *testing.T) {
	code, out, errors := invoke(t, changed, "", "rules", "list", "--json")
	var list []struct {
		ID, File, Severity, CatalogSeverity, Title string
		Packs                                      []string
		On, Off                                    bool
	}
	if err := json.Unmarshal([]byte(out), &list); err != nil || code != 0 {
		t.Fatalf("code %d, error %v\n%s%s", code, err, out, errors)
	}
	seen := 0
	for _, rule := range list {
		got := []any{rule.File, rule.Severity, rule.CatalogSeverity, len(rule.Packs) > 0, rule.On, rule.Off}
		want := map[string][]any{
			"root-user-used":        {"mine.yaml", "high", "", true, true, false},
			"my-rule":               {"mine.yaml", "low", "", false, true, false},
			"vpc-change":            {"", "medium", "", true, false, true},
			"route-table-change":    {"", "low", "medium", true, true, false},
			"cloudtrail-change":     {"", "high", "", true, true, false},
			"trailbus-role-changed": {"", "critical", "", true, false, false},
		}[rule.ID]
		if want == nil {
			continue
		}
		if seen++; !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", rule.ID, got, want)
		}
	}
	if seen != 6 {
		t.Errorf("%d of 6 rules are listed, each once", seen)
	}
	_, out, _ = invoke(t, changed, "", "rules", "list")
	for _, line := range []string{
		"on   (own, in place of cis, recommended, root-and-sign-in)  root-user-used  high  Root", "on   (own)  my-rule  low  Mine",
		"off  cis, network  vpc-change  medium  VPC changed", "on   cis, network  route-table-change  low (not medium)  Route table changed",
	} {
		if folded := strings.Join(strings.Fields(line), " "); !strings.Contains(strings.Join(strings.Fields(out), " "), folded) {
			t.Errorf("%q is not in\n%s", folded, out)
		}
	}
	_, out, _ = invoke(t, changed, "", "rules", "show", "root-user-used", "route-table-change", "vpc-change", "my-rule", "trailbus-role-changed")
	for _, line := range []string{
		"mine.yaml, your own in place of the catalogue's", "low, by the configuration; medium in the catalogue", "no, switched off by rules.off",
		"file       mine.yaml\n", "no, none of its packs is switched on",
	} {
		if strings.Count(out, line) != 1 {
			t.Errorf("%q is not once in\n%s", line, out)
		}
	}
}

func TestConfigCheckCountsDifferencesAndExpiredMutes(t *testing.T) {
	code, out, errors := invoke(t, changed, "", "config", "check")
	expired := "trailbus.yaml:13:67: warning: the mute of root-user-used by ann has expired, so it mutes nothing"
	if code != 0 || errors != expired+"\n" ||
		out != "trailbus.yaml is fine: 2 accounts, 2 forwarders, 15 rules (1 your own, 1 your own in place of the catalogue's, 1 with another severity, 1 switched off)\n" {
		t.Errorf("code %d\n%s%s", code, out, errors)
	}
	code, out, _ = invoke(t, changed, "", "config", "check", "--json")
	var found struct {
		Replaced, Off, Warnings []string
		Severities              map[string]string
	}
	if err := json.Unmarshal([]byte(out), &found); err != nil || code != 0 || !slices.Equal(found.Replaced, []string{"root-user-used"}) ||
		!slices.Equal(found.Off, []string{"vpc-change"}) || len(found.Severities) != 1 || found.Severities["route-table-change"] != "low" ||
		!slices.Equal(found.Warnings, []string{expired}) {
		t.Errorf("code %d, error %v\n%s", code, err, out)
	}
}
