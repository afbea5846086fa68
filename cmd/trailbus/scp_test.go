package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/trailbus/trailbus/cmd/trailbus/internal/scp"
)

func TestSCPTakesPartitionAccountAndSecretFromTheConfiguration(t *testing.T) {
	gov := strings.NewReplacer("eu-central-1", "us-gov-east-1", "us-east-1]", "us-gov-west-1]", "trailbus/slack", "own/slack").Replace(example)
	for name, test := range map[string]struct {
		file string
		args []string
		want []string
	}{
		"as it is":   {example, nil, []string{`"aws:PrincipalAccount":["111111111111"]`, "arn:aws:iam::*:role/stacksets-exec-*", "arn:aws:iam::*:role/cdk-hnb659fds-*", "secret:trailbus/slack-*"}},
		"GovCloud":   {gov, nil, []string{"arn:aws-us-gov:iam::*:role/stacksets-exec-*", "secret:own/slack-*"}},
		"with flags": {example, []string{"--partition", "aws-cn", "--central-account", "333333333333", "--secret", "x", "--allow-role", "BreakGlass", "--qualifier", "own", "--trail", "org"}, []string{"arn:aws-cn:iam::*:role/BreakGlass", `["333333333333"]`, "secret:x-*", "role/cdk-own-*", "trail/org"}},
	} {
		code, out, errors := invoke(t, map[string]string{"trailbus.yaml": test.file}, "", append([]string{"scp"}, test.args...)...)
		if code != 0 || errors != "" || !json.Valid([]byte(out)) || len(out) > scp.MaxLength {
			t.Errorf("%s: code %d, %d bytes\n%s%s", name, code, len(out), out, errors)
		}
		for _, want := range test.want {
			if !strings.Contains(out, want) {
				t.Errorf("%s: no %s in\n%s", name, want, out)
			}
		}
	}
}

func TestSCPWarnsOfAMissingCentralAccount(t *testing.T) {
	code, out, errors := invoke(t, nil, "", "scp")
	if code != 0 || !json.Valid([]byte(out)) || strings.Contains(out, "PutPermission") || !strings.HasPrefix(errors, "warning: ") {
		t.Errorf("code %d\n%s%s", code, out, errors)
	}
}

func TestSCPExplain(t *testing.T) {
	files := map[string]string{"trailbus.yaml": example}
	code, out, errors := invoke(t, files, "", "scp", "--explain")
	if code != 0 || errors != "" {
		t.Fatalf("code %d\n%s", code, errors)
	}
	for _, want := range []string{"EveryAccount, denied to all but", "  Trails\n", "where aws:PrincipalAccount is 111111111111", "where lambda:FunctionArn is", "of 5120 characters.\n"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	code, out, _ = invoke(t, files, "", "scp", "--json")
	var found struct {
		Policy              scp.Policy
		Characters, Allowed int
		Statements          []struct{ Parts []scp.Part }
	}
	if err := json.Unmarshal([]byte(out), &found); err != nil || code != 0 {
		t.Fatalf("code %d: %v", code, err)
	}
	if len(found.Statements) != 5 || len(found.Policy.Statement) != 5 || found.Statements[0].Parts[0].Why == "" || found.Characters < 3000 || found.Allowed != 5120 {
		t.Errorf("it prints %+v", found)
	}
}

func TestSCPRefusesInvalidFlags(t *testing.T) {
	for _, test := range []struct {
		code int
		want string
		args []string
	}{
		{1, `found role "*", allowed: the name of a role`, []string{"--allow-role", "*"}},
		{1, "allowed: the name of a role, without arn:", []string{"--allow-role", "arn:aws:iam::111111111111:role/Admin"}},
		{1, "found a policy of ", []string{"--allow-role", strings.Repeat("a", 400)}},
		{2, `found partition "mars", allowed: aws, aws-us-gov, aws-cn`, []string{"--partition", "mars"}},
		{2, `found --central-account "12", allowed: 12 digits`, []string{"--central-account", "12"}},
		{2, `found --qualifier "A", allowed`, []string{"--qualifier", "A"}},
		{2, `found --trail "arn:aws:x", allowed`, []string{"--trail", "arn:aws:x"}},
		{2, `found secret "a b", allowed`, []string{"--secret", "a b"}},
	} {
		code, out, errors := invoke(t, map[string]string{"trailbus.yaml": example}, "", append([]string{"scp"}, test.args...)...)
		if code != test.code || out != "" || !strings.Contains(errors, test.want) {
			t.Errorf("%q: code %d\n%s%s", test.args, code, out, errors)
		}
	}
}
