package config

import (
	"io/fs"
	"strings"
	"testing"

	"github.com/trailbus/trailbus/rules"
)

// good is a file without a problem, in lines that the tests replace.
const good = `central:
  account: "111111111111"
  region: eu-central-1
organization: o-a1b2c3d4e5
regions: [us-east-1, eu-central-1]
accounts:
  - id: "111111111111"
    name: security
  - id: "222222222222"
    name: production
rules:
  packs: [cis]
slack:
  secret: trailbus/slack
`

// files are the rule files of the tests.
var files = map[string]string{
	"etc/ok.yaml":     "pack: own\nrules:\n  - id: user-made\n    title: A user was made\n    severity: high\n    why: It is a test.\n    calls: [iam:CreateUser]\n",
	"/abs/ok.yaml":    "pack: absolute\nrules:\n  - id: user-gone\n    title: A user is gone\n    severity: low\n    why: It is a test.\n    calls: [iam:DeleteUser]\n",
	"etc/broken.yaml": "pack: own\nrules:\n  - id: user-made\n    title: A user was made\n    severity: hihg\n    why: It is a test.\n    calls: [CreateUser]\n",
	"etc/cis.yaml":    "pack: own\nrules:\n  - id: root-user-used\n    title: Root\n    severity: high\n    why: It is a test.\n    calls: [iam:CreateUser]\n",
	"etc/syntax.yaml": "pack: [own\n",
	"etc/empty.yaml":  "",
}

func readTestFile(path string) ([]byte, error) {
	if text, ok := files[path]; ok {
		return []byte(text), nil
	}
	return nil, &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
}

// parse gives the warnings, or the problems, a line each. Of each file that is parsed here the
// schema must say the same as the reader; where it does not, that is a line more.
func parse(text string) (*Config, string) {
	c, err := Parse("etc/trailbus.yaml", []byte(text), readTestFile)
	said := ""
	if err != nil {
		c, said = nil, err.Error()
	} else {
		said = strings.Join(c.Warnings, "\n")
	}
	return c, said + disagreement(text, err)
}

// with replaces parts of the good file: old, new, old, new.
func with(t *testing.T, oldnew ...string) string {
	t.Helper()
	text := good
	for i := 0; i < len(oldnew); i += 2 {
		if strings.Count(text, oldnew[i]) != 1 {
			t.Fatalf("the good file has %q %d times, want once", oldnew[i], strings.Count(text, oldnew[i]))
		}
		text = strings.Replace(text, oldnew[i], oldnew[i+1], 1)
	}
	return text
}

