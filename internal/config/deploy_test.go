package config

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
)

// withMode is the good file with more keys.
func withMode(more string) string { return good + strings.TrimLeft(more, "\n") }

const bySet = `deploy: stacksets
management: "999999999999"
stackSet:
  organizationalUnits: [r-a1b2]
`

const byPipeline = `deploy: pipeline
pipeline:
  source:
    connectionArn: arn:aws:codeconnections:eu-central-1:111111111111:connection/01234567-89ab-cdef-0123-456789abcdef
    repository: example/trailbus
`

func TestTheDefaultModeIsStacks(t *testing.T) {
	c, problems := parse(good)
	if c == nil || problems != "" {
		t.Fatal(problems)
	}
	if c.Deploy != DeployStacks || c.StackSet != nil || c.Pipeline != nil || c.Management != "" || len(c.Stacks()) != 4 {
		t.Errorf("got %+v", c)
	}
}

func TestAStackSetIsRead(t *testing.T) {
	c, problems := parse(withMode(bySet))
	if c == nil || problems != "" {
		t.Fatal(problems)
	}
	want := &StackSet{
		Units: []string{"r-a1b2"}, Regions: []string{"us-east-1", "eu-central-1"}, AutomaticDeployment: true, CallAs: CallAsDelegatedAdmin,
		Operations: OperationPreferences{RegionsParallel, ConcurrencySoft, 50, 10}, management: "999999999999",
	}
	if !reflect.DeepEqual(c.StackSet, want) {
		t.Errorf("got %+v, want %+v", c.StackSet, want)
	}
	if account, region := c.StackSetHome(); account != "111111111111" || region != "eu-central-1" {
		t.Errorf("it is made in %s %s, want the central account and Region", account, region)
	}
	c, problems = parse(withMode(`
deploy: stacksets
management: "999999999999"
stackSet:
  organizationalUnits: [ou-a1b2-c3d4e5f6, ou-a1b2-c3d4e5f7]
  accounts: {only: ["111111111111"]}
  regions: [us-east-1, ap-east-1]
  optInRegionsEnabled: true
  automaticDeployment: false
  callAs: self
  operationPreferences: {regions: sequential, concurrency: strict, maxConcurrentPercentage: 100, failureTolerancePercentage: 0}
`))
	if c == nil || problems != "" {
		t.Fatal(problems)
	}
	want = &StackSet{
		Units: []string{"ou-a1b2-c3d4e5f6", "ou-a1b2-c3d4e5f7"}, Accounts: AccountFilter{OnlyAccounts, []string{"111111111111"}},
		Regions: []string{"us-east-1", "ap-east-1"}, CallAs: CallAsSelf,
		Operations: OperationPreferences{RegionsSequential, ConcurrencyStrict, 100, 0}, management: "999999999999",
	}
	if !reflect.DeepEqual(c.StackSet, want) {
		t.Errorf("got %+v, want %+v", c.StackSet, want)
	}
	if account, region := c.StackSetHome(); account != "999999999999" || region != "eu-central-1" {
		t.Errorf("it is made in %s %s, want the management account and the central Region", account, region)
	}
}

