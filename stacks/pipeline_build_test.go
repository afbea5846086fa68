package stacks

import (
	"encoding/json"
	"maps"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestTheBuildsArePinnedAndMayDoLittle(t *testing.T) {
	p := synthesize(t, example+pipelineConfig)
	projects := p.ofType("Pipeline", "AWS::CodeBuild::Project")
	if len(projects) != 3 {
		t.Fatalf("the projects are %v", slices.Collect(maps.Keys(projects)))
	}
	logs := p.one(t, "Pipeline", "AWS::Logs::LogGroup")
	if logs["RetentionInDays"] != 90.0 {
		t.Errorf("logs are kept for %v days", logs["RetentionInDays"])
	}
	computes := map[any]int{}
	for id, project := range projects {
		environment := project["Environment"].(map[string]any)
		computes[environment["ComputeType"]]++
		if environment["Image"] != "aws/codebuild/amazonlinux-x86_64-standard:6.0" || environment["PrivilegedMode"] != false || environment["Type"] != "LINUX_CONTAINER" {
			t.Errorf("%s builds in %v", id, environment)
		}
		if got := formatValue(t, project["LogsConfig"]); !strings.Contains(got, "GroupName <Logs") || !strings.Contains(got, "Status ENABLED") {
			t.Errorf("%s logs to %s", id, got)
		}
		if project["EncryptionKey"] == nil {
			t.Errorf("%s writes what is not encrypted with the pipeline's key", id)
		}
		for _, variable := range list(environment["EnvironmentVariables"]) {
			if variable.(map[string]any)["Type"] != "PLAINTEXT" {
				t.Errorf("%s has the variable %v", id, variable)
			}
		}
	}
	if computes["BUILD_GENERAL1_MEDIUM"] != 1 || computes["BUILD_GENERAL1_SMALL"] != 2 {
		t.Errorf("the computers are %v", computes)
	}
	synth := projectOf(t, projects, "Synth")
	if got := formatValue(t, synth["Cache"]); !strings.Contains(got, "Type S3") || !strings.Contains(got, "<Artifacts") || !strings.Contains(got, "/cache") {
		t.Errorf("the cache is %s", got)
	}
	spec := specOf(t, synth)
	install := spec.Phases["install"]
	wantInstall := []string{`export GOTOOLCHAIN=$(awk '$1 == "toolchain" { print $2 }' go.mod)`, "npm ci"}
	wantBuild := []string{"make check", "go run ./cmd/trailbus rules test", "npx cdk synth --quiet"}
	if !slices.Equal(install.Commands, wantInstall) || !slices.Equal(spec.Phases["build"].Commands, wantBuild) {
		t.Errorf("it runs %q and %q", install.Commands, spec.Phases["build"].Commands)
	}
	if spec.Cache.Key != "trailbus-$(codebuild-hash-files go.mod go.sum package-lock.json)" || !slices.Equal(spec.Cache.Paths, []string{"/root/.cache/**/*"}) {
		t.Errorf("it caches %+v", spec.Cache)
	}
	variables := formatValue(t, synth["Environment"])
	for _, want := range []string{"GOMODCACHE, Type PLAINTEXT, Value /root/.cache/go-mod", "GOCACHE, Type PLAINTEXT, Value /root/.cache/go-build", "npm_config_cache, Type PLAINTEXT, Value /root/.cache/npm"} {
		if !strings.Contains(variables, want) {
			t.Errorf("%q is not in %s", want, variables)
		}
	}
	if strings.Contains(variables, "TRAILBUS_CONFIG") {
		t.Error("it names the configuration file that is read anyway")
	}
	update := specOf(t, projectOf(t, projects, "SelfMutation")).Phases
	if got := update["build"].Commands; !slices.Equal(got, []string{"cdk -a . deploy Pipeline --require-approval=never --verbose"}) {
		t.Errorf("it updates itself by %q", got)
	}

	// The versions are those of the repository.
	var pinned struct{ DevDependencies map[string]string }
	if err := json.Unmarshal([]byte(file("../package.json")), &pinned); err != nil {
		t.Fatal(err)
	}
	node, _, _ := strings.Cut(pinned.DevDependencies["node"], ".")
	gomod := file("../go.mod")
	language := regexp.MustCompile(`(?m)^go (1\.\d+)`).FindStringSubmatch(gomod)
	if language == nil || install.Versions["golang"] != language[1] || install.Versions["nodejs"] != node || node == "" {
		t.Errorf("it builds with %v, want Go %s and Node.js %s", install.Versions, language, node)
	}
	if got := update["install"]; !slices.Equal(got.Commands, []string{"npm install -g aws-cdk@" + pinned.DevDependencies["aws-cdk"]}) || got.Versions["nodejs"] != node {
		t.Errorf("it updates itself with %+v, and package.json says %s", got, pinned.DevDependencies["aws-cdk"])
	}
	var publish []string
	for name, text := range p.files {
		if ok, _ := filepath.Match("buildspec-*.yaml", name); ok {
			publish = append(publish, text)
		}
	}
	if len(publish) != 1 || !strings.Contains(publish[0], "npm install -g cdk-assets@4.7.3") {
		t.Errorf("assets are published by %q", publish)
	}
	command := exec.Command("sh", "-c", install.Commands[0]+" && echo $GOTOOLCHAIN")
	command.Dir = ".."
	if out, err := command.CombinedOutput(); err != nil || !regexp.MustCompile(`^go1\.\d+\.\d+\n$`).Match(out) || !strings.Contains(gomod, "toolchain "+string(out)) {
		t.Errorf("the toolchain is %q: %v", out, err)
	}
}

// spec is a build specification.
type spec struct {
	Phases map[string]struct {
		Commands []string
		Versions map[string]string `json:"runtime-versions"`
	}
	Cache struct {
		Key   string
		Paths []string
	}
}

func specOf(t *testing.T, project map[string]any) spec {
	t.Helper()
	var s spec
	if err := json.Unmarshal([]byte(project["Source"].(map[string]any)["BuildSpec"].(string)), &s); err != nil {
		t.Fatal(err)
	}
	return s
}

func projectOf(t *testing.T, projects map[string]map[string]any, name string) map[string]any {
	t.Helper()
	for id, project := range projects {
		if strings.Contains(id, name) {
			return project
		}
	}
	t.Fatalf("no project is called %s", name)
	return nil
}