func TestEveryKindOfProblemIsReportedAtItsPlace(t *testing.T) {
	if c, warnings := parse(good); c == nil || warnings != "" {
		t.Fatalf("the file without a problem has some:\n%s", warnings)
	}
	tests := map[string]struct {
		text string
		want string
	}{
		"an unknown key": {with(t, "organization:", "organisation:"), `
etc/trailbus.yaml:4:1: unknown key "organisation" (did you mean "organization"?), allowed: central, organization, regions, accounts, accountNames, rules, slack, accessPortal, alarms, dashboard, deploy, forwarders, management, stackSet, pipeline, trail, inspectionRole, heartbeat
`},
		"an unknown key further down": {with(t, "    name: security", "    nmae: security"), `
etc/trailbus.yaml:7:5: name is missing
etc/trailbus.yaml:8:5: unknown key "nmae" (did you mean "name"?), allowed: id, name, regions, ou, tags
`},
		"a key given twice": {good + "regions: [us-east-1]\n", `
etc/trailbus.yaml:15:1: "regions" is given twice, first in line 5
`},
		"an account id that is too short": {with(t, `- id: "222222222222"`, `- id: "22222222222"`), `
etc/trailbus.yaml:9:9: found account id "22222222222", allowed: 12 digits
`},
		"an account id with hyphens": {with(t, `- id: "222222222222"`, `- id: 2222-2222-2222`), `
etc/trailbus.yaml:9:9: found account id "2222-2222-2222", allowed: 12 digits
`},
		"an account id in words": {with(t, `account: "111111111111"`, `account: production`), `
etc/trailbus.yaml:2:12: found account id "production", allowed: 12 digits
`},
		"a list for an account id": {with(t, `account: "111111111111"`, `account: ["111111111111"]`), `
etc/trailbus.yaml:2:12: found a list, allowed: a text
`},
		"an unknown Region": {with(t, "regions: [us-east-1, eu-central-1]", "regions: [us-east-1, eu-cental-1]"), `
etc/trailbus.yaml:5:22: found unknown Region "eu-cental-1" (did you mean "eu-central-1"?), allowed: a Region of AWS such as eu-central-1
`},
		"an unknown Region like no other": {with(t, "  region: eu-central-1", "  region: everywhere"), `
etc/trailbus.yaml:3:11: found unknown Region "everywhere", allowed: a Region of AWS such as eu-central-1
`},
		"an Availability Zone for a Region": {with(t, "  region: eu-central-1", "  region: eu-central-1a"), `
etc/trailbus.yaml:3:11: found unknown Region "eu-central-1a" (did you mean "eu-central-1"?), allowed: a Region of AWS such as eu-central-1
`},
		"no us-east-1": {with(t, "[us-east-1, eu-central-1]", "[eu-west-1, eu-central-1]"), `
etc/trailbus.yaml:5:10: warning: us-east-1 is not in the list: IAM, Organizations and other global services are recorded only there, and would not be seen
`},
		"no us-east-1 in one account": {with(t, "    name: production\n", "    name: production\n    regions: [eu-west-1]\n"), `
etc/trailbus.yaml:11:14: warning: us-east-1 is not in the list: IAM, Organizations and other global services are recorded only there, and would not be seen
`},
		"a misspelt us-east-1 is one problem, not two": {with(t, "[us-east-1, eu-central-1]", "[us-eats-1, eu-central-1]"), `
etc/trailbus.yaml:5:11: found unknown Region "us-eats-1" (did you mean "us-east-1"?), allowed: a Region of AWS such as eu-central-1
`},
		"no us-gov-west-1": {with(t, "  region: eu-central-1", "  region: us-gov-east-1", "[us-east-1, eu-central-1]", "[us-gov-east-1]"), `
etc/trailbus.yaml:5:10: warning: us-gov-west-1 is not in the list: IAM, Organizations and other global services are recorded only there, and would not be seen
`},
		"a Region twice": {with(t, "[us-east-1, eu-central-1]", "[us-east-1, eu-central-1, us-east-1]"), `
etc/trailbus.yaml:5:36: Region us-east-1 is given twice
`},
		"an account twice": {with(t, `"222222222222"`, `"111111111111"`), `
etc/trailbus.yaml:9:9: account 111111111111 is given twice, first in line 7
`},
		"a name twice": {with(t, "name: production", "name: Security"), `
etc/trailbus.yaml:10:11: account name "Security" is given twice, first in line 8
`},
		"an empty name": {with(t, "name: production", `name: " "`), `
etc/trailbus.yaml:10:11: found an empty name, allowed: a text
`},
		"no name": {with(t, "    name: production\n", ""), `
etc/trailbus.yaml:9:5: name is missing
`},
		"no id": {with(t, `  - id: "222222222222"
    name`, "  - name"), `
etc/trailbus.yaml:9:5: id is missing
`},
		"no Regions at all": {with(t, "regions: [us-east-1, eu-central-1]\n", ""), `
etc/trailbus.yaml:6:5: account 111111111111 has no Regions, allowed: regions of its own or regions for all at the top of the file
etc/trailbus.yaml:8:5: account 222222222222 has no Regions, allowed: regions of its own or regions for all at the top of the file
`},
		"no Regions and no id": {with(t, "regions: [us-east-1, eu-central-1]\n", "", `  - id: "222222222222"
    name: production
`, "", `id: "111111111111"
    name`, "name", "rules:", "x: y\nrules:"), `
etc/trailbus.yaml:6:5: id is missing
etc/trailbus.yaml:6:5: account has no Regions, allowed: regions of its own or regions for all at the top of the file
etc/trailbus.yaml:7:1: unknown key "x", allowed: central, organization, regions, accounts, accountNames, rules, slack, accessPortal, alarms, dashboard, deploy, forwarders, management, stackSet, pipeline, trail, inspectionRole, heartbeat
`},
		"an empty list of Regions": {with(t, "regions: [us-east-1, eu-central-1]", "regions: []"), `
etc/trailbus.yaml:7:5: account 111111111111 has no Regions, allowed: regions of its own or regions for all at the top of the file
etc/trailbus.yaml:9:5: account 222222222222 has no Regions, allowed: regions of its own or regions for all at the top of the file
`},
		"only wrong Regions": {with(t, "[us-east-1, eu-central-1]", "[us-east-9]"), `
etc/trailbus.yaml:5:11: found unknown Region "us-east-9" (did you mean "us-east-1"?), allowed: a Region of AWS such as eu-central-1
`},
		"a text for the Regions": {with(t, "[us-east-1, eu-central-1]", "us-east-1"), `
etc/trailbus.yaml:5:10: found the text "us-east-1", allowed: a list
`},
		"an account without Regions of its own": {with(t, "    name: production\n", "    name: production\n    regions: []\n"), `
etc/trailbus.yaml:9:5: account 222222222222 has no Regions, allowed: regions of its own or regions for all at the top of the file
`},
		"no accounts": {with(t, `  - id: "111111111111"
    name: security
  - id: "222222222222"
    name: production
`, "", "accounts:", "accounts: []"), `
etc/trailbus.yaml:6:11: no account is given, allowed: at least one
`},
		"accounts as a mapping": {with(t, `  - id: "111111111111"
    name: security
  - id: "222222222222"
    name: production
`, "  production: x\n"), `
etc/trailbus.yaml:7:3: found a mapping, allowed: a list
`},
		"an account that is a text": {with(t, `  - id: "222222222222"
    name: production
`, `  - "222222222222"`+"\n"), `
etc/trailbus.yaml:9:5: found the text "222222222222", allowed: a mapping with id, name, regions, ou, tags
`},
		"the central account unwatched": {with(t, `account: "111111111111"`, `account: "333333333333"`), `
etc/trailbus.yaml:2:3: warning: the central account 333333333333 is not in accounts, so nobody watches it
`},
		"two partitions": {with(t, "    name: production\n", "    name: production\n    regions: [cn-north-1]\n"), `
etc/trailbus.yaml:11:15: found Region cn-north-1, which is in the partition aws-cn, allowed: a Region of the partition of central.region, aws
`},
		"a wrong organization": {with(t, "o-a1b2c3d4e5", "ou-a1b2-c3d4e5"), `
etc/trailbus.yaml:4:15: found organization "ou-a1b2-c3d4e5", allowed: an id such as o-a1b2c3d4e5
`},
		"an unknown pack": {with(t, "[cis]", "[cis, csi]"), `
etc/trailbus.yaml:12:16: found unknown pack "csi" (did you mean "cis"?), allowed: {packs}
`},
		"only an unknown pack": {with(t, "[cis]", "[nist-800-53]"), `
etc/trailbus.yaml:12:11: found unknown pack "nist-800-53", allowed: {packs}
`},
		"a pack twice": {with(t, "[cis]", "[cis, cis]"), `
etc/trailbus.yaml:12:16: pack "cis" is given twice
`},
		"no rules switched on": {with(t, "[cis]", "[]"), `
etc/trailbus.yaml:12:3: no rule is switched on, allowed: packs ({packs}), files of your own, or both
`},
		"a rule file that is not there": {with(t, packs, packs+"  files: [missing.yaml]\n"), `
etc/trailbus.yaml:13:11: rule file "missing.yaml" cannot be read: file does not exist
`},
		"only a rule file that is not there, and a mute of a rule that may be in it": {with(t, packs, "files: [missing.yaml]\n  mutes:\n    - {rule: user-made, reason: x, owner: y, until: 2027-01-31}\n"), `
etc/trailbus.yaml:12:11: rule file "missing.yaml" cannot be read: file does not exist
`},
		"a broken rule file": {with(t, packs, packs+"  files: [broken.yaml]\n"), `
etc/broken.yaml:5:15: unknown severity "hihg", allowed: low, medium, high, critical
etc/broken.yaml:7:13: found call "CreateUser", allowed: service:Operation as in iam:CreateUser
`},
		"a rule file with a syntax error": {with(t, packs, packs+"  files: [syntax.yaml]\n"), `
etc/syntax.yaml:1:7: sequence end token ']' not found
`},
		"an empty rule file": {with(t, packs, packs+"  files: [empty.yaml]\n"), `
etc/empty.yaml:1:1: the file is empty
`},
		"a rule in place of the catalogue's, whose pack is not on": {with(t, packs, "packs: [tamper]\n  files: [cis.yaml]\n"), `
etc/cis.yaml:3:5: warning: rule "root-user-used" of the catalogue (in cis, recommended, root-and-sign-in) is not switched on, so this one replaces nothing
`},
		"a rule file twice": {with(t, packs, packs+"  files: [ok.yaml, ok.yaml]\n"), `
etc/trailbus.yaml:13:20: rule "user-made" is in etc/ok.yaml and in etc/ok.yaml, allowed: one of them
`},
		"a mute of an unknown rule": {with(t, packs, packs+"  mutes:\n    - {rule: root-user-use, reason: x, owner: y, until: 2027-01-31}\n"), `
etc/trailbus.yaml:14:14: found unknown rule "root-user-use" (did you mean "root-user-used"?), allowed: the id of a rule that is switched on
`},
		"a mute of a rule that is not on": {with(t, packs, packs+"  mutes:\n    - {rule: root-access-key-created, reason: x, owner: y, until: 2027-01-31}\n"), `
etc/trailbus.yaml:14:14: warning: rule "root-access-key-created" is not switched on, so the mute mutes nothing
`},
		"a mute with a key twice": {with(t, packs, packs+"  mutes:\n    - {pattern: {detail: {eventName: [a], eventName: [b]}}, reason: x, owner: y, until: 2027-01-31}\n"), `
etc/trailbus.yaml:14:43: "eventName" is given twice, first in line 14
`},
		"off and severities of unknown rules": {with(t, packs, packs+"  off: [root-user-use, vpc-change, vpc-change]\n  severities: {root-user-used: hihg, root-user-use: low}\n"), `
etc/trailbus.yaml:13:9: found unknown rule "root-user-use" (did you mean "root-user-used"?), allowed: the id of a rule of the catalogue
etc/trailbus.yaml:13:36: rule "vpc-change" is given twice
etc/trailbus.yaml:14:32: unknown severity "hihg", allowed: low, medium, high, critical
etc/trailbus.yaml:14:38: found unknown rule "root-user-use" (did you mean "root-user-used"?), allowed: the id of a rule of the catalogue
`},
		"off and severities of rules that are not on": {with(t, packs, packs+"  off: [root-access-key-created, vpc-change]\n  severities: {root-access-key-created: low, vpc-change: low, root-user-used: critical}\n"), `
etc/trailbus.yaml:13:9: warning: rule "root-access-key-created" is not switched on, so this changes nothing
etc/trailbus.yaml:14:16: warning: rule "root-access-key-created" is not switched on, so this changes nothing
etc/trailbus.yaml:14:46: warning: rule "vpc-change" is not switched on, so this changes nothing
etc/trailbus.yaml:14:79: warning: rule "root-user-used" is critical already, so this changes nothing
`},
		"off and severities of one's own rules": {with(t, packs, packs+"  files: [ok.yaml, cis.yaml]\n  off: [user-made]\n  severities: {root-user-used: low}\n"), `
etc/trailbus.yaml:14:9: rule "user-made" is one of your own, in etc/ok.yaml, allowed: a rule of the catalogue; change your own in its file
etc/trailbus.yaml:15:16: rule "root-user-used" is one of your own, in etc/cis.yaml, allowed: a rule of the catalogue; change your own in its file
`},
		"off, severities and a mute of rules that may be in a file that is not there": {with(t, packs, packs+"  files: [missing.yaml]\n  off: [x]\n  severities: {x: low}\n"), `
etc/trailbus.yaml:13:11: rule file "missing.yaml" cannot be read: file does not exist
`},
		"off and severities of another kind": {with(t, packs, packs+"  off: vpc-change\n  severities: [vpc-change]\n"), `
etc/trailbus.yaml:13:8: found the text "vpc-change", allowed: a list
etc/trailbus.yaml:14:15: found a list, allowed: a mapping of rule ids to severities
`},
		"a severity twice, and a list for one": {with(t, packs, packs+"  severities: {vpc-change: low, vpc-change: high, root-user-used: [low]}\n"), `
etc/trailbus.yaml:13:33: "vpc-change" is given twice, first in line 13
etc/trailbus.yaml:13:67: found a list, allowed: a text
`},
		"a mute of everything": {with(t, packs, packs+"  mutes:\n    - {reason: x, owner: y, until: 2027-01-31}\n"), `
etc/trailbus.yaml:14:8: neither rule nor pattern is given, so it would mute everything, allowed: one or both
`},
		"a mute without its words": {with(t, packs, packs+"  mutes:\n    - rule: root-user-used\n"), `
etc/trailbus.yaml:14:7: reason is missing
etc/trailbus.yaml:14:7: owner is missing
etc/trailbus.yaml:14:7: until is missing
`},
		"a date that is none": {with(t, packs, packs+"  mutes:\n    - {rule: root-user-used, reason: x, owner: y, until: 31.01.2027}\n"), `
etc/trailbus.yaml:14:58: found date "31.01.2027", allowed: a day such as 2027-01-31
`},
		"a day that is none": {with(t, packs, packs+"  mutes:\n    - {rule: root-user-used, reason: x, owner: y, until: 2027-02-30}\n"), `
etc/trailbus.yaml:14:58: found date "2027-02-30", allowed: a day such as 2027-01-31
`},
		"a mute with a broken pattern": {with(t, packs, packs+"  mutes:\n    - {pattern: {detail: {eventName: ConsoleLogin}}, reason: x, owner: y, until: 2027-01-31}\n"), `
etc/trailbus.yaml:14:18: event pattern: detail.eventName: "ConsoleLogin" for a field, want an array of values, or an object
`},
		"no secret": {with(t, "slack:\n  secret: trailbus/slack", "slack: {}"), `
etc/trailbus.yaml:13:8: slack.secret is missing
`},
		"a secret's name with a space": {with(t, "trailbus/slack", "trailbus slack"), `
etc/trailbus.yaml:14:11: found secret "trailbus slack", allowed: the name of a Secrets Manager secret such as trailbus/slack
`},
		"a secret's name that looks like the end of an ARN": {with(t, "trailbus/slack", "slack-alerts"), `
etc/trailbus.yaml:14:11: found secret "slack-alerts", which ends in a hyphen and six characters: Secrets Manager takes those for the end of an ARN, allowed: another name such as trailbus/slack
`},
		"a route that takes everything too early": {good + "  routes:\n    - webhook: all\n    - {severities: [high], webhook: urgent}\n", `
etc/trailbus.yaml:16:7: this route takes everything, so the routes behind it get nothing, allowed: as the last one
`},
		"a route with an unknown severity": {good + "  routes:\n    - {severities: [urgent], webhook: urgent}\n", `
etc/trailbus.yaml:16:21: unknown severity "urgent", allowed: low, medium, high, critical
`},
		"a route without a webhook": {good + "  routes:\n    - severities: [high]\n", `
etc/trailbus.yaml:16:7: webhook or channel is missing, allowed: webhook: and a name in the secret, or channel: and "#name" in quotes, since # begins a comment, or an id
`},
		"a webhook's name with capitals": {good + "  routes:\n    - {severities: [high], webhook: Urgent}\n", `
etc/trailbus.yaml:16:37: found webhook "Urgent", allowed: the name that its URL has in the secret, such as security-urgent
`},
		"a route for a wrong account": {good + "  routes:\n    - {accounts: [\"1\"], webhook: urgent}\n", `
etc/trailbus.yaml:16:19: found account id "1", allowed: 12 digits
`},
		"a route for an account that nobody lists": {with(t, "organization: o-a1b2c3d4e5\n", "") + "  routes:\n    - {accounts: [\"333333333333\"], webhook: urgent}\n", `
etc/trailbus.yaml:15:19: account 333333333333 is not in accounts, and without an organization no other account can send
`},
		"everything missing": {"{}", `
etc/trailbus.yaml:1:1: central is missing
etc/trailbus.yaml:1:1: accounts is missing
etc/trailbus.yaml:1:1: rules is missing
etc/trailbus.yaml:1:1: slack is missing
`},
		"parts that are nothing": {"central:\naccounts:\nrules:\nslack:\n", `
etc/trailbus.yaml:1:1: central is missing
etc/trailbus.yaml:2:1: accounts is missing
etc/trailbus.yaml:3:1: rules is missing
etc/trailbus.yaml:4:1: slack is missing
`},
		"an empty file": {"", `
etc/trailbus.yaml:1:1: the file is empty
`},
		"only a comment": {"# nothing yet\n", `
etc/trailbus.yaml:1:1: the file is empty
`},
		"a list": {"- central\n", `
etc/trailbus.yaml:1:1: found a list, allowed: a mapping with central, organization, regions, accounts, accountNames, rules, slack, accessPortal, alarms, dashboard, deploy, forwarders, management, stackSet, pipeline, trail, inspectionRole, heartbeat
`},
		"a syntax error": {with(t, "regions: [us-east-1, eu-central-1]", "regions: [us-east-1, eu-central-1"), `
etc/trailbus.yaml:6:1: ',' or ']' must be specified
`},
		"a tab": {with(t, "  region: eu-central-1", "\tregion: eu-central-1"), `
etc/trailbus.yaml:3:1: found character '	' that cannot start any token
`},
		"a second document": {good + "---\nmore: true\n", `
etc/trailbus.yaml:16:1: a second YAML document, allowed: one
`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			want := strings.ReplaceAll(strings.TrimSpace(test.want), "{packs}", strings.Join(rules.PackNames(), ", "))
			if _, got := parse(test.text); got != want {
				t.Errorf("got:\n%s\nwant:\n%s\nfor:\n%s", got, want, test.text)
			}
		})
	}
}

