package config

import (
	"reflect"
	"strings"
	"testing"

	"github.com/trailbus/trailbus/routes"
	"github.com/trailbus/trailbus/rules"
)

// owned is the good file with units and tags, and with a file of rules.
var owned = strings.NewReplacer(
	"name: security", "name: security\n    ou: Security\n    tags: {team: sec}",
	"name: production", "name: production\n    ou: Workloads/Production/\n    tags: {team: payments, stage: prod}\n  - {id: \"333333333333\", name: test, ou: Workloads/Test, tags: {team: payments}}",
	"packs: [cis]", "packs: [cis]\n  files: [ok.yaml]",
).Replace(good)

// routed is the owned file with routes, the first of them in line 22.
func routed(text string) string { return owned + "  routes:\n" + text }

func TestRoutes(t *testing.T) {
	root, err := rules.NewCatalogSet("cis")
	if err != nil {
		t.Fatal(err)
	}
	var cis []string
	for _, rule := range root.Rules() {
		cis = append(cis, rule.ID)
	}
	rest := routes.Route{Webhook: "rest"}
	for text, want := range map[string]routes.Table{
		`    - {channel: "#alerts"}`:                                                     {{Channel: "#alerts"}},
		`    - {channel: "#größe_1-2"}`:                                                  {{Channel: "#größe_1-2"}},
		`    - {channel: C0123456789, mention: "@here"}`:                                 {{Channel: "C0123456789", Mention: "<!here>"}},
		`    - {channel: G0123456789, mention: channel}`:                                 {{Channel: "G0123456789", Mention: "<!channel>"}},
		`    - {webhook: a, mention: <!everyone>}`:                                       {{Webhook: "a", Mention: "<!everyone>"}},
		`    - {webhook: a, mention: S0123ABCD}`:                                         {{Webhook: "a", Mention: "<!subteam^S0123ABCD>"}},
		`    - {webhook: a, mention: <!subteam^S0123ABCD>}`:                              {{Webhook: "a", Mention: "<!subteam^S0123ABCD>"}},
		`    - {webhook: a, mention: U0123ABCD}`:                                         {{Webhook: "a", Mention: "<@U0123ABCD>"}},
		`    - {webhook: a, mention: <@W0123ABCD>}`:                                      {{Webhook: "a", Mention: "<@W0123ABCD>"}},
		`    - {webhook: a, also: [{channel: "#a"}, {webhook: b, mention: "here"}]}`:     {{Webhook: "a", Also: []routes.Place{{Channel: "#a"}, {Webhook: "b", Mention: "<!here>"}}}},
		"    - {rules: [root-user-used, user-made], webhook: a}\n    - webhook: rest":    {{Rules: []string{"root-user-used", "user-made"}, Webhook: "a"}, rest},
		"    - {packs: [cis], webhook: a}\n    - webhook: rest":                          {{Rules: cis, Webhook: "a"}, rest},
		"    - {rules: [root-user-used], packs: [own], webhook: a}\n    - webhook: rest": {{Rules: []string{"root-user-used", "user-made"}, Webhook: "a"}, rest},
		"    - {ous: [Workloads], webhook: a}\n    - webhook: rest":                      {{Accounts: []string{"222222222222", "333333333333"}, Webhook: "a"}, rest},
		"    - {ous: [Workloads/Production, Security], webhook: a}\n    - webhook: rest": {{Accounts: []string{"111111111111", "222222222222"}, Webhook: "a"}, rest},
		"    - {tags: {team: payments}, webhook: a}\n    - webhook: rest":                {{Accounts: []string{"222222222222", "333333333333"}, Webhook: "a"}, rest},
		"    - {tags: {team: payments, stage: prod}, webhook: a}\n    - webhook: rest":   {{Accounts: []string{"222222222222"}, Webhook: "a"}, rest},
		"    - {tags: {team: payments}, ous: [Workloads/Test], accounts: [\"333333333333\", \"111111111111\"], webhook: a}\n    - webhook: rest": {{Accounts: []string{"333333333333"}, Webhook: "a"}, rest},
	} {
		c, said := parse(routed(text))
		if c == nil || said != "" {
			t.Errorf("%s\nis refused:\n%s", text, said)
		} else if !reflect.DeepEqual(c.Slack.Routes, want) {
			t.Errorf("%s\ngives %+v\nwant  %+v", text, c.Slack.Routes, want)
		}
	}
	if c, _ := parse(owned); c == nil || c.Accounts[1].OU != "Workloads/Production" || c.Accounts[1].Tags["stage"] != "prod" || len(c.Accounts[1].Tags) != 2 {
		t.Errorf("accounts %+v", c)
	}
}

