package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// backtestIn runs the command over files in folders below ROOT, with the example as its
// configuration.
func backtestIn(t *testing.T, files map[string]string, stdin string, args ...string) (code int, out, errors string) {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		path := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for i, arg := range args {
		args[i] = strings.ReplaceAll(arg, "ROOT", root)
	}
	code, out, errors = invoke(t, map[string]string{"trailbus.yaml": example}, stdin, append([]string{"backtest", "--owner", "me"}, args...)...)
	return code, strings.ReplaceAll(out, root, "ROOT"), strings.ReplaceAll(errors, root, "ROOT")
}

func logFile(records ...string) string { return `{"Records":[` + strings.Join(records, ",") + `]}` }

// numbered gives a record another eventID.
func numbered(record, id string) string {
	return strings.Replace(record, "0000000000a", "000000000"+id, 1)
}

func TestBacktest(t *testing.T) {
	const trail = "AWSLogs/222222222222/CloudTrail/eu-west-1/2026/11/"
	files := map[string]string{
		trail + "20/a.json.gz": zipped(t, logFile(wanted, unwanted)), trail + "20/b.json": logFile(numbered(wanted, "b"), wanted), trail + "20/c.jsonl": numbered(wanted, "c") + "\n",
		"AWSLogs/222222222222/CloudTrail-Digest/eu-west-1/2026/11/20/d.json.gz": "no gzip", "AWSLogs/readme.txt": "x",
	}
	code, out, errors := backtestIn(t, files, "", "ROOT/AWSLogs")
	const want = `5 records in 3 files, 2026-11-20, 5.0 a day
3 messages (3.0 a day): 3 alerts of 1 rule, 0 muted, 14 of 15 rules silent
forwarded though no rule wants it: 0 (0.00 %)
1 record came again, told once
1 digest left out, which holds no records

  ALERTS  A DAY  MUTED  SEVERITY  RULE
       3    3.0      0    medium  security-group-change (production 3)

security-group-change: Security group changed
  3 by IAM user bob, account production (222222222222)
    - rule: security-group-change
      pattern: {"detail": {"userIdentity": {"accountId": ["222222222222"], "arn": [{"exists": false}], "invokedBy": [{"exists": false}], "principalId": [{"exists": false}], "type": ["IAMUser"], "userName": ["bob"]}}}
      reason: "3 alerts on 2026-11-20 by IAM user bob, account production (222222222222), in a backtest"
      owner: "me"
      until: `
	if code != 0 || errors != "" || !strings.HasPrefix(out, want) {
		t.Errorf("code %d\n%s%s\nwant\n%s", code, errors, out, want)
	}
	code, out, errors = backtestIn(t, files, "", "--json", "ROOT/AWSLogs")
	var result struct {
		Files, Records, Messages, Duplicates, DigestsLeftOut int
		Rules                                                []struct {
			ID         string
			Days       []struct{ Key string }
			Principals []struct{ Mute string }
		}
		Silent []string
	}
	if err := json.Unmarshal([]byte(out), &result); err != nil || code != 0 || errors != "" {
		t.Fatalf("code %d, %v\n%s%s", code, err, errors, out)
	}
	if result.Files != 3 || result.Records != 5 || result.Messages != 3 || result.Duplicates != 1 || result.DigestsLeftOut != 1 || len(result.Rules) != 1 ||
		len(result.Rules[0].Days) != 1 || result.Rules[0].Days[0].Key != "2026-11-20" || !strings.HasPrefix(result.Rules[0].Principals[0].Mute, "- rule: ") || len(result.Silent) != 14 {
		t.Errorf("%+v", result)
	}
}

