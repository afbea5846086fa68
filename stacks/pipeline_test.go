package stacks_test

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/trailbus/trailbus/config"
	"github.com/trailbus/trailbus/internal/cdktest"
	"github.com/trailbus/trailbus/stacks"
)

// pipelineRoad is what a file says more to be deployed by a pipeline.
const pipelineRoad = `
deploy: pipeline
pipeline:
  source:
    connectionArn: arn:aws:codeconnections:eu-central-1:111111111111:connection/01234567-89ab-cdef-0123-456789abcdef
    repository: example/trailbus
`

const codeCommitRoad = "\ndeploy: pipeline\npipeline: {source: {codeCommit: trailbus}}\n"

// piped is a pipeline with its stages, as templates.
type piped struct {
	config    *config.Config
	dir       string                         // of the assembly
	templates map[string]string              // by the id of the stack, with that of its stage before it
	resources map[string]map[string]resource // by the same
}

func pipe(t *testing.T, text string) piped {
	t.Helper()
	c, err := config.Parse("trailbus.yaml", []byte(text), os.ReadFile)
	if err != nil {
		t.Fatal(err)
	}
	app := cdktest.NewApp(t, false)
	stacks.AddAll(app, c)
	assembly := app.Synth(nil)
	p := piped{config: c, dir: *assembly.Directory(), templates: map[string]string{}, resources: map[string]map[string]resource{}}
	for _, artifact := range *assembly.StacksRecursively() {
		id := *artifact.HierarchicalId()
		p.templates[id] = file(*artifact.TemplateFullPath())
		var template struct{ Resources map[string]resource }
		if err := json.Unmarshal([]byte(p.templates[id]), &template); err != nil {
			t.Fatal(err)
		}
		p.resources[id] = template.Resources
	}
	return p
}

