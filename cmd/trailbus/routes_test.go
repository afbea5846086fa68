package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/trailbus/trailbus/cmd/trailbus/internal/cli"
	"github.com/trailbus/trailbus/cmd/trailbus/internal/rules"
)

// forRoutes is the example with routes, two files of rules' worth of severities, quiet hours and a
// mute.
var forRoutes = map[string]string{
	"trailbus.yaml": strings.NewReplacer("packs: [cis]", `packs: [cis]
  files: [mine.yaml]
  mutes: [{rule: muted, reason: the move, owner: ann, until: 2999-01-31}]`,
		"name: production", "name: production, tags: {team: payments}",
		"slack: {secret: trailbus/slack}", `slack:
  secret: trailbus/slack
  quietHours: {from: "20:00", to: "08:00", timeZone: Europe/Berlin}
  routes:
    - {severities: [critical], webhook: urgent}
    - {packs: [mine], tags: {team: payments}, channel: "#payments", mention: here, also: [{webhook: audit}]}
    - {accounts: ["111111111111"], channel: "#security"}`).Replace(example),
	"mine.yaml": `pack: mine
rules:
  - {id: tagged, title: T, severity: low, why: W, calls: [sqs:TagQueue]}
  - {id: user, title: T, severity: medium, why: W, calls: [iam:CreateUser]}
  - {id: muted, title: T, severity: high, why: W, calls: [sns:DeleteTopic]}
`,
}

func record(call, account string) string {
	service, name, _ := strings.Cut(call, ":")
	return `{"eventID":"7e57ab1e-0000-4000-8000-0000000000b1","eventSource":"` + service + `.amazonaws.com","eventName":"` + name +
		`","awsRegion":"eu-west-1","recipientAccountId":"` + account + `","eventType":"AwsApiCall"}`
}

func TestRoutesExplain(t *testing.T) {
	for _, test := range []struct{ record, at, want string }{
		{record("sqs:TagQueue", "222222222222"), "2026-11-23T22:00:00+01:00", `7e57ab1e-0000-4000-8000-0000000000b1: sqs:TagQueue in 222222222222, eu-west-1
  low, told by tagged
  route 1: no, because its severity is low, not critical
  route 2: takes it, because its rule is tagged, its account is 222222222222
  → #payments, calls <!here>, held until 2026-11-24 08:00 CET
  → webhook audit, held until 2026-11-24 08:00 CET
`},
		{record("iam:CreateUser", "111111111111"), "2026-11-23T22:00:00+01:00", `7e57ab1e-0000-4000-8000-0000000000b1: iam:CreateUser in 111111111111, eu-west-1
  medium, told by user
  route 1: no, because its severity is medium, not critical
  route 2: no, because its account is 111111111111, not 222222222222
  route 3: takes it, because its account is 111111111111
  → #security
`},
		{record("iam:CreateUser", "333333333333"), "2026-11-23T12:00:00Z", `7e57ab1e-0000-4000-8000-0000000000b1: iam:CreateUser in 333333333333, eu-west-1
  medium, told by user
  route 1: no, because its severity is medium, not critical
  route 2: no, because its account is 333333333333, not 222222222222
  route 3: no, because its account is 333333333333, not 111111111111
  route 4: takes it, because it takes everything
  → webhook default
`},
		{record("sns:DeleteTopic", "222222222222"), "2026-11-23T12:00:00Z", "7e57ab1e-0000-4000-8000-0000000000b1: sns:DeleteTopic in 222222222222, eu-west-1\n  goes nowhere: muted by ann: the move\n"},
		{record("s3:GetObject", "222222222222"), "2026-11-23T12:00:00Z", "7e57ab1e-0000-4000-8000-0000000000b1: s3:GetObject in 222222222222, eu-west-1\n  goes nowhere: no rule tells of it\n"},
	} {
		if code, out, errors := invoke(t, forRoutes, test.record, "routes", "explain", "--at", test.at); code != 0 || out != test.want || errors != "" {
			t.Errorf("code %d, got\n%s\nwant\n%s\n%s", code, out, test.want, errors)
		}
	}
	without := map[string]string{"trailbus.yaml": example}
	if _, out, _ := invoke(t, without, record("iam:AttachUserPolicy", "222222222222"), "routes", "explain"); !strings.HasSuffix(out, "  no route takes it, so it goes where the rest does\n  → webhook default\n") {
		t.Errorf("without routes:\n%s", out)
	}
	if code, _, errors := invoke(t, forRoutes, "", "routes", "explain", "--at", "tonight"); code != cli.ExitUsage || !strings.Contains(errors, `--at: found "tonight", allowed: a time such as`) {
		t.Errorf("code %d: %s", code, errors)
	}
}

func TestRoutesExplainPrintsJSON(t *testing.T) {
	in := record("sqs:TagQueue", "222222222222") + "\n" + record("s3:GetObject", "222222222222") + "\nnonsense\n" + record("iam:CreateUser", "111111111111")
	code, out, errors := invoke(t, forRoutes, in, "routes", "explain", "--json", "--at", "2026-11-23T21:00:00Z")
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if code != cli.ExitInput || len(lines) != 3 || !strings.Contains(errors, "standard input") {
		t.Fatalf("code %d, %d lines\n%s%s", code, len(lines), out, errors)
	}
	want := `{"eventID":"7e57ab1e-0000-4000-8000-0000000000b1","call":"sqs:TagQueue","account":"222222222222","region":"eu-west-1","rules":["tagged"],"severity":"low",` +
		`"routes":[{"route":1,"takes":false,"because":"its severity is low, not critical"},{"route":2,"takes":true,"because":"its rule is tagged, its account is 222222222222"}],` +
		`"targets":[{"place":"#payments","channel":"#payments","mention":"<!here>","heldUntil":"2026-11-24T08:00:00+01:00"},{"place":"webhook audit","webhook":"audit","heldUntil":"2026-11-24T08:00:00+01:00"}]}`
	if lines[0] != want {
		t.Errorf("got  %s\nwant %s", lines[0], want)
	}
	var untold rules.RouteExplanation
	if err := json.Unmarshal([]byte(lines[1]), &untold); err != nil || untold.NotPosted != "no rule tells of it" || !strings.Contains(lines[1], `"rules":[],"routes":[],"targets":[]`) {
		t.Errorf("%v: %s", err, lines[1])
	}
}
