package config

import (
	"strings"
	"testing"
	"time"
)

// The tests run on one day, whenever that is.
func init() { now = func() time.Time { return time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC) } }

// packs is the line of the good file behind which the tests put more rules.
const packs = "packs: [cis]\n"

// Whatever is of the wrong kind is one mistake, and one message says so.
func TestOneMistakeIsOneMessage(t *testing.T) {
	route := func(text string) string { return good + "  routes: " + text + "\n" }
	mutes := func(text string) string { return with(t, packs, packs+"  mutes: "+text+"\n") }
	accounts := `  - id: "111111111111"
    name: security
  - id: "222222222222"
    name: production
`
	organization := "organization: o-a1b2c3d4e5\n"
	for text, want := range map[string]string{
		with(t, "o-a1b2c3d4e5", "[x]"):                                                         `4:15: found a list, allowed: a text`,
		with(t, "o-a1b2c3d4e5", "*x"):                                                          `4:15: found an alias, allowed: the value itself`,
		with(t, "[us-east-1, eu-central-1]", "[[us-east-1]]"):                                  `5:11: found a list, allowed: a text`,
		with(t, "[us-east-1, eu-central-1]", "[us-east-1, ~]"):                                 `5:22: found nothing, allowed: an item of the list`,
		with(t, "[us-east-1, eu-central-1]", "*x"):                                             `5:10: found an alias, allowed: the value itself`,
		with(t, "central:\n  account: \"111111111111\"\n  region: eu-central-1", "central: 5"): `1:10: found "5", allowed: a mapping with account, region`,
		with(t, accounts, "", "accounts:", `accounts: ["111111111111"]`):                       `6:12: found the text "111111111111", allowed: a mapping with id, name, regions, ou, tags`,
		with(t, accounts, "", "accounts:", `accounts: [~]`):                                    `6:12: found nothing, allowed: an item of the list`,
		with(t, "rules:\n  packs: [cis]", "rules: 5"):                                          `11:8: found "5", allowed: a mapping with packs, files, off, severities, mutes`,
		with(t, "packs: [cis]", "packs: 5"):                                                    `12:10: found "5", allowed: a list`,
		with(t, "packs: [cis]", "packs: [{}]"):                                                 `12:11: found a mapping, allowed: a text`,
		with(t, "packs: [cis]", "files: [[]]"):                                                 `12:11: found a list, allowed: a text`,
		with(t, "packs: [cis]", `files: [""]`):                                                 `12:11: found an empty path, allowed: the path of a rule file`,
		mutes("[5]"):                                                                           `13:11: found "5", allowed: a mapping with rule, pattern, reason, owner, until`,
		mutes("[~]"):                                                                           `13:11: found nothing, allowed: an item of the list`,
		mutes("\n    -\n"):                                                                     `14:6: found nothing, allowed: an item of the list`,
		mutes(`[{rule: "", reason: x, owner: y, until: 2027-01-31}]`):                          `13:18: found unknown rule "", allowed: the id of a rule that is switched on`,
		mutes("[{pattern: {detail: {a: *x}}, reason: x, owner: y, until: 2027-01-31}]"):        `13:34: found an alias, allowed: the value itself`,
		mutes("[{rule: root-user-used, reason: [], owner: y, until: 2027-01-31}]"):             `13:42: found a list, allowed: a text`,
		route("[5]"):  `15:12: found "5", allowed: a mapping with severities, rules, packs, accounts, ous, tags, webhook, channel, mention, also`,
		route("[x]"):  `15:12: found the text "x", allowed: a mapping with severities, rules, packs, accounts, ous, tags, webhook, channel, mention, also`,
		route("[~]"):  `15:12: found nothing, allowed: an item of the list`,
		route("[[]]"): `15:12: found a list, allowed: a mapping with severities, rules, packs, accounts, ous, tags, webhook, channel, mention, also`,
		route("[{severities: x, webhook: a}, {webhook: b}]"):                                                        `15:25: found the text "x", allowed: a list`,
		route("[{severities: [urgent], webhook: a}, {severities: [low], webhook: b}]"):                              `15:26: unknown severity "urgent", allowed: low, medium, high, critical`,
		route("[{accounts: [[]], webhook: a}, {webhook: b}]"):                                                       `15:24: found a list, allowed: a text`,
		strings.Replace(route(`[{accounts: ["333333333333"], webhook: a}]`), organization, "organization: []\n", 1): `4:15: found a list, allowed: a text`,
		good + "accountNames: organisations\n":                                                                      `15:15: found unknown source of names "organisations" (did you mean "organizations"?), allowed: listed, organizations`,
		good + "accountNames: organizations\n":                                                                      `15:15: found accountNames: organizations without organization and management, allowed: with both, which say whose accounts the notifier may ask for, or accountNames: listed`,
		good + "accessPortal: 5\n":                                                                                  `15:15: found "5", allowed: a mapping with url, role`,
		good + "accessPortal: {role: x}\n":                                                                          `15:16: accessPortal.url is missing`,
		good + "accessPortal: {url: \"http://example.awsapps.com/start\"}\n":                                        `15:21: found another address than that of an AWS access portal, allowed: https and a host such as example.awsapps.com, then its path, such as /start`,
		good + "accessPortal: {url: \"https://evil.example.com/start\"}\n":                                          `15:21: found another address than that of an AWS access portal, allowed: https and a host such as example.awsapps.com, then its path, such as /start`,
		good + "accessPortal: {url: \"https://a.awsapps.com/start\", role: \"a b\"}\n":                              `15:58: found role "a b", allowed: the name of a permission set such as ReadOnly`,
		good + "~: x\n": `15:1: found an empty key, allowed: central, organization, regions, accounts, accountNames, rules, slack, accessPortal, alarms, dashboard, deploy, forwarders, management, stackSet, pipeline, trail, inspectionRole, heartbeat`,
	} {
		if _, got := parse(text); got != "etc/trailbus.yaml:"+want {
			t.Errorf("got:\n%s\nwant:\n%s\nfor:\n%s", got, want, text)
		}
	}
	text := strings.Replace(with(t, `- id: "222222222222"`, `- id: "22222222222"`), organization, "", 1) + "  routes: [{accounts: [\"222222222222\"], webhook: a}]\n"
	if _, got := parse(text); got != `etc/trailbus.yaml:8:9: found account id "22222222222", allowed: 12 digits` {
		t.Errorf("got:\n%s\nwant the account that is misspelt alone", got)
	}
	unread := `etc/trailbus.yaml:15:26: unknown severity "hihg", allowed: low, medium, high, critical
etc/trailbus.yaml:15:60: unknown severity "lwo", allowed: low, medium, high, critical`
	if _, got := parse(route("[{severities: [hihg], webhook: a}, {severities: [lwo], webhook: b}]")); got != unread {
		t.Errorf("got:\n%s\nwant:\n%s", got, unread)
	}
	want := `etc/trailbus.yaml:15:12: found "5", allowed: a mapping with severities, rules, packs, accounts, ous, tags, webhook, channel, mention, also
etc/trailbus.yaml:15:15: found the text "x", allowed: a mapping with severities, rules, packs, accounts, ous, tags, webhook, channel, mention, also
etc/trailbus.yaml:15:18: found nothing, allowed: an item of the list
etc/trailbus.yaml:15:21: found a list, allowed: a mapping with severities, rules, packs, accounts, ous, tags, webhook, channel, mention, also`
	if _, got := parse(route("[5, x, ~, []]")); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

func TestWhatIsProbablyNotMeantIsSaid(t *testing.T) {
	route := func(text string) string { return good + "  routes: " + text + "\n" }
	mute := func(text string) string { return with(t, packs, packs+"  mutes: [{rule: root-user-used, "+text+"}]\n") }
	long := strings.Repeat("x", 5000)
	for text, want := range map[string]string{
		route("[{severities: [], webhook: a}]"):                                                                             `15:25: found an empty list, allowed: at least one severity, or no severities for every one`,
		route("[{accounts: [], webhook: a}]"):                                                                               `15:23: found an empty list, allowed: at least one account, or no accounts for every one`,
		route("[{severities: [low, low], webhook: a}]"):                                                                     `15:31: severity low is given twice`,
		route(`[{accounts: ["222222222222", "222222222222"], webhook: a}]`):                                                 `15:40: account 222222222222 is given twice`,
		route("[{severities: [critical, high], webhook: a}, {severities: [high], webhook: b}]"):                             `15:57: the routes before this one take all that it would, so it gets nothing, allowed: before them, or not at all`,
		route("[{severities: [low], webhook: a}, {severities: [high], webhook: b}, {severities: [high, low], webhook: c}]"): `15:80: the routes before this one take all that it would, so it gets nothing, allowed: before them, or not at all`,
		route(`[{severities: [low], webhook: a}, {severities: [low], accounts: ["222222222222"], webhook: b}]`):             `15:46: the routes before this one take all that it would, so it gets nothing, allowed: before them, or not at all`,
		route(`[{accounts: ["222222222222"], webhook: a}, {severities: [low], webhook: b}]`):                                ``,
		route(`[{severities: [low], accounts: ["222222222222"], webhook: a}, {severities: [low], webhook: b}]`):             ``,
		route("[{webhook: a}, {webhook: b}, {webhook: c}]"):                                                                 `15:13: this route takes everything, so the routes behind it get nothing, allowed: as the last one`,
		mute(`reason: "", owner: y, until: 2027-01-31`):                                                                     `13:42: found an empty reason, allowed: a text`,
		mute(`reason: x, owner: " ", until: 2027-01-31`):                                                                    `13:52: found an empty owner, allowed: a text`,
		mute(`reason: x, owner: y, until: 2026-11-22`):                                                                      `13:62: warning: the mute of root-user-used by y has expired, so it mutes nothing`,
		mute(`reason: x, owner: " ", until: 2026-11-22`):                                                                    "13:52: found an empty owner, allowed: a text\netc/trailbus.yaml:13:64: warning: the mute of root-user-used by nobody has expired, so it mutes nothing",
		mute(`reason: x, owner: y, until: 2026-11-23`):                                                                      ``,
		with(t, `"222222222222"`, `"000000000000"`):                                                                         `9:9: found account id "000000000000", allowed: the id of an account, which this is not`,
		with(t, "name: production", "name: "+long):                                                                          `10:11: found a name of 5000 characters, allowed: 100`,
		with(t, "name: production", "name: "+long[:100]):                                                                    ``,
		with(t, "name: production", `name: "a\nb"`):                                                                         `10:11: found a name with the character U+000A, allowed: plain text in one line`,
		with(t, "name: production", `name: "a\eb"`):                                                                         `10:11: found a name with the character U+001B, allowed: plain text in one line`,
		with(t, "name: production", `name: "a\u202eb"`):                                                                     `10:11: found a name with the character U+202E, allowed: plain text in one line`,
		with(t, "trailbus/slack", long):                                                                                     `14:11: found secret "` + long[:80] + `…", allowed: the name of a Secrets Manager secret such as trailbus/slack`,
	} {
		if want != "" {
			want = "etc/trailbus.yaml:" + want
		}
		if _, got := parse(text); got != want {
			t.Errorf("got:\n%s\nwant:\n%s", got, want)
		}
	}
}