// one is the only resource of a type in a stack.
func (p piped) one(t *testing.T, stack, kind string) map[string]any {
	t.Helper()
	var found []map[string]any
	for _, r := range p.resources[stack] {
		if r.Type == kind {
			found = append(found, r.Properties)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%s has %d of %s", stack, len(found), kind)
	}
	return found[0]
}

// stage is one of the pipeline as AWS gets it.
type stage struct {
	Name    string
	Actions []struct {
		Name          string
		RunOrder      int
		Region        string
		ActionTypeId  struct{ Provider string }
		Configuration map[string]any
	}
}

func (p piped) stages(t *testing.T) []stage {
	t.Helper()
	text, err := json.Marshal(p.one(t, "Pipeline", "AWS::CodePipeline::Pipeline")["Stages"])
	if err != nil {
		t.Fatal(err)
	}
	var all []stage
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	return all
}

const wavesAndStackSet = pipelineRoad + `  waves:
    - {name: canary, accounts: [management]}
    - {name: rest, approval: true}
  approveStackSet: true
forwarders: stacksets
management: "999999999999"
stackSet:
  organizationalUnits: [r-a1b2]
  accounts: {except: ["222222222222"]}
`

func TestThePipelineDeploysTheCentralStackThenTheWavesThenTheStackSet(t *testing.T) {
	p := pipe(t, file("../trailbus.yaml")+wavesAndStackSet)
	var got strings.Builder
	for _, s := range p.stages(t) {
		fmt.Fprintln(&got, s.Name)
		for _, a := range s.Actions {
			fmt.Fprintf(&got, "  %d %s (%s)", a.RunOrder, a.Name, a.ActionTypeId.Provider)
			if words := a.Configuration["CustomData"]; words != nil {
				fmt.Fprintf(&got, " %q", words)
			}
			fmt.Fprintln(&got)
		}
	}
	want := `Source
  1 Repository (CodeStarSourceConnection)
Build
  1 Synth (CodeBuild)
UpdatePipeline
  1 SelfMutate (CodeBuild)
Assets
  1 FileAssets (CodeBuild)
Central
  1 Prepare (CloudFormation)
  2 Deploy (CloudFormation)
canary
  1 Forwarder-management-us-east-1.TrailbusForwarder.Prepare (CloudFormation)
  1 Forwarder-management-eu-central-1.TrailbusForwarder.Prepare (CloudFormation)
  1 Forwarder-management-eu-west-1.TrailbusForwarder.Prepare (CloudFormation)
  2 Forwarder-management-us-east-1.TrailbusForwarder.Deploy (CloudFormation)
  2 Forwarder-management-eu-central-1.TrailbusForwarder.Deploy (CloudFormation)
  2 Forwarder-management-eu-west-1.TrailbusForwarder.Deploy (CloudFormation)
rest
  1 Approve (Manual) "Forwarder stacks: 3. Accounts: 1."
  2 Forwarder-production-us-east-1.TrailbusForwarder.Prepare (CloudFormation)
  2 Forwarder-production-eu-central-1.TrailbusForwarder.Prepare (CloudFormation)
  2 Forwarder-production-eu-west-1.TrailbusForwarder.Prepare (CloudFormation)
  3 Forwarder-production-us-east-1.TrailbusForwarder.Deploy (CloudFormation)
  3 Forwarder-production-eu-central-1.TrailbusForwarder.Deploy (CloudFormation)
  3 Forwarder-production-eu-west-1.TrailbusForwarder.Deploy (CloudFormation)
StackSet
  1 Approve (Manual) "The stack set. Units: r-a1b2. Regions: 3."
  2 TrailbusForwarderStackSet.Prepare (CloudFormation)
  3 TrailbusForwarderStackSet.Deploy (CloudFormation)
`
	if got.String() != want {
		t.Errorf("the stages are\n%s\nwant\n%s", got.String(), want)
	}
	pipeline := p.one(t, "Pipeline", "AWS::CodePipeline::Pipeline")
	if pipeline["PipelineType"] != "V2" || pipeline["RestartExecutionOnUpdate"] != true {
		t.Errorf("it is of type %v and starts again after its update: %v", pipeline["PipelineType"], pipeline["RestartExecutionOnUpdate"])
	}
	// What the stages deploy, by the roles of the bootstrap in the account and Region of each stack.
	for _, s := range p.stages(t)[4:] {
		for _, a := range s.Actions {
			if a.ActionTypeId.Provider != "CloudFormation" {
				continue
			}
			name := map[string]string{"Central": stacks.CentralStackName, "StackSet": stacks.ForwarderStackSetStackName}[s.Name]
			if name == "" {
				name = stacks.ForwarderStackName
			}
			if a.Configuration["StackName"] != name || strings.HasPrefix(a.Name, "Forwarder-") && a.Region != "" && !strings.Contains(a.Name, a.Region) {
				t.Errorf("%s of %s deploys %v in %s", a.Name, s.Name, a.Configuration["StackName"], a.Region)
			}
		}
	}
}

// ofThePath is what the CDK makes of where the stack is in the app: the ids of statements, and here, where nothing is compiled, the name
// of the Lambda's asset.
var ofThePath = regexp.MustCompile(`"(Sid|S3Key)": "[^"]*"`)

// The road changes how the stacks are deployed and nothing in them, so that one can be changed for another.
func TestTheStagesHaveTheVeryStacksOfTheOtherRoads(t *testing.T) {
	text := file("../trailbus.yaml")
	p := pipe(t, text+wavesAndStackSet)
	set := wavesAndStackSet[strings.Index(wavesAndStackSet, "management: "):]
	_, others := synth(t, parse(t, text+"\ndeploy: stacksets\n"+set))
	same := 0
	for id, template := range p.templates {
		if !strings.Contains(id, "/") {
			continue // not in a stage
		}
		same++
		a := strings.Split(ofThePath.ReplaceAllString(template, ""), "\n")
		b := strings.Split(ofThePath.ReplaceAllString(others[path.Base(id)], ""), "\n")
		i := 0
		for i < min(len(a), len(b)) && a[i] == b[i] {
			i++
		}
		if i < max(len(a), len(b)) {
			t.Errorf("%s differs from that of another road in line %d: %q, %q", id, i, a[i:min(i+2, len(a))], b[i:min(i+2, len(b))])
		}
	}
	if same != len(others) || same != 8 {
		t.Errorf("%d stacks in the stages, %d without a pipeline", same, len(others))
	}
}

func parse(t *testing.T, text string) *config.Config {
	t.Helper()
	c, err := config.Parse("trailbus.yaml", []byte(text), os.ReadFile)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// What config refuses it reckons without the CDK, so this holds its arithmetic to what the CDK makes, at the edges: 50 actions are a
// stage, 51 are two.
func TestThePipelineHasTheStagesAndActionsThatConfigReckonsWith(t *testing.T) {
	if testing.Short() {
		t.Skip("it synthesizes 102 stacks")
	}
	const accounts = 101
	var waves strings.Builder
	next := 0
	for _, w := range []struct {
		name     string
		accounts int
		more     string
	}{{"one", 1, ""}, {"fifty", 25, ""}, {"fifty-one", 25, ", approval: true"}, {"forty-nine", 24, ", approval: true"}} {
		var names []string
		for range w.accounts {
			names = append(names, fmt.Sprintf("account %d", next))
			next++
		}
		fmt.Fprintf(&waves, "    - {name: %s, accounts: [%s]%s}\n", w.name, strings.Join(names, ", "), w.more)
	}
	text := large(accounts, "cis", "organization: o-a1b2c3d4e5\n", "ap-southeast-1")
	p := pipe(t, text+pipelineRoad+"  waves:\n"+waves.String()+"    - {name: rest, approval: true}\n")
	got := config.PipelineSize{}
	counts := map[string]int{}
	for _, s := range p.stages(t) {
		got.Stages++
		got.Actions += len(s.Actions)
		counts[s.Name] = len(s.Actions)
		if len(s.Actions) > 50 {
			t.Errorf("stage %s has %d actions", s.Name, len(s.Actions))
		}
		names := map[string]bool{}
		for _, a := range s.Actions {
			names[a.Name] = true
		}
		if len(names) != len(s.Actions) {
			t.Errorf("stage %s has %d names for %d actions", s.Name, len(names), len(s.Actions))
		}
	}
	if want := p.config.PipelineSize(); got != want || got.Actions != 4+2+2*accounts+3 {
		t.Errorf("it has %+v, config reckons with %+v", got, want)
	}
	for name, want := range map[string]int{"one": 2, "fifty": 50, "fifty-one.1": 50, "fifty-one.2": 1, "forty-nine": 49, "rest.1": 50, "rest.2": 3} {
		if counts[name] != want {
			t.Errorf("stage %s has %d actions, want %d; all are %v", name, counts[name], want, counts)
		}
	}
	// A bucket's policy has 20 KB at most. It names a role of each account.
	policy := p.one(t, "Pipeline", "AWS::S3::BucketPolicy")
	roles, longest := 0, 0
	for _, s := range statementsOf(t, policy["PolicyDocument"]) {
		for _, who := range list(s.Principal.(map[string]any)["AWS"]) {
			if arn := short(t, who); strings.Contains(arn, "-deploy-role-") {
				roles++
				longest = max(longest, len(strings.Replace(arn, "<AWS::Partition>", "aws-us-gov", 1)+`"",`))
			}
		}
	}
	if most := 200; roles < accounts || longest > 95 || longest*most+1000 > 20<<10 {
		t.Errorf("the policy of the bucket names %d roles in up to %d bytes each", roles, longest)
	}
}

func TestTheBuildsArePinnedAndMayDoLittle(t *testing.T) {
	p := pipe(t, file("../trailbus.yaml")+pipelineRoad)
	projects := map[string]map[string]any{}
	for id, r := range p.resources["Pipeline"] {
		if r.Type == "AWS::CodeBuild::Project" {
			projects[id] = r.Properties
		}
	}
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
		if got := short(t, project["LogsConfig"]); !strings.Contains(got, "GroupName <Logs") || !strings.Contains(got, "Status ENABLED") {
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
	if got := short(t, synth["Cache"]); !strings.Contains(got, "Type S3") || !strings.Contains(got, "<Artifacts") || !strings.Contains(got, "/cache") {
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
	variables := short(t, synth["Environment"])
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
	assets, err := filepath.Glob(filepath.Join(p.dir, "buildspec-*.yaml"))
	if err != nil || len(assets) != 1 || !strings.Contains(file(assets[0]), "npm install -g cdk-assets@4.7.3") {
		t.Errorf("assets are published by %q", assets)
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

func TestTheArtifactsAreEncryptedClosedAndExpireInEveryRegion(t *testing.T) {
	p := pipe(t, file("../trailbus.yaml")+pipelineRoad)
	want := []string{"Pipeline", "cross-region-stack-111111111111:eu-west-1", "cross-region-stack-111111111111:us-east-1"}
	var found []string
	for id, resources := range p.resources {
		if strings.Contains(id, "/") {
			continue
		}
		found = append(found, id)
		bucket := p.one(t, id, "AWS::S3::Bucket")
		text := short(t, bucket)
		for _, part := range []string{
			"BlockPublicAcls true", "BlockPublicPolicy true", "IgnorePublicAcls true", "RestrictPublicBuckets true", "SSEAlgorithm aws:kms",
			"ExpirationInDays 30", "DaysAfterInitiation 1", "Status Enabled",
		} {
			if !strings.Contains(text, part) {
				t.Errorf("%s: no %s in %s", id, part, text)
			}
		}
		if key := p.one(t, id, "AWS::KMS::Key"); key["EnableKeyRotation"] != true {
			t.Errorf("%s: the key is not rotated", id)
		}
		if got := strings.Join(grants(t, resources), "\n"); !strings.Contains(got, "AWS * may not s3:* on") || !strings.Contains(got, "if Bool aws:SecureTransport false") {
			t.Errorf("%s takes plain HTTP:\n%s", id, got)
		}
	}
	if slices.Sort(found); !slices.Equal(found, want) {
		t.Errorf("the buckets are in %q, want %q", found, want)
	}
}

func TestThePipelineReadsItsSource(t *testing.T) {
	connection := "arn:aws:codeconnections:eu-central-1:111111111111:connection/01234567-89ab-cdef-0123-456789abcdef"
	tests := map[string]struct {
		road, provider string
		configuration  map[string]any
		grants, never  []string
	}{
		"a connection": {pipelineRoad, "CodeStarSourceConnection",
			map[string]any{"ConnectionArn": connection, "FullRepositoryId": "example/trailbus", "BranchName": "main"},
			[]string{"codestar-connections:UseConnection on " + connection, "codeconnections:UseConnection on " + connection}, []string{"codecommit:"}},
		"a connection of the old name": {strings.Replace(pipelineRoad, "codeconnections", "codestar-connections", 1), "CodeStarSourceConnection",
			map[string]any{"FullRepositoryId": "example/trailbus"},
			[]string{"codestar-connections:UseConnection on " + strings.Replace(connection, "codeconnections", "codestar-connections", 1)},
			[]string{"codecommit:", "codeconnections:"}},
		"CodeCommit": {"\ndeploy: pipeline\npipeline: {source: {codeCommit: trailbus, branch: release}}\n", "CodeCommit",
			map[string]any{"RepositoryName": "trailbus", "BranchName": "release", "PollForSourceChanges": false},
			[]string{"codecommit:GetBranch on arn:aws:codecommit:eu-central-1:111111111111:trailbus"}, []string{"connections:"}},
	}
	for name, test := range tests {
		p := pipe(t, file("../trailbus.yaml")+test.road)
		action := p.stages(t)[0].Actions[0]
		if action.ActionTypeId.Provider != test.provider {
			t.Errorf("%s: the provider is %s", name, action.ActionTypeId.Provider)
		}
		for key, want := range test.configuration {
			if action.Configuration[key] != want {
				t.Errorf("%s: %s is %v, want %v", name, key, action.Configuration[key], want)
			}
		}
		all := strings.Join(grants(t, p.resources["Pipeline"]), "\n")
		for _, want := range test.grants {
			if !strings.Contains(all, " may "+want) {
				t.Errorf("%s: nobody may %s", name, want)
			}
		}
		for _, never := range test.never {
			if strings.Contains(all, " may "+never) {
				t.Errorf("%s: somebody may %s", name, never)
			}
		}
	}
}

func TestThePipelineReadsTheFileThatItWasMadeFrom(t *testing.T) {
	for name, want := range map[string]string{"trailbus.yaml": "", "environments/test.yaml": "environments/test.yaml"} {
		c, err := config.Parse(name, []byte(file("../trailbus.yaml")+pipelineRoad), os.ReadFile)
		if err != nil {
			t.Fatal(err)
		}
		_, templates := synth(t, c)
		got := regexp.MustCompile(`"TRAILBUS_CONFIG",\s*"Type": "PLAINTEXT",\s*"Value": "([^"]*)"`).FindStringSubmatch(templates["Pipeline"])
		if want == "" && got != nil || want != "" && (got == nil || got[1] != want) {
			t.Errorf("%s: it reads %q, want %q", name, got, want)
		}
	}
}

func TestThePipelineIsTheSameTwice(t *testing.T) {
	var seen []map[string]string
	for range 2 {
		p, files := pipe(t, file("../trailbus.yaml")+wavesAndStackSet), map[string]string{}
		err := filepath.WalkDir(p.dir, func(name string, entry fs.DirEntry, err error) error {
			if err == nil && !entry.IsDir() {
				name, _ := filepath.Rel(p.dir, name)
				files[name] = file(filepath.Join(p.dir, name))
			}
			return err
		})
		if err != nil || len(files) < 30 {
			t.Fatalf("%d files: %v", len(files), err)
		}
		seen = append(seen, files)
	}
	for name := range seen[0] {
		if seen[0][name] != seen[1][name] {
			t.Errorf("%s differs", name)
		}
	}
	if len(seen[0]) != len(seen[1]) {
		t.Errorf("%d files, then %d", len(seen[0]), len(seen[1]))
	}
}