func TestQuietHoursOfTheFile(t *testing.T) {
	hours := owned + "  quietHours: {from: \"20:00\", to: \"08:00\"}\n"
	low := &routes.Quiet{From: "20:00", To: "08:00", Severities: []rules.Severity{rules.Low}}
	zoned := &routes.Quiet{From: "20:00", To: "08:00", Zone: "Europe/Berlin", Severities: []rules.Severity{rules.Low, rules.Medium}}
	rest := routes.Route{Webhook: routes.Default, Quiet: low}
	for text, want := range map[string]routes.Table{
		hours: {rest},
		hours + "  routes: [{severities: [high], webhook: a}]\n":                                               {{Severities: []rules.Severity{rules.High}, Webhook: "a", Quiet: low}, rest},
		hours + "  routes: [{channel: \"#a\"}]\n":                                                              {{Channel: "#a", Quiet: low}},
		owned + "  quietHours: {from: 20:00, to: 08:00, timeZone: Europe/Berlin, severities: [low, medium]}\n": {{Webhook: routes.Default, Quiet: zoned}},
	} {
		c, said := parse(text)
		if c == nil || said != "" {
			t.Errorf("%s\nis refused:\n%s", text, said)
		} else if !reflect.DeepEqual(c.Slack.Routes, want) {
			t.Errorf("%s\ngives %+v\nwant  %+v", text, c.Slack.Routes, want)
		}
	}
}

