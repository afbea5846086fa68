package config

import (
	"encoding/json"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/trailbus/trailbus/routes"
	"github.com/trailbus/trailbus/rules"
)

func TestTheExampleOfTheRepositoryHasNoProblem(t *testing.T) {
	c, err := Load("../../trailbus.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Warnings) > 0 {
		t.Errorf("it has warnings: %q", c.Warnings)
	}
	if len(c.Accounts) != 2 || len(c.Deployments()) != 6 {
		t.Errorf("it has %d accounts and %d deployments, want 2 and 6", len(c.Accounts), len(c.Deployments()))
	}
}

func TestEverythingThatAFileCanSayIsRead(t *testing.T) {
	c, problems := parse(`central: {account: 012345678901, region: us-east-1}
organization: o-a1b2c3d4e5
regions: [us-east-1, eu-west-1]
accounts:
  - {id: 012345678901, name: " audit "} # not quoted, and its zero is kept
  - {id: "222222222222", name: production, regions: [us-east-1]}
rules:
  packs: [cis]
  files: [ok.yaml, /abs/ok.yaml]
  mutes:
    - {rule: user-made, pattern: {detail: {awsRegion: [eu-west-1]}}, reason: a test, owner: me, until: 2027-01-31}
slack:
  secret: trailbus/slack
  routes:
    - {severities: [critical, high], accounts: ["333333333333"], webhook: urgent}
    - webhook: all-the-rest
`)
	if c == nil || problems != "" {
		t.Fatal(problems)
	}
	if c.Central != (Central{Account: "012345678901", Region: "us-east-1"}) || c.Organization != "o-a1b2c3d4e5" {
		t.Errorf("central is %+v, organization %q", c.Central, c.Organization)
	}
	if want := map[string]string{"012345678901": "audit", "222222222222": "production"}; !maps.Equal(c.AccountNames(), want) {
		t.Errorf("the names are %v, want %v", c.AccountNames(), want)
	}
	if !slices.Equal(c.Accounts[0].Regions, []string{"us-east-1", "eu-west-1"}) || !slices.Equal(c.Accounts[1].Regions, []string{"us-east-1"}) {
		t.Errorf("the Regions are %v and %v", c.Accounts[0].Regions, c.Accounts[1].Regions)
	}
	var ids []string
	for _, rule := range c.Rules.Rules() {
		ids = append(ids, rule.ID)
	}
	if !slices.Contains(ids, "root-user-used") || !slices.Contains(ids, "user-made") || !slices.Contains(ids, "user-gone") {
		t.Errorf("the rules are %v, want those of the pack and of both files", ids)
	}
	if len(c.Mutes) != 1 || c.Mutes[0].Rule != "user-made" || string(c.Mutes[0].Pattern) != `{"detail":{"awsRegion":["eu-west-1"]}}` ||
		c.Mutes[0].Until.Format("2006-01-02 15:04 MST") != "2027-01-31 00:00 UTC" {
		t.Errorf("the mutes are %+v", c.Mutes)
	}
	want := routes.Table{
		{Severities: []rules.Severity{rules.Critical, rules.High}, Accounts: []string{"333333333333"}, Webhook: "urgent"},
		{Webhook: "all-the-rest"},
	}
	if !slices.EqualFunc(c.Slack.Routes, want, func(a, b routes.Route) bool {
		return slices.Equal(a.Severities, b.Severities) && slices.Equal(a.Accounts, b.Accounts) && a.Webhook == b.Webhook
	}) || c.Slack.Secret != "trailbus/slack" {
		t.Errorf("slack is %+v", c.Slack)
	}
}

func TestLoadReadsRuleFilesBesideTheFile(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"trailbus.yaml": strings.Replace(good, "packs: [cis]", "files: [more/own.yaml]", 1), "more/own.yaml": files["etc/ok.yaml"]} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	c, err := Load(filepath.Join(dir, File))
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Rules.Rules(); len(got) != 1 || got[0].ID != "user-made" {
		t.Errorf("the rules are %v", got)
	}
	if _, err := Load(filepath.Join(dir, "missing.yaml")); err == nil || !strings.HasSuffix(err.Error(), "missing.yaml: cannot be read: no such file or directory") {
		t.Errorf("a missing file gives %v", err)
	}
}

func TestTheErrorCarriesTheProblems(t *testing.T) {
	path := filepath.Join(t.TempDir(), File)
	text := strings.NewReplacer("o-a1b2c3d4e5", "mine", `account: "111111111111"`, `account: "333333333333"`).Replace(good)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := Load(path)
	problems := Problems(nil)
	if !errors.As(err, &problems) || len(problems) != 2 {
		t.Fatalf("got %v", err)
	}
	got, err := json.Marshal(problems)
	if err != nil {
		t.Fatal(err)
	}
	want := strings.ReplaceAll(`[{"file":"FILE","line":2,"column":3,"message":"the central account 333333333333 is not in accounts, so nobody watches it","warning":true},`+
		`{"file":"FILE","line":4,"column":15,"message":"found organization \"mine\", allowed: an id such as o-a1b2c3d4e5"}]`, "FILE", path)
	if string(got) != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(good)
	f.Add("accounts: [{id: [], regions: {}}]\nrules: {packs: x, mutes: [{}], files: [1]}\nslack: {routes: [{webhook: {}}]}\n")
	f.Add("central: &a {account: *a}\n? [x]\n: y\n")
	f.Add(good + bySet + "  accounts: {except: [\"111111111111\"]}\n  callAs: self\n  operationPreferences: {regions: sequential}\n")
	f.Add(good + byPipeline + "  waves: [{name: canary, accounts: [security], approval: true}, {name: rest}]\n")
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := Parse("etc/trailbus.yaml", []byte(text), readTestFile)
		if (c == nil) == (err == nil) {
			t.Fatalf("got %v and %v, want one of them", c, err)
		}
		if c == nil {
			return
		}
		if len(c.Deployments()) == 0 && c.StackSet == nil || c.Slack.Secret == "" || c.Central.Account == "" || len(c.Rules.Rules()) == 0 {
			t.Errorf("taken without what is needed: %+v", c)
		}
		if (c.Deploy == DeployStackSets) && c.StackSet == nil || c.StackSet != nil && (len(c.StackSet.Units) == 0 || len(c.StackSet.Regions) == 0 || c.Management == "") {
			t.Errorf("a stack set without what is needed: %+v", c)
		}
		if (c.Deploy == DeployPipeline) != (c.Pipeline != nil) || c.Pipeline != nil && c.Pipeline.Source == nil {
			t.Errorf("a pipeline without what is needed: %+v", c)
		}
	})
}
