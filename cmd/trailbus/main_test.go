package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/trailbus/trailbus/cmd/trailbus/internal/cli"
)

// A record that the rule security-group-change wants, and one that no rule wants.
const (
	wanted = `{"eventVersion":"1.11","userIdentity":{"type":"IAMUser","userName":"bob","accountId":"222222222222"},"eventTime":"2026-11-20T08:00:00Z",` +
		`"eventSource":"ec2.amazonaws.com","eventName":"CreateSecurityGroup","awsRegion":"eu-west-1","sourceIPAddress":"203.0.113.5","userAgent":"aws-cli/2",` +
		`"requestParameters":{"groupName":"<!channel>"},"responseElements":null,"eventID":"7e57ab1e-0000-4000-8000-0000000000a1","readOnly":false,` +
		`"eventType":"AwsApiCall","managementEvent":true,"recipientAccountId":"222222222222"}`
	unwanted = `{"eventVersion":"1.11","userIdentity":{"type":"IAMUser","userName":"bob"},"eventTime":"2026-11-20T08:00:00Z","eventSource":"ec2.amazonaws.com",` +
		`"eventName":"RunInstances","awsRegion":"eu-west-1","eventID":"7e57ab1e-0000-4000-8000-0000000000a2","eventType":"AwsApiCall","recipientAccountId":"222222222222"}`
)

const example = `central: {account: "111111111111", region: eu-central-1}
organization: o-a1b2c3d4e5
regions: [us-east-1]
accounts:
  - {id: "111111111111", name: security}
  - {id: "222222222222", name: production}
rules:
  packs: [cis]
slack: {secret: trailbus/slack}
`

// The build of a pipeline with another file has TRAILBUS_CONFIG, and runs these tests.
func TestMain(m *testing.M) {
	os.Unsetenv("TRAILBUS_CONFIG")
	os.Exit(m.Run())
}

