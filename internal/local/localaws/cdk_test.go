package localaws_test

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/trailbus/trailbus/internal/local/localaws"
	"github.com/trailbus/trailbus/internal/local/testenv"
)

// assembly writes a cloud assembly, as `cdk synth` does, with one stack for each of the templates.
type assembly struct {
	dir       string
	artifacts object
}

func newAssembly(t *testing.T) *assembly {
	return &assembly{dir: t.TempDir(), artifacts: object{}}
}

func (a *assembly) write(t *testing.T, name string, content []byte) (hash string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(a.dir, name), content, 0o644); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%x", sha256.Sum256(content))
}

// stack adds a stack. code is the folder of a function's code, whose asset the template names in
// bucket and key.
func (a *assembly) stack(t *testing.T, name, account, region string, dependsOn []string, resources object, code string) {
	t.Helper()
	bucket := "cdk-hnb659fds-assets-" + account + "-" + region
	role := func(kind string) string {
		return "arn:${AWS::Partition}:iam::" + account + ":role/cdk-hnb659fds-" + kind + "-role-" + account + "-" + region
	}
	template, err := json.Marshal(object{
		"Resources": resources,
		"Parameters": object{"BootstrapVersion": object{
			"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/cdk-bootstrap/hnb659fds/version",
		}},
		"Outputs": object{"Name": object{"Value": ref("Queue")}},
	})
	if err != nil {
		t.Fatal(err)
	}
	hash := a.write(t, name+".template.json", template)
	destination := func(key string) object {
		return object{"current": object{"bucketName": bucket, "objectKey": key, "region": region, "assumeRoleArn": role("file-publishing")}}
	}
	files := object{hash: object{"source": object{"path": name + ".template.json", "packaging": "file"}, "destinations": destination(hash + ".json")}}
	if code != "" {
		files[codeKey] = object{"source": object{"path": code, "packaging": "zip"}, "destinations": destination(codeKey + ".zip")}
	}
	assets, err := json.Marshal(object{"version": "36.0.0", "files": files, "dockerImages": object{}})
	if err != nil {
		t.Fatal(err)
	}
	a.write(t, name+".assets.json", assets)
	a.artifacts[name+".assets"] = object{"type": "cdk:asset-manifest", "properties": object{
		"file": name + ".assets.json", "requiresBootstrapStackVersion": 6, "bootstrapStackVersionSsmParameter": "/cdk-bootstrap/hnb659fds/version",
	}}
	a.artifacts[name] = object{
		"type": "aws:cloudformation:stack", "environment": "aws://" + account + "/" + region, "displayName": name,
		"dependencies": append([]string{name + ".assets"}, dependsOn...),
		"properties": object{
			"templateFile": name + ".template.json", "stackName": name, "validateOnSynth": false,
			"assumeRoleArn": role("deploy"), "cloudFormationExecutionRoleArn": role("cfn-exec"),
			"stackTemplateAssetObjectUrl":   "s3://" + bucket + "/" + hash + ".json",
			"requiresBootstrapStackVersion": 6, "bootstrapStackVersionSsmParameter": "/cdk-bootstrap/hnb659fds/version",
			"additionalDependencies": []string{name + ".assets"},
		},
	}
}

const codeKey = "5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f"

func (a *assembly) finish(t *testing.T) string {
	t.Helper()
	manifest, err := json.Marshal(object{"version": "36.0.0", "artifacts": a.artifacts})
	if err != nil {
		t.Fatal(err)
	}
	a.write(t, "manifest.json", manifest)
	return a.dir
}