func TestTheManagementAccountGetsStacksOfItsOwn(t *testing.T) {
	tests := map[string]struct {
		text string
		want string // account region, and * where the stack set brings it
	}{
		"by itself": {withMode(bySet),
			"security us-east-1* security eu-central-1* production us-east-1* production eu-central-1* management us-east-1 management eu-central-1"},
		"with a name and Regions of its own": {strings.Replace(withMode(bySet), "rules:\n", "  - {id: \"999999999999\", name: root, regions: [us-east-1]}\nrules:\n", 1),
			"security us-east-1* security eu-central-1* production us-east-1* production eu-central-1* root us-east-1"},
		"where another account has its name": {strings.Replace(withMode(bySet), "name: production", "name: Management", 1),
			"security us-east-1* security eu-central-1* Management us-east-1* Management eu-central-1* management 999999999999 us-east-1 management 999999999999 eu-central-1"},
		"not where it is left out": {withMode(bySet) + "  accounts: {except: [\"999999999999\"]}\n",
			"security us-east-1* security eu-central-1* production us-east-1* production eu-central-1*"},
		"not where only others are taken, and who is left out has stacks": {withMode(bySet) + "  automaticDeployment: false\n  accounts: {only: [\"111111111111\"]}\n",
			"security us-east-1* security eu-central-1* production us-east-1 production eu-central-1"},
		"where it is the central account": {strings.Replace(withMode(bySet), "999999999999", "111111111111", 1),
			"security us-east-1 security eu-central-1 production us-east-1* production eu-central-1*"},
		"where no account is listed": {strings.Replace(withMode(bySet), `accounts:
  - id: "111111111111"
    name: security
  - id: "222222222222"
    name: production
`, "", 1), "management us-east-1 management eu-central-1"},
		"an account with Regions of its own that the stack set leaves out": {
			strings.Replace(withMode(bySet), "name: production", "name: production\n    regions: [us-east-1]", 1) + "  accounts: {except: [\"222222222222\"]}\n",
			"security us-east-1* security eu-central-1* production us-east-1 management us-east-1 management eu-central-1"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			c, problems := parse(test.text)
			if c == nil || problems != "" {
				t.Fatal(problems)
			}
			var got []string
			for _, d := range c.Deployments() {
				got = append(got, d.Name+" "+d.Region+map[bool]string{true: "*"}[d.StackSet])
			}
			if strings.Join(got, " ") != test.want {
				t.Errorf("got  %s\nwant %s", strings.Join(got, " "), test.want)
			}
			if strings.Contains(name, "central") && c.StackSet.CallAs != CallAsSelf {
				t.Errorf("it is made as %s", c.StackSet.CallAs)
			}
		})
	}
}

func TestAPipelineIsRead(t *testing.T) {
	c, problems := parse(withMode(byPipeline))
	if c == nil || problems != "" {
		t.Fatal(problems)
	}
	want := &Pipeline{
		Account: "111111111111", Region: "eu-central-1",
		Source: ConnectionSource{"arn:aws:codeconnections:eu-central-1:111111111111:connection/01234567-89ab-cdef-0123-456789abcdef", "example/trailbus", "main"},
		Waves:  []Wave{{Name: "Forwarders", Accounts: []string{"111111111111", "222222222222"}}},
	}
	if !reflect.DeepEqual(c.Pipeline, want) {
		t.Errorf("got %+v, want %+v", c.Pipeline, want)
	}
	if got := c.PipelineSize(); got != (PipelineSize{Stages: 6, Actions: 14}) { // 4 + 2 for the central stack + 8 for four forwarders
		t.Errorf("it comes to %+v", got)
	}
	c, problems = parse(withMode(`
deploy: pipeline
forwarders: stacksets
management: "999999999999"
trail: create
stackSet: {organizationalUnits: [r-a1b2], accounts: {except: ["222222222222"]}}
pipeline:
  account: "333333333333"
  region: us-east-1
  source: {codeCommit: trailbus, branch: release/1}
  approveStackSet: true
  waves:
    - {name: canary, accounts: [Management]}
    - {name: rest, approval: true}
`))
	if c == nil || problems != "" {
		t.Fatal(problems)
	}
	want = &Pipeline{
		Account: "333333333333", Region: "us-east-1", Source: CodeCommitSource{"trailbus", "release/1"}, ApproveStackSet: true,
		Waves: []Wave{{Name: "canary", Accounts: []string{"999999999999"}}, {Name: "rest", Accounts: []string{"222222222222"}, Approval: true}},
	}
	if !reflect.DeepEqual(c.Pipeline, want) {
		t.Errorf("got %+v, want %+v", c.Pipeline, want)
	}
	if got := c.PipelineSize(); got != (PipelineSize{Stages: 9, Actions: 4 + 2 + 2 + 4 + 5 + 3}) {
		t.Errorf("it comes to %+v", got)
	}
}