func TestWhatIsWrongWithARoute(t *testing.T) {
	const token = "xoxb-1234567890-sEcReT"
	quiet := func(text string) string { return owned + "  quietHours: " + text + "\n" }
	for text, want := range map[string]string{
		routed("    - channel: #alerts"):                                                           `22:7: webhook or channel is missing, allowed: webhook: and a name in the secret, or channel: and "#name" in quotes, since # begins a comment, or an id`,
		routed(`    - {channel: alerts}`):                                                          `22:17: found channel "alerts" (did you mean "#alerts"?), allowed: the name of a public channel such as "#alerts", or the id of any such as C0123456789`,
		routed(`    - {channel: "#Alerts"}`):                                                       `22:17: found channel "#Alerts", allowed: `,
		routed(`    - {channel: "` + token + `"}`):                                                 `22:17: found channel "(a token, not repeated here)"`,
		routed(`    - {webhook: "` + token + `"}`):                                                 `22:17: found webhook "(a token, not repeated here)"`,
		routed(`    - {webhook: a, mention: "` + token + `"}`):                                     `22:29: found mention "(a token, not repeated here)"`,
		routed(`    - {webhook: a, channel: "#a"}`):                                                `22:29: found webhook and channel, allowed: one of them; also tells another place`,
		routed(`    - {webhook: a, mention: "@oncall"}`):                                           `22:29: found mention "@oncall", allowed: here, channel, everyone, or the id of a user group (S…) or of a member (U… or W…)`,
		routed(`    - {webhook: a, mention: "<!here> <!channel>"}`):                                `22:29: found mention `,
		routed(`    - {webhook: a, also: []}`):                                                     `22:26: found an empty list, allowed: at least one place, or no also`,
		routed(`    - {webhook: a, also: [{}]}`):                                                   `22:27: webhook or channel is missing`,
		routed(`    - {webhook: a, also: [{mention: here}]}`):                                      `22:28: webhook or channel is missing`,
		routed(`    - {webhook: a, also: [{webhook: a}]}`):                                         `22:28: webhook a is given twice in this route`,
		routed(`    - {webhook: a, also: [{channel: "#a"}, {channel: "#a"}]}`):                     `22:45: #a is given twice in this route`,
		routed(`    - {rules: [root-user-usd], webhook: a}`):                                       `22:16: found unknown rule "root-user-usd" (did you mean "root-user-used"?), allowed: the id of a rule that is switched on`,
		routed(`    - {rules: [cloudtrail-stopped], webhook: a}`):                                  `22:16: warning: rule "cloudtrail-stopped" is not switched on, so this route gets nothing of it`,
		routed(`    - {rules: [root-user-used, root-user-used], webhook: a}`):                      `22:32: rule "root-user-used" is given twice`,
		routed(`    - {rules: [], webhook: a}`):                                                    `22:15: found an empty list, allowed: at least one rule, or no rules for every one`,
		routed(`    - {packs: [csi], webhook: a}`):                                                 `22:16: found unknown pack "csi" (did you mean "cis"?), allowed: `,
		routed(`    - {packs: [tamper], webhook: a}`):                                              `22:16: warning: no rule of pack "tamper" is switched on, so this route gets nothing of it`,
		routed(`    - {packs: [cis, cis], webhook: a}`):                                            `22:21: pack "cis" is given twice`,
		routed(`    - {ous: [Workload], webhook: a}`):                                              `22:14: no account in accounts has the ou "Workload", or one below it (did you mean "Workloads"?)`,
		routed(`    - {ous: [Securty], webhook: a}`):                                               `22:14: no account in accounts has the ou "Securty", or one below it (did you mean "Security"?)`,
		routed(`    - {ous: [""], webhook: a}`):                                                    `22:14: found an empty ou, allowed: a text`,
		routed(`    - {tags: {team: paymens}, webhook: a}`):                                        `22:15: no account in accounts has the tag "team" with the value "paymens" (did you mean "team: payments"?)`,
		routed(`    - {tags: {}, webhook: a}`):                                                     `22:14: found no tag, allowed: at least one, or no tags for every account`,
		routed(`    - {tags: {team: }, webhook: a}`):                                               `22:15: found the tag "team" without a value, allowed: a text`,
		routed(`    - {tags: {team: sec}, ous: [Workloads], webhook: a}`):                          `22:32: no account in accounts fits all that this route says of accounts, so it gets nothing`,
		routed("    - {packs: [cis], webhook: a}\n    - {rules: [root-user-used], webhook: b}"):    `23:8: the routes before this one take all that it would`,
		routed("    - {tags: {team: payments}, webhook: a}\n    - {ous: [Workloads], webhook: b}"): `23:8: the routes before this one take all that it would`,
		routed("    - {severities: [high], channel: \"#a\"}"):                                      `22:8: warning: no route takes everything, so the rest goes to the webhook "default", and no route uses a webhook, allowed: a last route with a channel alone`,
		quiet(`{from: "20:00"}`):                                                                   `quietHours.to is missing`,
		quiet(`{from: "8:00", to: "20:00"}`):                                                       `found time "8:00", allowed: hours and minutes such as 08:00`,
		quiet(`{from: "20:00", to: "08:00", timeZone: Europe/Berlln}`):                             `found unknown time zone "Europe/Berlln", allowed: a name of the IANA database such as Europe/Berlin`,
		quiet(`{from: "20:00", to: "08:00", timeZone: Local}`):                                     `found unknown time zone "Local"`,
		quiet(`{from: "08:00", to: "08:00"}`):                                                      `found hours from 08:00 to 08:00, which never begin`,
		quiet(`{from: "20:00", to: "08:00", severities: [lwo]}`):                                   `unknown severity "lwo", allowed: `,
		quiet(`{from: "20:00", to: "08:00", severities: [critical]}`):                              `warning: alerts of severity critical wait as well, which are those that should wake somebody up`,
		quiet(`[]`): `found a list, allowed: a mapping with from, to, timeZone, severities`,
	} {
		_, said := parse(text)
		if !strings.Contains(said, want) || strings.Contains(said, "\n") || strings.Contains(said, "sEcReT") {
			t.Errorf("got:\n%s\nwant one line with:\n%s\nfor:\n%s", said, want, text[len(owned):])
		}
	}
}