// run runs the CDK command with the credentials of one account and returns what it says.
func run(t *testing.T, s *localaws.Server, command, account string, args ...string) string {
	t.Helper()
	out, err := cdkCommand(t, s, command, account, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("cdk %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

func cdkCommand(t *testing.T, s *localaws.Server, command, account string, args ...string) *exec.Cmd {
	t.Helper()
	env, err := s.Env(t.Context(), account, home)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), command, append(args, "--no-notices", "--no-color")...)
	cmd.Dir = t.TempDir() // no cdk.json
	// The Node.js that the module pins comes before others.
	path := filepath.Dir(command) + string(os.PathListSeparator) + os.Getenv("PATH")
	cmd.Env = append(append(os.Environ(), env...), "PATH="+path)
	return cmd
}

func TestCDKDeploysUpdatesAndDestroys(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("runs the CDK command seven times")
	}
	command := testenv.CDK(t, filepath.Join("..", "..", ".."))
	w := newWorld(t)
	for _, b := range []struct{ account, region string }{{w.central, home}, {w.member, away}} {
		run(t, w.s, command, b.account, "bootstrap", "aws://"+b.account+"/"+b.region, "--trust", w.central,
			"--cloudformation-execution-policies", "arn:aws:iam::aws:policy/AdministratorAccess")
	}
	synth := func(state string, timeout int) string {
		a := newAssembly(t)
		code := filepath.Join(a.dir, "code")
		if err := os.Mkdir(code, 0o755); err != nil {
			t.Fatal(err)
		}
		a.write(t, "code/bootstrap", []byte("a program"))
		resources := w.centralResources(busPolicy(orgOnly))
		resources["Role"] = resource("AWS::IAM::Role", object{"AssumeRolePolicyDocument": object{"Version": "2012-10-17", "Statement": []any{
			object{"Effect": "Allow", "Principal": object{"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"},
		}}})
		resources["Function"] = resource("AWS::Lambda::Function", object{
			"Code": object{"S3Bucket": "cdk-hnb659fds-assets-" + w.central + "-" + home, "S3Key": codeKey + ".zip"}, "Handler": "bootstrap",
			"Runtime": "provided.al2023", "Role": att("Role", "Arn"), "Architectures": []any{"arm64"}, "Timeout": timeout,
		})
		a.stack(t, "central", w.central, home, nil, resources, "code")
		forwarder := forwarderResources(w.member, w.bus, object{"State": state})
		forwarder["Queue"] = resource("AWS::SQS::Queue", object{})
		a.stack(t, "forwarder", w.member, away, []string{"central"}, forwarder, "")
		return a.finish(t)
	}
	deploy := func(dir string) string {
		// The central account's credentials; the command assumes the roles of the member's
		// bootstrap.
		return run(t, w.s, command, w.central, "deploy", "--all", "--app", dir, "--require-approval", "never")
	}
	arrives := func(when string, wanted int) {
		t.Helper()
		createUser.put(t, w.s, w.member, away, "")
		if got := receive(t, w.s, w.central, home, "events"); len(got) != wanted {
			t.Errorf("%s: %d messages on the central queue, wanted %d", when, len(got), wanted)
		}
	}
	first := synth("ENABLED", 10)
	if out := deploy(first); !strings.Contains(out, "central.Name = ") || !strings.Contains(out, "forwarder.Name = ") {
		t.Errorf("no outputs:\n%s", out)
	}
	arrives("after the first deployment", 1)
	if out := deploy(first); strings.Count(out, "(no changes)") != 2 {
		t.Errorf("deploying the same again:\n%s", out)
	}
	deploy(synth("DISABLED", 20))
	arrives("after an update by change set", 0)
	if f := jsonCall(t, w.s, w.central, "lambda", "", "/2015-03-31/functions/", ""); !strings.Contains(f, `"Timeout": 20`) {
		t.Errorf("the function was not updated: %s", f)
	}

	run(t, w.s, command, w.central, "destroy", "--all", "--app", synth("ENABLED", 30), "--force")
	for _, k := range []stack{{t, w.s, w.central, home, "central"}, {t, w.s, w.member, away, "forwarder"}} {
		if code, body := k.call("DescribeStacks", nil); code != 400 || !strings.Contains(body, "does not exist") {
			t.Errorf("stack %s after destroy: %d %s", k.name, code, body)
		}
	}

	// Without the central bus the forwarder fails, and the command says why.
	cmd := cdkCommand(t, w.s, command, w.central, "deploy", "forwarder", "--exclusively", "--app", first, "--require-approval", "never")
	out, err := cmd.CombinedOutput()
	if err == nil || !strings.Contains(string(out), "Event bus "+w.bus+" does not exist") {
		t.Errorf("error %v, wanted one that names the bus:\n%s", err, out)
	}
}