func TestAllProblemsAreReportedInOneRunInTheOrderOfTheFile(t *testing.T) {
	_, got := parse(`central: {account: "1", region: eu-cental-1}
organization: mine
regions: [eu-west-1]
accounts:
  - {id: "111111111111", name: a, color: red}
  - {id: "111111111111", name: b}
rules: {packs: [cis], files: [missing.yaml, broken.yaml]}
slack: {secret: trailbus/slack, routes: [{webhook: X}]}
`)
	var places []string
	for line := range strings.Lines(got) {
		file, rest, _ := strings.Cut(line, ":")
		row, rest, _ := strings.Cut(rest, ":")
		column, _, _ := strings.Cut(rest, ":")
		places = append(places, strings.TrimPrefix(file, "etc/")+":"+row+":"+column)
	}
	want := "trailbus.yaml:1:20 trailbus.yaml:1:33 trailbus.yaml:2:15 trailbus.yaml:3:10 trailbus.yaml:5:35 trailbus.yaml:6:10" +
		" trailbus.yaml:7:31 trailbus.yaml:8:52 broken.yaml:5:15 broken.yaml:7:13"
	if strings.Join(places, " ") != want {
		t.Errorf("got:\n%s\nwant:\n%s\nwhich is:\n%s", strings.Join(places, " "), want, got)
	}
}