func TestBacktestNamesWhatIsDamaged(t *testing.T) {
	packed := zipped(t, strings.Repeat(numbered(wanted, "b")+"\n", 50))
	files := map[string]string{"x/a.json": wanted + "\n{\"eventID\":nope}\n", "x/b.json.gz": packed[:len(packed)-12], "x/c.json": numbered(wanted, "c"),
		"x/d.jsonl": strings.Repeat("garbage\n", 30), "x/e\u202e\x1b[31m.json": "y"}
	code, out, errors := backtestIn(t, files, "", "ROOT/x", "ROOT/missing.json")
	lines := strings.Split(strings.TrimSpace(errors), "\n")
	slices.Sort(lines)
	for _, want := range []string{"ROOT/x/a.json:2: not JSON: invalid character 'o' in literal null (expecting 'u')", "ROOT/missing.json: cannot be read: no such file or directory",
		"ROOT/x/d.jsonl:1: not JSON: 'g' where a record should begin", "ROOT/x/d.jsonl: 20 more like these", "ROOT/x/e\ufffd\ufffd[31m.json:1: not JSON: 'y' where a record should begin"} {
		if !slices.Contains(lines, want) {
			t.Errorf("it is not said that %q", want)
		}
	}
	if !strings.Contains(errors, "ROOT/x/b.json.gz:") || len(lines) != 10+1+4 {
		t.Errorf("said was\n%s", errors)
	}
	if code != 1 || !strings.Contains(out, "3 messages") || !strings.Contains(out, "4 files damaged, as named above") {
		t.Errorf("code %d\n%s", code, out)
	}
}

func TestBacktestOfOtherRules(t *testing.T) {
	own := "pack: mine\ntitle: Mine\nrules:\n  - {id: runs, title: It runs, severity: low, why: Because., calls: [ec2:RunInstances]}\n"
	input := wanted + "\n" + unwanted
	for name, test := range map[string]struct {
		args []string
		want string
	}{
		"the configuration's": {nil, "security-group-change (production 1)"},
		"of a file":           {[]string{"--rules", "ROOT/own.yaml"}, "runs (production 1)"},
		"one of a file":       {[]string{"--rules", "ROOT/own.yaml", "--pack", "cis", "--rule", "runs"}, "runs (production 1)"},
		"a pack":              {[]string{"--pack", "destruction"}, "0 alerts of 0 rules"},
		"one":                 {[]string{"--rule", "security-group-change"}, "0 muted, 0 of 1 rule silent"},
		"of the catalogue":    {[]string{"--rule", "lambda-changed"}, "0 alerts of 0 rules, 0 muted, 1 of 1 rule silent"},
		"of another day":      {[]string{"--from", "2026-11-21"}, "2 records of other days, left out"},
		"of a day before":     {[]string{"--to", "2026-11-19"}, "2 records of other days, left out"},
	} {
		code, out, errors := backtestIn(t, map[string]string{"own.yaml": own}, input, test.args...)
		if code != 0 || !strings.Contains(out, test.want) || strings.Contains(out, "It runs") != strings.Contains(test.want, "runs") {
			t.Errorf("%s: code %d\n%s%s\nwant %q", name, code, errors, out, test.want)
		}
	}
}

func TestBacktestRefuses(t *testing.T) {
	t.Setenv("AWS_ACCESS_KEY_ID", "")
	t.Setenv("AWS_PROFILE", "")
	t.Setenv("AWS_CONFIG_FILE", "/dev/null")
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	for line, want := range map[string]struct {
		code int
		text string
	}{
		"--from yesterday":                     {2, `found --from "yesterday", allowed: a day such as 2026-11-15`},
		"--from 2026-11-21 --to 2026-11-20":    {2, "found --from 2026-11-21 --to 2026-11-20, allowed: a first day that is not behind the last"},
		"--pack cisco":                         {1, `found unknown pack "cisco" (did you mean "cis"?), allowed: cis,`},
		"--rule security-group-chang -":        {1, `there is no rule "security-group-chang" (did you mean "security-group-change"?)`},
		"--rules missing.yaml":                 {1, "missing.yaml: cannot be read: no such file or directory"},
		"--rules trailbus.yaml":                {1, "trailbus.yaml:1:1: "},
		"missing.json":                         {1, "missing.json: cannot be read: no such file or directory"},
		"s3:///x":                              {1, `found "s3:///x", allowed: s3://bucket/prefix`},
		"s3://bucket/AWSLogs":                  {1, "s3://bucket/AWSLogs: found no AWS credentials, allowed: what the AWS CLI takes"},
		"--config missing.yaml somewhere.json": {1, "missing.yaml: cannot be read"},
	} {
		code, _, errors := backtestIn(t, nil, "", strings.Fields(line)...)
		if code != want.code || !strings.Contains(errors, want.text) || strings.Count(errors, "\n") > 12 {
			t.Errorf("%s: code %d, %q; want %d, %q", line, code, errors, want.code, want.text)
		}
	}
}
