package main

import (
	"encoding/json"
	"strings"
	"testing"
)

// forExplain is the example with rules that a record of PutBucketAcl nearly matches, each kept from
// telling by something else.
var forExplain = map[string]string{
	"trailbus.yaml": strings.Replace(example, "packs: [cis]", `packs: [cis]
  files: [mine.yaml]
  off: [s3-bucket-policy-change]
  mutes:
    - {rule: muted, reason: the move, owner: ann, until: 2999-01-31}
    - {rule: told, reason: old, owner: bob, until: 2026-01-31}
    - {rule: told, reason: other, owner: eve, until: 2999-01-31, pattern: {account: ["1"]}}`, 1),
	"mine.yaml": `pack: mine
rules:
  - {id: s3-bucket-public, title: T, severity: high, why: W, calls: [s3:PutBucketAcl], pattern: {detail: {requestParameters: {acl: [public-read, public-read-write]}}}}
  - {id: told, title: T, severity: low, why: W, calls: [s3:PutBucketAcl], pattern: {detail: {userAgent: [{prefix: x}]}}}
  - {id: the-call, title: T, severity: high, why: W, calls: [s3:PutBucketAcl]}
  - {id: muted, title: T, severity: high, why: W, calls: [s3:PutBucketAcl]}
  - {id: left-out, title: T, severity: high, why: W, calls: [s3:PutBucketAcl], unless: [{detail: {a: [b]}}, {detail: {userAgent: [{suffix: z}]}}]}
  - {id: far, title: T, severity: high, why: W, calls: [s3:DeleteBucket, iam:CreateUser]}
`,
}

const acl = `{"eventID":"7e57ab1e-0000-4000-8000-0000000000b1","eventSource":"s3.amazonaws.com","eventName":"PutBucketAcl","awsRegion":"eu-west-1",` +
	`"recipientAccountId":"222222222222","eventType":"AwsApiCall","userAgent":"xyz","requestParameters":{"acl":"private\u202e"}}`

func TestRulesExplain(t *testing.T) {
	code, out, errors := invoke(t, forExplain, acl, "rules", "explain")
	want := `7e57ab1e-0000-4000-8000-0000000000b1: s3:PutBucketAcl in 222222222222, eu-west-1
  the-call: told, because it is that call
  told: told, because detail.userAgent is "xyz"; the mute by bob expired on 2026-01-31; the mute by eve does not mute it, because account is "222222222222", allowed: "1"
  muted: not told, because it is muted by ann until 2999-01-31: the move
  left-out: not told, because its unless 2 of 2 leaves it out: detail.userAgent is "xyz"
  s3-bucket-policy-change: not told, because it is switched off by rules.off
  s3-bucket-public: not told, because detail.requestParameters.acl is "private\u202e", allowed: "public-read" or "public-read-write"
`
	if code != 0 || out != want {
		t.Errorf("code %d, got\n%s\nwant\n%s\n%s", code, out, want, errors)
	}
	_, out, _ = invoke(t, forExplain, acl, "rules", "explain", "--rule", "far", "--rule", "trailbus-role-changed")
	for _, part := range []string{
		`far: not told, because detail.eventName is "PutBucketAcl", allowed: "DeleteBucket"; that is the nearest of 2 ways to match`,
		"trailbus-role-changed: not told, because ", "; it is not switched on (packs: recommended, tamper)",
	} {
		if !strings.Contains(out, part) || strings.Count(out, "\n") != 3 {
			t.Errorf("%q is not in\n%s", part, out)
		}
	}
	code, _, errors = invoke(t, forExplain, acl, "rules", "explain", "--rule", "farr")
	if code != 1 || !strings.Contains(errors, `there is no rule "farr" (did you mean "far"?)`) {
		t.Errorf("code %d, err %q", code, errors)
	}
}

func TestRulesExplainPrintsJSON(t *testing.T) {
	code, out, errors := invoke(t, forExplain, acl+"\n"+unwanted, "rules", "explain", "--json")
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if code != 0 || len(lines) != 2 {
		t.Fatalf("code %d\n%s%s", code, out, errors)
	}
	var got struct {
		EventID, Call, Account, Region string
		Rules                          []struct {
			Rule, Severity, Because string
			On, Told                bool
			Misses                  []struct {
				Path           string
				Allowed, Found []string
			}
			LeftOutBy []struct{ Path string }
			Mute      *struct{ Owner string }
		}
	}
	if err := json.Unmarshal([]byte(lines[0]), &got); err != nil || got.Call != "s3:PutBucketAcl" || got.Account != "222222222222" || len(got.Rules) != 6 {
		t.Fatalf("%v: %s", err, lines[0])
	}
	if muted := got.Rules[2]; muted.Rule != "muted" || muted.Told || !muted.On || muted.Mute == nil || muted.Mute.Owner != "ann" {
		t.Errorf("got %+v", muted)
	}
	if left := got.Rules[3]; len(left.LeftOutBy) != 1 || left.LeftOutBy[0].Path != "detail.userAgent" {
		t.Errorf("got %+v", left)
	}
	public := got.Rules[5]
	if public.Rule != "s3-bucket-public" || len(public.Misses) != 1 || public.Misses[0].Path != "detail.requestParameters.acl" ||
		strings.Join(public.Misses[0].Allowed, " ") != "public-read public-read-write" || strings.Join(public.Misses[0].Found, "") != "private\u202e" || strings.Contains(out, "\u202e") {
		t.Errorf("got %+v", public)
	}
	if err := json.Unmarshal([]byte(lines[1]), &got); err != nil || got.Call != "ec2:RunInstances" || len(got.Rules) != 0 || !strings.Contains(lines[1], `"rules":[]`) {
		t.Errorf("%v: %s", err, lines[1])
	}
}

func TestRulesExplainOfRefusedEvents(t *testing.T) {
	forged := `{"source":"my.app","detail-type":"x","account":"222222222222","detail":` + strings.Replace(acl, "7e57", "\\u001b[2J", 1) + `}`
	code, out, errors := invoke(t, forExplain, forged+"\n"+unwanted, "rules", "explain")
	for _, part := range []string{
		"nobody is told, whatever the rules say: the source \"my.app\" does not begin with aws.", "the-call: not told, because nobody is told of this event\n",
		"ec2:RunInstances in 222222222222, eu-west-1\n  no rule comes near (--rule RULE explains one all the same)\n", "\ufffd[2Jab1e-",
	} {
		if code != 0 || !strings.Contains(out, part) || strings.ContainsAny(out, "\x1b\u202e") || strings.Contains(out, ": told, because") {
			t.Errorf("code %d, %q is not in\n%s%s", code, part, out, errors)
		}
	}
	reading := strings.Replace(acl, `"eventType"`, `"readOnly":true,"managementEvent":true,"eventType"`, 1)
	_, out, _ = invoke(t, forExplain, reading, "rules", "explain", "--rule", "the-call")
	if !strings.Contains(out, "the-call: not told, because EventBridge delivers a read-only management event (detail.readOnly is true) only for a rule with readOnly: true, and no such rule asks for it\n") {
		t.Errorf("got\n%s", out)
	}
}