// Each wave is verified by an action, and so is the stack set where it brings forwarders that the
// file names.
func TestWhatAPipelineVerifiesIsCounted(t *testing.T) {
	for _, test := range []struct {
		name, text string
		verifies   bool
		actions    int
	}{
		{"no role", byPipeline, false, 14},
		{"two waves", byPipeline + "  waves: [{name: one, accounts: [security]}, {name: two}]\ninspectionRole: true\n", true, 16},
		// Management keeps its stacks; production comes by the stack set.
		{"a stack set", byPipeline + "forwarders: stacksets\n" + strings.TrimPrefix(bySet, "deploy: stacksets\n") + "inspectionRole: true\n", true, 4 + 2 + 5 + 3},
		{"in another account", byPipeline + "  account: \"333333333333\"\ninspectionRole: true\n", false, 14},
	} {
		c, problems := parse(withMode(test.text))
		if c == nil || problems != "" {
			t.Fatalf("%s: %s", test.name, problems)
		}
		if c.Verifies() != test.verifies || c.PipelineSize().Actions != test.actions {
			t.Errorf("%s: it verifies: %v, and comes to %+v", test.name, c.Verifies(), c.PipelineSize())
		}
	}
}

func TestAPipelineThatCodePipelineWouldNotTakeIsRefused(t *testing.T) {
	pipeline := func(accounts int) string {
		return strings.Replace(many(t, accounts), "organization:", byPipeline+"organization:", 1)
	}
	// 4 + 2 + 2 × 247 actions, in 5 + 10 stages; the accounts have two Regions.
	if c, got := parse(pipeline(123)); c == nil || got != "" || c.PipelineSize() != (PipelineSize{Stages: 15, Actions: 498}) {
		t.Errorf("123 accounts: %s", got)
	}
	want := "found 248 forwarder stacks, which make a pipeline of 15 stages and 502 actions (2 a stack), allowed: 50 stages and 500 actions; with forwarders: stacksets one stack set brings them all, in one stage of two actions"
	if _, got := parse(pipeline(124)); got != "etc/trailbus.yaml:6:3: "+want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
	var waves strings.Builder
	for i := range 46 {
		fmt.Fprintf(&waves, "    - {name: w%d, accounts: [account %d]}\n", i, i)
	}
	text := strings.Replace(pipeline(46), "organization:", "  waves:\n"+waves.String()+"    - name: rest\norganization:", 1)
	text = strings.Replace(text, "    - {name: w44, accounts: [account 44]}\n    - {name: w45, accounts: [account 45]}\n", "    - {name: w44, accounts: [security]}\n", 1)
	want = "found 92 forwarder stacks, which make a pipeline of 51 stages and 190 actions (2 a stack), allowed: 50 stages and 500 actions; with forwarders: stacksets one stack set brings them all, in one stage of two actions"
	if _, got := parse(text); got != "etc/trailbus.yaml:6:3: "+want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

// The policy of the artifacts' bucket in a Region names a role of each account there.
func TestAPipelineWithTooManyAccountsInARegionIsRefused(t *testing.T) {
	pipeline := func(accounts int) string {
		text := strings.Replace(many(t, accounts), "organization:", byPipeline+"organization:", 1)
		return strings.Replace(text, "regions: [us-east-1, eu-central-1]", "regions: [us-east-1]", 1)
	}
	if c, got := parse(pipeline(200)); c == nil || got != "" || len(c.Stacks()) != 200 {
		t.Errorf("200 accounts: %s", got)
	}
	want := "etc/trailbus.yaml:6:3: found more than 200 accounts with forwarder stacks in us-east-1, whose roles make the policy of the pipeline's bucket there too long, allowed: 200; with forwarders: stacksets one stack set brings them all, in one stage of two actions"
	if _, got := parse(pipeline(203)); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

func TestManyStacksGetAWarning(t *testing.T) {
	if _, got := parse(many(t, 100)); got != "" {
		t.Errorf("200 stacks: %s", got)
	}
	want := "etc/trailbus.yaml:7:3: warning: these accounts and Regions come to 202 forwarder stacks, which cdk deploy --all deploys one by one; with deploy: stacksets one stack set brings them all, and new accounts get theirs by themselves"
	if _, got := parse(many(t, 101)); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
	if _, got := parse(many(t, 101) + bySet); got != "" {
		t.Errorf("by a stack set: %s", got)
	}
}

func TestWhatDoesNotFitTogetherIsRefusedWithTheWayOut(t *testing.T) {
	set := func(more string) string { return withMode(bySet + more) }
	pipeline := func(more string) string { return withMode(byPipeline + more) }
	inSet := func(oldnew ...string) string { return strings.NewReplacer(oldnew...).Replace(withMode(bySet)) }
	inPipeline := func(oldnew ...string) string { return strings.NewReplacer(oldnew...).Replace(withMode(byPipeline)) }
	for text, want := range map[string]string{
		good + "deploy: stacksts\n":   `15:9: found unknown road "stacksts" (did you mean "stacksets"?), allowed: stacks, stacksets, pipeline`,
		good + "deploy: [stacks]\n":   `15:9: found a list, allowed: a text`,
		good + "deploy: stacksets\n":  "1:1: stackSet is missing\n1:1: management is missing: a stack set never deploys to the management account of the organization, which gets stacks of its own, allowed: the id of that account",
		good + "deploy: pipeline\n":   `1:1: pipeline is missing`,
		good + "forwarders: stacks\n": `15:13: forwarders is for deploy: pipeline, found deploy: stacks, allowed: leave it out`,
		good + "stackSet: {}\n":       `15:11: stackSet is for deploy: stacksets, or deploy: pipeline with forwarders: stacksets, found deploy: stacks, allowed: leave it out`,
		good + "pipeline: {}\n":       `15:11: pipeline is for deploy: pipeline, found deploy: stacks, allowed: leave it out`,
		good + "deploy: pipelin\nforwarders: stacks\nstackSet: {}\npipeline: {}\n": `15:9: found unknown road "pipelin" (did you mean "pipeline"?), allowed: stacks, stacksets, pipeline`,
		good + "management: \"9\"\n":                                                                      `15:13: found account id "9", allowed: 12 digits`,
		strings.Replace(set(""), "organization: o-a1b2c3d4e5\n", "", 1):                                   `1:1: organization is missing: a stack set reaches the accounts of an organization`,
		inSet("management: \"999999999999\"\n", ""):                                                       `1:1: management is missing: a stack set never deploys to the management account of the organization, which gets stacks of its own, allowed: the id of that account`,
		inSet("[r-a1b2]", "[]"):                                                                           `18:24: found an empty list, allowed: at least one unit, or the root of the organization`,
		inSet("  organizationalUnits: [r-a1b2]", "  callAs: self"):                                        `18:3: stackSet.organizationalUnits is missing`,
		inSet("stackSet:\n  organizationalUnits: [r-a1b2]", "stackSet: 5"):                                `17:11: found "5", allowed: a mapping with organizationalUnits, accounts, regions, optInRegionsEnabled, automaticDeployment, retainStacksOnAccountRemoval, callAs, operationPreferences`,
		inSet("r-a1b2", "r-A"):                                                                            `18:25: found unit "r-A", allowed: the id of an organizational unit such as ou-a1b2-c3d4e5f6, or of the root such as r-a1b2`,
		inSet("r-a1b2", "o-a1b2c3d4e5"):                                                                   `18:25: found unit "o-a1b2c3d4e5", allowed: the id of an organizational unit such as ou-a1b2-c3d4e5f6, or of the root such as r-a1b2`,
		inSet("r-a1b2", "ou-a1b2-c3d4e5f6, r-a1b2"):                                                       `18:43: found the root r-a1b2 beside other units, allowed: the root alone, which has every unit, or units without it`,
		inSet("r-a1b2", "ou-a1b2-c3d4e5f6, ou-a1b2-c3d4e5f6"):                                             `18:43: unit ou-a1b2-c3d4e5f6 is given twice`,
		set("  regions: [us-east-1, ap-east-1]\n"):                                                        `19:12: found opt-in Region ap-east-1, in which a stack instance fails unless the account and the management account have enabled it, allowed: Regions that every account has, or these with stackSet.optInRegionsEnabled: true once all have enabled them`,
		set("  regions: [us-east-1, me-south-1, ap-east-1]\n  optInRegionsEnabled: yes\n"):                `20:24: found the text "yes", allowed: true or false`,
		set("  regions: [eu-west-1]\n"):                                                                   `19:12: warning: us-east-1 is not in the list: IAM, Organizations and other global services are recorded only there, and would not be seen`,
		set("  regions: []\n"):                                                                            `18:3: the stack set has no Regions, allowed: regions of its own or regions for all at the top of the file`,
		strings.Replace(set(""), "[us-east-1, eu-central-1]", "[us-east-1, me-south-1]", 1):               `5:10: found opt-in Region me-south-1, in which a stack instance fails unless the account and the management account have enabled it, allowed: Regions that every account has, or these with stackSet.optInRegionsEnabled: true once all have enabled them`,
		strings.Replace(set(""), "name: production", "name: production\n    regions: [us-east-1]", 1):     `11:14: account 222222222222 has Regions of its own, but the stack set takes it to those of all, allowed: no regions here, or the account in stackSet.accounts.except, which gives it stacks of its own`,
		set("  automaticDeployment: false\n  retainStacksOnAccountRemoval: true\n"):                       `20:33: retainStacksOnAccountRemoval: true with automaticDeployment: false, allowed: with automaticDeployment: true, which alone removes stacks`,
		set("  accounts: {}\n"):                                                                           `19:13: found neither only nor except, allowed: one of them, or no stackSet.accounts for every account of the units`,
		set("  accounts: {only: [\"222222222222\"], except: [\"222222222222\"]}\n"):                       `19:14: found only and except, allowed: one of them`,
		set("  accounts: {except: []}\n"):                                                                 `19:22: found an empty list, allowed: at least one account`,
		set("  accounts: {except: [\"222222222222\", \"222222222222\"]}\n"):                               `19:39: account 222222222222 is given twice`,
		set("  accounts: {only: [\"222222222222\"]}\n"):                                                   `19:20: found only with automatic deployment, which asks for no filter and goes to every account that joins the units, allowed: with automaticDeployment: false`,
		set("  automaticDeployment: false\n  accounts: {only: [\"999999999999\"]}\n"):                     `20:21: found the management account 999999999999, in which a stack set never has instances, allowed: under accounts at the top, where it gets stacks of its own`,
		set("  accounts: {except: [\"111111111111\"]}\n") + "":                                            ``,
		set("  callAs: delegated\n"):                                                                      `19:11: found unknown callAs "delegated", allowed: self, delegatedAdmin`,
		inSet("999999999999", "111111111111", "[r-a1b2]", "[r-a1b2]\n  callAs: delegatedAdmin"):           `19:11: found callAs: delegatedAdmin, but the central account 111111111111 is the management account, allowed: self`,
		set("  operationPreferences: {maxConcurrentPercentage: 0}\n"):                                     `19:51: found percentage "0", allowed: a whole number from 1 to 100`,
		set("  operationPreferences: {failureTolerancePercentage: 101}\n"):                                `19:54: found percentage "101", allowed: a whole number from 0 to 100`,
		set("  operationPreferences: {regions: both, concurrency: hard}\n"):                               "19:35: found unknown regions \"both\", allowed: parallel, sequential\n19:54: found unknown concurrency \"hard\", allowed: soft, strict",
		strings.NewReplacer("eu-central-1", "cn-north-1", "us-east-1", "cn-northwest-1").Replace(set("")): `15:9: found a stack set in the partition aws-cn, where StackSets do not reach the accounts of an organization, allowed: deploy: stacks or deploy: pipeline`,

		pipeline("  region: eu-cental-1\n"):                                                                   `20:11: found unknown Region "eu-cental-1" (did you mean "eu-central-1"?), allowed: a Region of AWS such as eu-central-1`,
		pipeline("  region: cn-north-1\n"):                                                                    `20:11: found Region cn-north-1, which is in the partition aws-cn, allowed: a Region of the partition of central.region, aws`,
		pipeline("  account: me\n"):                                                                           `20:12: found account id "me", allowed: 12 digits`,
		pipeline("  approveStackSet: true\n"):                                                                 `20:20: approveStackSet is for forwarders: stacksets, allowed: leave it out`,
		pipeline("    branch: a b\n"):                                                                         `20:13: found branch "a b", allowed: the name of a branch such as main`,
		pipeline("    codeCommit: trailbus\n"):                                                                `18:5: found codeCommit beside connectionArn or repository, allowed: codeCommit, or connectionArn and repository`,
		inPipeline("example/trailbus", "trailbus"):                                                            `19:17: found repository "trailbus", allowed: owner/name`,
		inPipeline("    repository: example/trailbus\n", ""):                                                  `18:5: repository is missing`,
		inPipeline("arn:aws:", "arn:aws-cn:"):                                                                 `18:20: found connectionArn "arn:aws-cn:codeconnections:eu-central-1:111111111111:connection/01234567-89ab-cd…", allowed: a connection in the partition of central.region, aws`,
		inPipeline(":connection/", "/"):                                                                       `18:20: found connectionArn "arn:aws:codeconnections:eu-central-1:111111111111/01234567-89ab-cdef-0123-456789…", allowed: the ARN of a connection such as arn:aws:codeconnections:eu-central-1:111111111111:connection/01234567-89ab-cdef-0123-456789abcdef`,
		withMode("deploy: pipeline\npipeline: {source: {}}\n"):                                                "16:20: connectionArn is missing, allowed: the ARN of a connection to GitHub, GitLab or Bitbucket, or codeCommit in its stead\n16:20: repository is missing",
		withMode("deploy: pipeline\npipeline: {source: {codeCommit: a/b}}\n"):                                 `16:33: found repository "a/b", allowed: the name of a CodeCommit repository such as trailbus`,
		withMode("deploy: pipeline\npipeline: {}\n"):                                                          `16:11: pipeline.source is missing`,
		withMode("deploy: pipeline\npipeline: 5\n"):                                                           `16:11: found "5", allowed: a mapping with account, region, source, waves, approveStackSet`,
		pipeline("  waves: []\n"):                                                                             `20:10: found an empty list, allowed: at least one wave, or no waves for one with every account`,
		pipeline("  waves: [{name: canary, accounts: [security]}]\n"):                                         `20:10: no wave has the accounts production, allowed: each account in one wave, or a last wave without accounts, which takes the rest`,
		pipeline("  waves: [{name: a, accounts: [securty, production]}]\n"):                                   `20:32: found unknown account "securty" (did you mean "security"?), allowed: the names of accounts`,
		pipeline("  waves: [{name: a, accounts: [security]}, {name: b, accounts: [security, production]}]\n"): `20:65: account "security" is given twice, first in line 20`,
		pipeline("  waves: [{name: a}, {name: b, accounts: [security]}]\n"):                                   "20:12: this wave takes every account that is left, so the waves behind it get none, allowed: as the last one",
		pipeline("  waves: [{name: a, accounts: [security, production]}, {name: b}]\n"):                       `20:57: the waves before this one take every account, so it gets none, allowed: leave it out`,
		pipeline("  waves: [{name: source}]\n"):                                                               `20:18: found wave "source", which every pipeline has already, allowed: another name`,
		pipeline("  waves: [{name: a b}]\n"):                                                                  `20:18: found wave "a b", allowed: letters, digits and hyphens, such as canary`,
		pipeline("  waves: [{name: a, accounts: [security]}, {name: A}]\n"):                                   `20:51: wave "A" is given twice, first in line 20`,
		pipeline("  waves: [{}]\n"):                                                                           `20:11: name is missing`,
		pipeline("  waves: [5, ~]\n"):                                                                         "20:11: found \"5\", allowed: a mapping with name, accounts, approval\n20:14: found nothing, allowed: an item of the list",
		pipeline("  waves: [{name: a, accounts: x}]\n"):                                                       `20:31: found the text "x", allowed: a list`,
		withMode("deploy: pipeline\nforwarders: both\npipeline: {source: {codeCommit: trailbus}}\n"):          `16:13: found unknown forwarders "both", allowed: stacks, stacksets`,
		withMode(strings.Replace(bySet, "deploy: stacksets", "deploy: pipeline\nforwarders: stacksets", 1) + "pipeline: {source: {codeCommit: trailbus}, waves: [{name: a, accounts: [management, security]}]}\n"): `20:85: account "security" gets its forwarders by the stack set, allowed: accounts with stacks of their own`,
	} {
		if want != "" {
			want = "etc/trailbus.yaml:" + strings.ReplaceAll(want, "\n", "\netc/trailbus.yaml:")
		}
		if _, got := parse(text); got != want {
			t.Errorf("got:\n%s\nwant:\n%s\nfor:\n%s", got, want, text)
		}
	}
}
