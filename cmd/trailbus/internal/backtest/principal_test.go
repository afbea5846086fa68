package backtest

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/trailbus/trailbus/eventpattern"
	"github.com/trailbus/trailbus/internal/cloudtrail"
	"github.com/trailbus/trailbus/internal/config"
	"github.com/trailbus/trailbus/rules"
)

func TestPrincipalOf(t *testing.T) {
	const none = `{"detail":{"userIdentity":`
	for name, test := range map[string]struct {
		identity, same, other, pattern string
	}{
		"an IAM user": {bob, strings.Replace(bob, `"type"`, `"accessKeyId":"AKIAEXAMPLE","type"`, 1), strings.Replace(bob, "user/bob", "user/eve", 1),
			none + `{"arn":["arn:aws:iam::222222222222:user/bob"],"invokedBy":[{"exists":false}],"type":["IAMUser"]}}}`},
		"a role, whatever its session": {deploy, strings.Replace(deploy, "SESSION", "other", 1), strings.Replace(deploy, ":role/deploy", ":role/other", 1),
			none + `{"invokedBy":[{"exists":false}],"sessionContext":{"sessionIssuer":{"arn":["arn:aws:iam::222222222222:role/deploy"]}},"type":["AssumedRole"]}}}`},
		"a person of Identity Center": {
			`{"type":"AssumedRole","arn":"a:assumed-role/AWSReservedSSO_A_b/alice","sessionContext":{"sessionIssuer":{"arn":"r:role/x/AWSReservedSSO_A_b"}}}`,
			`{"arn":"a:assumed-role/AWSReservedSSO_A_b/alice","sessionContext":{"sessionIssuer":{"arn":"r:role/x/AWSReservedSSO_A_b"}},"type":"AssumedRole"}`,
			`{"type":"AssumedRole","arn":"a:assumed-role/AWSReservedSSO_A_b/bob","sessionContext":{"sessionIssuer":{"arn":"r:role/x/AWSReservedSSO_A_b"}}}`,
			none + `{"arn":["a:assumed-role/AWSReservedSSO_A_b/alice"],"invokedBy":[{"exists":false}],"sessionContext":{"sessionIssuer":{"arn":["r:role/x/AWSReservedSSO_A_b"]}},"type":["AssumedRole"]}}}`},
		"a service on behalf of a role": {strings.Replace(deploy, `"type"`, `"invokedBy":"cloudformation.amazonaws.com","type"`, 1),
			strings.Replace(deploy, `"type"`, `"invokedBy":"cloudformation.amazonaws.com","x":1,"type"`, 1), deploy,
			none + `{"invokedBy":["cloudformation.amazonaws.com"],"sessionContext":{"sessionIssuer":{"arn":["arn:aws:iam::222222222222:role/deploy"]}},"type":["AssumedRole"]}}}`},
		"the root user": {`{"type":"Root","accountId":"1","arn":"x"}`, `{"type":"Root","accountId":"1"}`, `{"type":"Root","accountId":"2"}`,
			none + `{"accountId":["1"],"invokedBy":[{"exists":false}],"type":["Root"]}}}`},
		"a service": {`{"type":"AWSService","invokedBy":"ecs.amazonaws.com"}`, `{"type":"AWSService","invokedBy":"ecs.amazonaws.com","arn":null}`, `{"type":"AWSService","invokedBy":"ec2.amazonaws.com"}`,
			none + `{"invokedBy":["ecs.amazonaws.com"],"type":["AWSService"]}}}`},
		"a role of a strange account": {`{"type":"AWSAccount","accountId":"1","principalId":"AROA1:one"}`, `{"type":"AWSAccount","accountId":"1","principalId":"AROA1:two"}`,
			`{"type":"AWSAccount","accountId":"1","principalId":"AROA1"}`,
			none + `{"accountId":["1"],"invokedBy":[{"exists":false}],"principalId":[{"prefix":"AROA1:"}],"type":["AWSAccount"]}}}`},
		"none": {`null`, `{}`, `{"type":null}`,
			none + `{"accountId":[{"exists":false}],"arn":[{"exists":false}],"invokedBy":[{"exists":false}],"onBehalfOf":{"userId":[{"exists":false}]},"principalId":[{"exists":false}],"type":[{"exists":false}],"userName":[{"exists":false}]}}}`},
	} {
		t.Run(name, func(t *testing.T) {
			p := principalOf([]byte(test.identity))
			if got := string(p.pattern()); got != test.pattern {
				t.Errorf("got  %s\nwant %s", got, test.pattern)
			}
			if q := principalOf([]byte(test.same)); q.key != p.key {
				t.Errorf("%s is another: %s", test.same, q.key)
			}
			if q := principalOf([]byte(test.other)); q.key == p.key {
				t.Errorf("%s is the same", test.other)
			}
			if p.unsupported {
				t.Error("it is odd")
			}
		})
	}
	for _, identity := range []string{`{"type":7}`, `{"type":"IAMUser","arn":["x"]}`, `{"type":"AssumedRole","sessionContext":[{"sessionIssuer":{"arn":"x"}}]}`,
		`{"type":"IAMUser","arn":"` + strings.Repeat("x", maxIdentity) + `"}`} {
		if !principalOf([]byte(identity)).unsupported {
			t.Errorf("%.200s is not odd", identity)
		}
	}
}

