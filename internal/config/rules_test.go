package config

import (
	"slices"
	"strings"
	"testing"

	"github.com/trailbus/trailbus/rules"
)

func catalogRule(t *testing.T, id string) *rules.Rule {
	t.Helper()
	all := rules.CatalogRules()
	i := slices.IndexFunc(all, func(r *rules.Rule) bool { return r.ID == id })
	if i < 0 {
		t.Fatalf("the catalogue has no rule %q", id)
	}
	return all[i]
}

func TestTheCatalogueIsChangedForOneConfigurationOnly(t *testing.T) {
	before, warnings := parse(good)
	if before == nil || warnings != "" {
		t.Fatal(warnings)
	}
	after, warnings := parse(with(t, packs, packs+"  files: [ok.yaml, cis.yaml]\n  off: [vpc-change]\n  severities: {route-table-change: low, cloudtrail-change: critical}\n"))
	if after == nil || warnings != "" {
		t.Fatal(warnings)
	}
	want := map[string]rules.Severity{"user-made": rules.High, "root-user-used": rules.High, "route-table-change": rules.Low, "cloudtrail-change": rules.Critical}
	var ids []string
	for _, rule := range after.Rules.Rules() {
		ids = append(ids, rule.ID)
		severity, changed := want[rule.ID]
		if !changed {
			severity = catalogRule(t, rule.ID).Severity
		}
		if rule.Severity != severity {
			t.Errorf("%s is %s, want %s", rule.ID, rule.Severity, severity)
		}
		if rule.ID == "root-user-used" && rule.Title != "Root" {
			t.Errorf("the rule of the catalogue is on in place of one's own: %+v", rule)
		}
	}
	// The order stays, one's own rule in place of the catalogue's.
	var wantIDs []string
	for _, rule := range before.Rules.Rules() {
		if rule.ID != "vpc-change" {
			wantIDs = append(wantIDs, rule.ID)
		}
	}
	if wantIDs = append(wantIDs, "user-made"); !slices.Equal(ids, wantIDs) {
		t.Errorf("the rules are %v, want %v", ids, wantIDs)
	}
	if !slices.Equal(after.Replaced, []string{"root-user-used"}) || !slices.Equal(after.Off, []string{"vpc-change"}) || len(after.Own) != 2 ||
		after.Own["user-made"] != "etc/ok.yaml" || after.Own["root-user-used"] != "etc/cis.yaml" || !slices.Equal(after.RuleFiles, []string{"etc/ok.yaml", "etc/cis.yaml"}) {
		t.Errorf("replaced %v, off %v, own %v, files %v", after.Replaced, after.Off, after.Own, after.RuleFiles)
	}
	if got := catalogRule(t, "route-table-change").Severity; got != rules.Medium {
		t.Errorf("the catalogue itself was changed: %s", got)
	}
	if len(before.Replaced)+len(before.Off)+len(before.Own)+len(before.RuleFiles) > 0 {
		t.Errorf("a configuration that changes nothing: %+v", before)
	}
}

func TestWhenTheLastRuleIsSwitchedOffNothingIsLeft(t *testing.T) {
	var off []string
	for _, rule := range rules.CatalogRules() {
		if slices.Contains(rules.PacksOf(rule.ID), "cis") {
			off = append(off, rule.ID)
		}
	}
	_, problems := parse(with(t, packs, packs+"  off: ["+strings.Join(off, ", ")+"]\n"))
	if len(off) < 15 || !strings.HasPrefix(problems, "etc/trailbus.yaml:12:3: no rule is switched on") {
		t.Errorf("with %d rules off: %s", len(off), problems)
	}
}

// Another secret than that of the example is watched as well, and a rule of the user's own stays as
// it is.
func TestTheSecretIsTheOneThatIsWatched(t *testing.T) {
	own := []byte("pack: own\nrules:\n  - {id: trailbus-secret-changed, title: x, severity: low, why: x., calls: [secretsmanager:PutSecretValue], pattern: {detail: {requestParameters: {secretId: [trailbus/slack]}}}}\n")
	for text, want := range map[string]string{
		"rules: {packs: [tamper]}\nslack: {secret: trailbus/slack}\n":                `"trailbus/slack"`,
		"rules: {packs: [tamper]}\nslack: {secret: audit/chat}\n":                    `"audit/chat",{"wildcard":"*:secret:audit/chat-*"}`,
		"rules: {packs: [tamper], files: [own.yaml]}\nslack: {secret: audit/chat}\n": `"trailbus/slack"`,
		"rules: {packs: [recommended]}\nslack: {secret: audit/chat}\n":               `"audit/chat"`,
	} {
		c, err := Parse("trailbus.yaml", []byte("central: {account: \"111111111111\", region: us-east-1}\nregions: [us-east-1]\naccounts: [{id: \"111111111111\", name: a}]\n"+text),
			func(string) ([]byte, error) { return own, nil })
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		count := 0
		for _, rule := range c.Rules.Rules() {
			if rule.ID == "trailbus-secret-changed" {
				count++
				if !strings.Contains(string(rule.Pattern), want) || strings.Contains(want, "audit") == strings.Contains(string(rule.Pattern), "trailbus/slack") {
					t.Errorf("%s: the rule has %s, want %s", text, rule.Pattern, want)
				}
			}
		}
		if count != 1 {
			t.Errorf("%s: %d such rules", text, count)
		}
	}
}
