package rules

import (
	"strings"
	"testing"
)

func TestLoadReadsEveryKey(t *testing.T) {
	pack, err := Load("mine.yaml", []byte(`pack: mine
title: Mine
rules:
  - id: access-key-created
    title: Access key created
    severity: high
    why: It leaks.
    references: [MITRE ATT&CK T1098.001]
    page: https://wiki.example.com/keys
    show: [userName]
    calls: [iam:CreateAccessKey, iam:UpdateAccessKey]
    pattern: {detail: {errorCode: [{exists: false}]}}
    unless: [{detail: {userIdentity: {type: [AWSService]}}}]
    readOnly: true
`))
	if err != nil {
		t.Fatal(err)
	}
	if pack.Name != "mine" || pack.Title != "Mine" || len(pack.Rules) != 1 {
		t.Fatalf("got %+v", pack)
	}
	r := pack.Rules[0]
	if r.ID != "access-key-created" || r.Title != "Access key created" || r.Severity != High || r.Why != "It leaks." ||
		strings.Join(r.References, "|") != "MITRE ATT&CK T1098.001" || r.Page != "https://wiki.example.com/keys" || strings.Join(r.Show, "|") != "userName" ||
		strings.Join(r.Calls, "|") != "iam:CreateAccessKey|iam:UpdateAccessKey" || string(r.Pattern) != `{"detail":{"errorCode":[{"exists":false}]}}` ||
		len(r.Unless) != 1 || string(r.Unless[0]) != `{"detail":{"userIdentity":{"type":["AWSService"]}}}` || !r.ReadOnly {
		t.Errorf("got %+v", r)
	}
	set, err := NewSet(r)
	if err != nil {
		t.Fatal(err)
	}
	for detail, want := range map[string]int{
		`"eventName":"CreateAccessKey"`:                                           1,
		`"eventName":"CreateAccessKey","errorCode":"AccessDenied"`:                0,
		`"eventName":"CreateAccessKey","userIdentity":{"type":"AWSService"}`:      0,
		`"eventName":"CreateUser"`:                                                0,
		`"eventName":"UpdateAccessKey","userIdentity":{"type":"IAMUser"},"a":"b"`: 1,
	} {
		matched, err := set.Match([]byte(`{"detail":{"eventSource":"iam.amazonaws.com",` + detail + `}}`))
		if err != nil || len(matched) != want {
			t.Errorf("%s: %d rules (%v), want %d", detail, len(matched), err, want)
		}
	}
}

func TestLoadReportsEveryProblemAtItsPlace(t *testing.T) {
	_, err := Load("mine.yaml", []byte(`pack: My Pack
rules:
  - id: Access_Key
    title: T
    severity: hihg
    why: W
    calls: [iam.CreateUser, iam:CreateUser]
  - id: b
    title: T
    severity: low
    why: W
    pattern: {detail: {eventName: CreateUser}}
  - id: b
    severity: low
    why: W
    sevrity: low
`))
	want := `mine.yaml:1:7: found pack "My Pack", allowed: lower-case words joined by hyphens
mine.yaml:3:9: found id "Access_Key", allowed: lower-case words joined by hyphens
mine.yaml:5:15: unknown severity "hihg", allowed: low, medium, high, critical
mine.yaml:7:13: found call "iam.CreateUser", allowed: service:Operation as in iam:CreateUser
`
	if err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Fatalf("got:\n%v\nwant first:\n%s", err, want)
	}
	for _, part := range []string{
		"mine.yaml:12:15: ", "detail.eventName", // a scalar where a list belongs
		"mine.yaml:13:5: title is missing", `rule "b" is given twice`, "neither calls nor pattern is given",
		`mine.yaml:16:5: unknown key "sevrity" (did you mean "severity"?)`,
	} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("nothing says %q:\n%v", part, err)
		}
	}
}

func TestATypingErrorInACallIsAWarning(t *testing.T) {
	pack, err := Load("mine.yaml", []byte(`pack: mine
rules:
  - id: a
    title: T
    severity: low
    why: W
    calls: [iam:CreatUser, imm:CreateUser, iam:CreateUser, lambda:UpdateFunctionCode, signin:ConsoleLogin]
`))
	if err != nil {
		t.Fatal(err)
	}
	want := `mine.yaml:7:13: warning: iam is not known to have an operation "CreatUser" (did you mean "CreateUser"?)
mine.yaml:7:28: warning: AWS is not known to have a service "imm" (did you mean "iam"?): a call is the first label of CloudTrail's eventSource and the operation`
	if got := strings.Join(pack.Warnings, "\n"); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

func TestSeveritiesHaveNames(t *testing.T) {
	if len(Severities()) != 4 {
		t.Fatalf("%d severities, want 4", len(Severities()))
	}
	for _, severity := range Severities() {
		parsed, err := ParseSeverity(severity.String())
		if err != nil || parsed != severity {
			t.Errorf("%v is read back as %v (%v)", severity, parsed, err)
		}
	}
	if _, err := ParseSeverity("none"); err == nil {
		t.Error("none is no severity")
	}
	if got := Severity(0).String(); got != "none" {
		t.Errorf("the zero severity is called %q", got)
	}
}

// A rule's page stands in a link of every message, so it is an address that can.
func TestPages(t *testing.T) {
	for page, ok := range map[string]bool{
		"https://wiki.example.com/a?b=c#d": true, "http://wiki.example.com/": false, "wiki": false, "https://": false,
		"https://wiki.example.com/|x": false, "https://wiki.example.com/>": false, "javascript:alert(1)": false,
	} {
		_, err := Load("mine.yaml", []byte("pack: mine\nrules:\n  - {id: a, title: T, severity: low, why: W, calls: [iam:CreateUser], page: \""+page+"\"}\n"))
		if (err == nil) != ok || err != nil && !strings.Contains(err.Error(), "mine.yaml:3:") {
			t.Errorf("%s: %v", page, err)
		}
	}
	catalog := CatalogRules()
	for _, rule := range catalog {
		if want := catalogPage + "#" + rule.ID; rule.Page != want {
			t.Errorf("%s has the page %q, want %q", rule.ID, rule.Page, want)
		}
	}
	if len(catalog) < 100 {
		t.Errorf("%d rules in the catalogue", len(catalog))
	}
}