// A pattern matches the identities of its principal, all of them, and no others. The identities are
// those of the fixtures of every rule, of the demo, and of random records.
func TestPatternsTellIdentitiesApart(t *testing.T) {
	identities := map[string]bool{bob: true, deploy: true, `null`: true, `{}`: true, `[]`: true, `"x"`: true, `{"type":"AssumedRole","sessionContext":"x"}`: true,
		`{"type":"AssumedRole","sessionContext":{"sessionIssuer":{}},"arn":"x"}`: true, `{"type":"AssumedRole","sessionContext":{"sessionIssuer":{"arn":""}},"arn":"x"}`: true,
		`{"type":"IAMUser","arn":""}`: true, `{"type":"IAMUser","arn":null}`: true, `{"type":"IAMUser"}`: true, `{"type":"","userName":"x"}`: true, `{"userName":"x","accountId":"1"}`: true}
	files, err := filepath.Glob("../../../../rules/catalog/testdata/*.jsonl")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	others, _ := filepath.Glob("../../../../../shared/data/*.jsonl") // where they are
	for _, file := range append(append(files, "../../../../internal/local/records.jsonl"), others...) {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(bytes.NewReader(data))
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			var line struct {
				Event        struct{ Detail, UserIdentity json.RawMessage }
				UserIdentity json.RawMessage
			}
			if json.Unmarshal(lines.Bytes(), &line) != nil {
				continue
			}
			var detail struct{ UserIdentity json.RawMessage }
			_ = json.Unmarshal(line.Event.Detail, &detail)
			for _, identity := range []json.RawMessage{line.UserIdentity, line.Event.UserIdentity, detail.UserIdentity} {
				if identity != nil {
					identities[string(identity)] = true
				}
			}
		}
	}
	type found struct {
		*principal
		pattern *eventpattern.Pattern
		event   []byte
	}
	var all []found
	for identity := range identities {
		p := principalOf([]byte(identity))
		if p.unsupported {
			continue
		}
		pattern, err := eventpattern.Compile(p.pattern())
		if err != nil {
			t.Fatalf("%s: %v", identity, err)
		}
		all = append(all, found{p, pattern, []byte(`{"detail":{"userIdentity":` + identity + `}}`)})
	}
	if len(all) < 200 {
		t.Fatalf("only %d identities", len(all))
	}
	patterns := make([]*eventpattern.Pattern, len(all))
	for i := range all {
		patterns[i] = all[i].pattern
	}
	set, pairs := eventpattern.NewSet(patterns...), 0
	for _, a := range all {
		matched, err := set.Match(a.event)
		if err != nil {
			t.Fatal(err)
		}
		for i, b := range all {
			if matches := slices.Contains(matched, i); matches != (a.key == b.key) {
				t.Errorf("%s\nmatches %t\n%s", b.pattern, matches, a.event)
			}
		}
		pairs += len(matched) - 1
	}
	if pairs == 0 {
		t.Error("no two identities are of one principal")
	}
}

const surroundings = `central: {account: "222222222222", region: us-east-1}
regions: [us-east-1]
accounts: [{id: "222222222222", name: production}]
slack: {secret: x}
rules:
  packs: [cis]
  mutes:
`

// A mute stands in trailbus.yaml as it is printed, whatever the name of the principal.
func TestProposedMutesAreValidInTrailbusYAML(t *testing.T) {
	for _, name := range []string{"bob", "a b: c, d", `"quoted" \ back`, "{[*&!%@`'#", "Grüße 🎉", "\u202egnal\u200b", "\u001b[31mred\u0007", "\U000e0041", "tab\tline\nend", "<&>", "\u2028", "\u007f\u0085"} {
		quoted, err := json.Marshal(name)
		if err != nil {
			t.Fatal(err)
		}
		identity := `{"type":"SAMLUser","userName":` + string(quoted) + `,"principalId":` + string(quoted) + `}`
		set, err := rules.NewCatalogSet("cis")
		if err != nil {
			t.Fatal(err)
		}
		known := example(t)
		known.Rules = set
		r := try(t, Options{Settings: known}, call{"1", "ec2:CreateSecurityGroup", identity, "2026-11-20T12:00:00Z", production, ""}.String(),
			call{"2", "ec2:CreateSecurityGroup", bob, "2026-11-20T12:00:00Z", production, ""}.String())
		if len(r.Rules) != 1 || len(r.Rules[0].Principals) != 2 {
			t.Fatalf("%q: %+v", name, r.Rules)
		}
		i := slices.IndexFunc(r.Rules[0].Principals, func(p PrincipalReport) bool { return strings.HasPrefix(p.Name, "SAML") })
		p := r.Rules[0].Principals[i]
		if p.NoMute != "" {
			t.Errorf("%q: no mute: %s", name, p.NoMute)
			continue
		}
		for _, c := range p.Mute {
			if c != '\n' && (c < ' ' || c == '\u202e' || c == '\u200b' || c == '\u007f' || c == '\u0085') {
				t.Errorf("%q: %U is printed", name, c)
			}
		}
		file := surroundings + "    " + strings.ReplaceAll(strings.TrimSpace(p.Mute), "\n", "\n    ") + "\n"
		c, err := config.Parse("trailbus.yaml", []byte(file), os.ReadFile)
		if err != nil {
			t.Errorf("%q: %v\n%s", name, err, file)
			continue
		}
		mutes, err := rules.NewMutes(c.Mutes...)
		if err != nil {
			t.Fatal(err)
		}
		for who, want := range map[string]bool{identity: true, bob: false} {
			e, err := cloudtrail.FromRecord([]byte(call{"1", "ec2:CreateSecurityGroup", who, "2026-11-20T12:00:00Z", production, ""}.String()))
			if err != nil {
				t.Fatal(err)
			}
			rule := c.Rules.Rules()[slices.IndexFunc(c.Rules.Rules(), func(r *rules.Rule) bool { return r.ID == "security-group-change" })]
			if got := mutes.Of(rule, e.JSON, now) != nil; got != want {
				t.Errorf("%q: %s is muted: %t", name, who, got)
			}
		}
	}
}