// invoke runs the command in an empty folder with these files.
func invoke(t *testing.T, files map[string]string, stdin string, args ...string) (code int, out, errors string) {
	t.Helper()
	t.Chdir(t.TempDir())
	for name, text := range files {
		if err := os.MkdirAll(filepath.Dir(filepath.FromSlash(name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.FromSlash(name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var stdout, stderr bytes.Buffer
	code = run(t.Context(), &cli.Streams{In: strings.NewReader(stdin), Out: &cli.Output{To: &stdout}, Err: &stderr}, args)
	return code, stdout.String(), stderr.String()
}

func zipped(t *testing.T, text string) string {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestPreviewReadsEveryFormat(t *testing.T) {
	event := `{"version":"0","id":"1","detail-type":"AWS API Call via CloudTrail","source":"aws.ec2","account":"222222222222","region":"eu-west-1","detail":` + wanted + `}`
	for name, input := range map[string]string{
		"a record":             wanted,
		"a log file":           `{"Records":[` + unwanted + `,` + wanted + `]}`,
		"an EventBridge event": event,
		"JSON Lines":           unwanted + "\n" + wanted + "\n",
		"gzip":                 zipped(t, `{"Records":[`+wanted+`]}`),
	} {
		files := map[string]string{"trailbus.yaml": example, "in": input}
		code, out, errors := invoke(t, files, "", "preview", "in")
		if code != 0 || strings.Count(out, "Security group changed") != 1 || !strings.Contains(out, "production (222222222222), eu-west-1") {
			t.Errorf("%s: code %d\n%s%s", name, code, out, errors)
		}
		if strings.Contains(out, "RunInstances") {
			t.Errorf("%s: what no rule wants is shown:\n%s", name, out)
		}
		code, out, errors = invoke(t, files, input, "preview", "--format", "slack")
		var payload struct {
			Text   string            `json:"text"`
			Blocks []json.RawMessage `json:"blocks"`
		}
		if err := json.Unmarshal([]byte(out), &payload); code != 0 || err != nil || payload.Text == "" || len(payload.Blocks) == 0 {
			t.Errorf("%s: code %d, error %v\n%s%s", name, code, err, out, errors)
		}
		if strings.Contains(out, "replace_original") || strings.Contains(out, "delete_original") {
			t.Errorf("%s: the payload has what no message has: %s", name, out)
		}
		if strings.Contains(payload.Text, "<!channel>") {
			t.Errorf("%s: a mention of an external account: %s", name, payload.Text)
		}
	}
}

func TestPreviewAllShowsUnmatchedRecords(t *testing.T) {
	code, out, errors := invoke(t, nil, unwanted+"\n"+wanted, "preview", "--all")
	if code != 0 || !strings.Contains(out, "No rule matches") || !strings.Contains(out, "Security group changed") {
		t.Errorf("code %d\n%s%s", code, out, errors)
	}
	_, out, errors = invoke(t, nil, unwanted, "preview")
	if out != "" || !strings.Contains(errors, "1 that no rule wants") {
		t.Errorf("out %q, err %q", out, errors)
	}
}

func TestPreviewRefusesForgedEvents(t *testing.T) {
	forged := `{"source":"my.app","detail-type":"AWS API Call via CloudTrail","account":"222222222222","detail":` + wanted + `}`
	code, out, errors := invoke(t, nil, forged, "preview", "--all")
	if code != 0 || strings.Contains(out, "Security group changed") || !strings.Contains(out, "Not from AWS") || !strings.Contains(errors, "does not begin with aws.") || !strings.Contains(errors, "1 refused") {
		t.Errorf("code %d, out %q, err %q", code, out, errors)
	}
}

func TestPreviewAppliesMutes(t *testing.T) {
	muted := strings.Replace(example, "packs: [cis]", `packs: [cis]
  mutes:
    - {rule: security-group-change, reason: moving house, owner: me, until: 2999-01-01}`, 1)
	code, out, errors := invoke(t, map[string]string{"trailbus.yaml": muted}, wanted, "preview")
	if code != 0 || out != "" || !strings.Contains(errors, "1 muted") {
		t.Errorf("code %d, out %q, err %q", code, out, errors)
	}
}

func TestMalformedInputIsReportedAndSkipped(t *testing.T) {
	for _, args := range [][]string{{"preview", "in.jsonl"}, {"rules", "match", "in.jsonl"}} {
		code, out, errors := invoke(t, map[string]string{"in.jsonl": "{oops\n" + wanted + "\n[1,2\n" + wanted + "\n"}, "", args...)
		if code != 1 || !strings.Contains(errors, "in.jsonl:1: ") || !strings.Contains(errors, "in.jsonl:3: ") {
			t.Errorf("%v: code %d, err %q", args, code, errors)
		}
		if n := strings.Count(out, "Security group changed") + strings.Count(out, "security-group-change\"]"); n != 2 {
			t.Errorf("%v: %d records came through, want 2:\n%s", args, n, out)
		}
	}
	code, out, errors := invoke(t, map[string]string{"good": wanted}, "", "rules", "match", "missing", "good")
	if code != 1 || !strings.Contains(errors, "missing: cannot be read: ") || !strings.Contains(out, "security-group-change") {
		t.Errorf("code %d\n%s%s", code, out, errors)
	}
}

func TestRulesMatch(t *testing.T) {
	code, out, errors := invoke(t, nil, wanted+"\n"+unwanted, "rules", "match")
	want := `{"eventID":"7e57ab1e-0000-4000-8000-0000000000a1","rules":["security-group-change"]}
{"eventID":"7e57ab1e-0000-4000-8000-0000000000a2","rules":[]}
`
	if code != 0 || out != want {
		t.Errorf("code %d, got\n%swant\n%s%s", code, out, want, errors)
	}
}

func TestRulesList(t *testing.T) {
	mine := "pack: mine\nrules:\n  - {id: my-rule, title: Mine, severity: low, why: Because., calls: [iam:CreateUser]}\n"
	files := map[string]string{"trailbus.yaml": strings.Replace(example, "packs: [cis]", "files: [mine.yaml]", 1), "mine.yaml": mine}
	code, out, errors := invoke(t, files, "", "rules", "list", "--json")
	var list []struct {
		ID, Severity string
		Packs        []string
		On           bool
	}
	if err := json.Unmarshal([]byte(out), &list); err != nil || code != 0 {
		t.Fatalf("code %d, error %v\n%s%s", code, err, out, errors)
	}
	on := map[string]bool{}
	for _, rule := range list {
		on[rule.ID] = rule.On
		if rule.Severity == "" || (len(rule.Packs) == 0) != (rule.ID == "my-rule") {
			t.Errorf("severity and packs of %s: %q, %v", rule.ID, rule.Severity, rule.Packs)
		}
	}
	if len(list) < 16 || !on["my-rule"] || on["root-user-used"] {
		t.Errorf("rules and whether they are on: %v", on)
	}
	code, out, _ = invoke(t, files, "", "rules", "list")
	if code != 0 || !strings.Contains(out, "my-rule") || !strings.Contains(out, "(own)") || !strings.Contains(out, "root-user-used") {
		t.Errorf("code %d\n%s", code, out)
	}
}

func TestRulesShow(t *testing.T) {
	code, out, errors := invoke(t, nil, "", "rules", "show", "root-user-used")
	for _, part := range []string{"root-user-used: Root user used", "critical", "packs", "cis", "why", "CIS AWS Foundations 7.0.0 5.3", "- Root", "calls that only read", "page       https://"} {
		if code != 0 || !strings.Contains(out, part) {
			t.Errorf("code %d, %q is not in\n%s%s", code, part, out, errors)
		}
	}
	code, out, _ = invoke(t, nil, "", "rules", "show", "--json", "root-user-used", "security-group-change")
	var list []struct{ ID string }
	if err := json.Unmarshal([]byte(out), &list); err != nil || code != 0 || len(list) != 2 || list[1].ID != "security-group-change" {
		t.Errorf("code %d, error %v\n%s", code, err, out)
	}
	code, _, errors = invoke(t, nil, "", "rules", "show", "root-user-use")
	if code != 1 || !strings.Contains(errors, `did you mean "root-user-used"?`) {
		t.Errorf("code %d, err %q", code, errors)
	}
}

func TestConfigCheck(t *testing.T) {
	code, out, errors := invoke(t, map[string]string{"trailbus.yaml": example}, "", "config", "check")
	if code != 0 || out != "trailbus.yaml is fine: 2 accounts, 2 forwarders, 15 rules\n" || errors != "" {
		t.Errorf("code %d, out %q, err %q", code, out, errors)
	}
	bad := strings.ReplaceAll(example, "us-east-1", "us-east-9")
	code, out, errors = invoke(t, map[string]string{"other.yaml": strings.Replace(bad, "packs: [cis]", "packs: [sic]", 1)}, "", "config", "check", "other.yaml")
	if code != 1 || out != "" || !strings.Contains(errors, `other.yaml:3:11: found unknown Region "us-east-9" (did you mean "us-east-1"?)`) || !strings.Contains(errors, `other.yaml:8:11: found unknown pack "sic"`) {
		t.Errorf("code %d, out %q, err %q", code, out, errors)
	}
	code, out, errors = invoke(t, map[string]string{"trailbus.yaml": bad}, "", "config", "check", "--json")
	var found struct {
		File     string
		Problems []struct {
			File, Message string
			Line, Column  int
		}
	}
	if err := json.Unmarshal([]byte(out), &found); err != nil || code != 1 || errors != "" || found.File != "trailbus.yaml" ||
		len(found.Problems) != 1 || found.Problems[0].Line != 3 || found.Problems[0].Column != 11 || !strings.Contains(found.Problems[0].Message, "us-east-9") {
		t.Errorf("code %d, error %v, out %s, err %q", code, err, out, errors)
	}
	code, _, errors = invoke(t, nil, "", "config", "check")
	if code != 1 || !strings.Contains(errors, "trailbus.yaml: cannot be read") {
		t.Errorf("without a file: code %d, err %q", code, errors)
	}
}

func TestPatternTestAnswersEachLine(t *testing.T) {
	in := `{"pattern": {"a": [1]}, "event": {"a": 1.0}}
{"pattern": "{\"a\": [{\"prefix\": \"x\"}]}", "event": "{\"a\": \"yx\"}"}

{"pattern": {"a": [{"prefx": "x"}]}, "event": {}}
{"pattern": {"a": ["x"]}, "event": "no JSON"}
{"pattern": {"a": ["x"]}}
oops
`
	code, out, errors := invoke(t, nil, in, "pattern", "test")
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if code != 1 || len(lines) != 6 || errors != "" {
		t.Fatalf("code %d, %d lines\n%s%s", code, len(lines), out, errors)
	}
	if lines[0] != `{"match":true}` || lines[1] != `{"match":false}` {
		t.Errorf("got %s and %s", lines[0], lines[1])
	}
	for i, want := range map[int]string{2: "prefx", 3: "error", 4: "no event", 5: "no {"} {
		if !strings.HasPrefix(lines[i], `{"error":"`) || !strings.Contains(lines[i], want) {
			t.Errorf("line %d is %s, want an error with %q", i+1, lines[i], want)
		}
	}
	code, out, _ = invoke(t, map[string]string{"a.jsonl": `{"pattern": {"a": [1]}, "event": {"a": 2}}`}, "", "pattern", "test", "a.jsonl")
	if code != 0 || out != "{\"match\":false}\n" {
		t.Errorf("code %d, out %q", code, out)
	}
}

// full is a disk that is full.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left") }

func TestWriteErrorsAreFailures(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, args := range [][]string{{"rules", "list"}, {"rules", "match"}, {"preview", "--all"}, {"--help"}} {
		var stderr bytes.Buffer
		code := run(t.Context(), &cli.Streams{In: strings.NewReader(wanted), Out: &cli.Output{To: full{}}, Err: &stderr}, args)
		if code != 1 || !strings.Contains(stderr.String(), "the output cannot be written: no space left") {
			t.Errorf("%v: code %d, err %q", args, code, stderr.String())
		}
	}
}

func TestInterrupt(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var stderr bytes.Buffer
	code := run(ctx, &cli.Streams{In: strings.NewReader(wanted), Out: &cli.Output{To: io.Discard}, Err: &stderr}, []string{"rules", "match"})
	if code != 130 || stderr.String() != "interrupted\n" {
		t.Errorf("code %d, err %q", code, stderr.String())
	}
}

func TestExitCodes(t *testing.T) {
	for want, lines := range map[int][]string{
		0: {"", "--help", "preview --help", "rules", "config", "demo --help"},
		1: {"--config missing.yaml preview", "preview missing.json", "demo"},
		2: {"bogus", "preview --bogus", "preview --format pdf", "rules bogus", "rules list extra", "config check a b"},
	} {
		for _, line := range lines {
			code, _, errors := invoke(t, nil, "", strings.Fields(line)...)
			if code != want {
				t.Errorf("trailbus %s: code %d, want %d: %s", line, code, want, errors)
			}
			if want != 0 && strings.TrimSpace(errors) == "" {
				t.Errorf("trailbus %s says nothing", line)
			}
		}
	}
}
