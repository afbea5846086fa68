package stacks

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/trailbus/trailbus/internal/config"
	"github.com/trailbus/trailbus/internal/contract"
	"github.com/trailbus/trailbus/internal/local/cdktest"
)

// pipelineConfig is what a file says more to be deployed by a pipeline.
const pipelineConfig = `
deploy: pipeline
pipeline:
  source:
    connectionArn: arn:aws:codeconnections:eu-central-1:111111111111:connection/01234567-89ab-cdef-0123-456789abcdef
    repository: example/trailbus
`

const codeCommitConfig = "\ndeploy: pipeline\npipeline: {source: {codeCommit: trailbus}}\n"

// synthesizedPipeline is a pipeline with its stages, as templates.
type synthesizedPipeline struct {
	config    *config.Config
	dir       string                         // of the assembly
	templates map[string]string              // by the id of the stack, with that of its stage before it
	resources map[string]map[string]resource // by the same
}

func synthesizePipeline(t *testing.T, text string) synthesizedPipeline {
	t.Helper()
	c, err := config.Parse("trailbus.yaml", []byte(text), os.ReadFile)
	if err != nil {
		t.Fatal(err)
	}
	app := cdktest.NewApp(t, false)
	addAll(app, c)
	assembly := app.Synth(nil)
	p := synthesizedPipeline{config: c, dir: *assembly.Directory(), templates: map[string]string{}, resources: map[string]map[string]resource{}}
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
func (p synthesizedPipeline) one(t *testing.T, stack, kind string) map[string]any {
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
		RoleArn       any
		ActionTypeId  struct{ Provider string }
		Configuration map[string]any
	}
}

func (p synthesizedPipeline) stages(t *testing.T) []stage {
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

const wavesConfig = pipelineConfig + `  waves:
    - {name: canary, accounts: [management]}
    - {name: rest, approval: true}
  approveStackSet: true
forwarders: stacksets
management: "999999999999"
trail: create
stackSet:
  organizationalUnits: [r-a1b2]
  accounts: {except: ["222222222222"]}
`

func TestThePipelineDeploysTheTrailTheCentralStackTheWavesAndTheStackSet(t *testing.T) {
	p := synthesizePipeline(t, file("../trailbus.yaml")+wavesConfig)
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
Trail
  1 Prepare (CloudFormation)
  2 Deploy (CloudFormation)
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
			name := map[string]string{"Trail": contract.TrailStackName, "Central": contract.CentralStackName, "StackSet": contract.ForwarderStackSetStackName}[s.Name]
			if name == "" {
				name = contract.ForwarderStackName
			}
			account := map[string]string{"Trail": "999999999999", "Central": "111111111111"}[s.Name] // the trail is the organization's
			if role := formatValue(t, a.RoleArn); !strings.Contains(role, ":"+account) {
				t.Errorf("%s of %s deploys as %s", a.Name, s.Name, role)
			}
			if a.Configuration["StackName"] != name || strings.HasPrefix(a.Name, "Forwarder-") && a.Region != "" && !strings.Contains(a.Name, a.Region) {
				t.Errorf("%s of %s deploys %v in %s", a.Name, s.Name, a.Configuration["StackName"], a.Region)
			}
		}
	}
}

// pathDependent is what the CDK makes of where the stack is in the app: the ids of statements, and here, where nothing is compiled, the name
// of the Lambda's asset.
var pathDependent = regexp.MustCompile(`"(Sid|S3Key)": "[^"]*"`)

// The road changes how the stacks are deployed and nothing in them, so that one can be changed for another.
func TestTheStagesHaveTheStacksOfTheOtherModes(t *testing.T) {
	text := file("../trailbus.yaml")
	p := synthesizePipeline(t, text+wavesConfig)
	set := wavesConfig[strings.Index(wavesConfig, "management: "):]
	_, others := synth(t, parse(t, text+"\ndeploy: stacksets\n"+set))
	same := 0
	for id, template := range p.templates {
		if !strings.Contains(id, "/") {
			continue // not in a stage
		}
		same++
		a := strings.Split(pathDependent.ReplaceAllString(template, ""), "\n")
		b := strings.Split(pathDependent.ReplaceAllString(others[path.Base(id)], ""), "\n")
		i := 0
		for i < min(len(a), len(b)) && a[i] == b[i] {
			i++
		}
		if i < max(len(a), len(b)) {
			t.Errorf("%s differs from that of another road in line %d: %q, %q", id, i, a[i:min(i+2, len(a))], b[i:min(i+2, len(b))])
		}
	}
	if same != len(others) || same != 9 {
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

func TestThePipelineIsTheSameTwice(t *testing.T) {
	var seen []map[string]string
	for range 2 {
		p, files := synthesizePipeline(t, file("../trailbus.yaml")+wavesConfig), map[string]string{}
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
