package stacks

import (
	"encoding/json"
	"fmt"
	"path"
	"regexp"
	"strings"
	"testing"

	"github.com/trailbus/trailbus/internal/contract"
)

// pipelineConfig is the end of a configuration with the deployment mode pipeline.
const pipelineConfig = `
deploy: pipeline
pipeline:
  source:
    connectionArn: arn:aws:codeconnections:eu-central-1:111111111111:connection/01234567-89ab-cdef-0123-456789abcdef
    repository: example/trailbus
`

const codeCommitConfig = "\ndeploy: pipeline\npipeline: {source: {codeCommit: trailbus}}\n"

// stage is a stage of AWS::CodePipeline::Pipeline.
type stage struct {
	Name    string
	Actions []struct {
		Name          string
		RunOrder      int
		Region        string
		RoleArn       any
		ActionType    struct{ Provider string } `json:"ActionTypeId"`
		Configuration map[string]any
	}
}

func (p assembly) stages(t *testing.T) []stage {
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
	p := synthesize(t, example+wavesConfig)
	var got strings.Builder
	for _, s := range p.stages(t) {
		fmt.Fprintln(&got, s.Name)
		for _, a := range s.Actions {
			fmt.Fprintf(&got, "  %d %s (%s)", a.RunOrder, a.Name, a.ActionType.Provider)
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
	// The roles of the bootstrap, in the account and Region of each stack, deploy the stages.
	for _, s := range p.stages(t)[4:] {
		for _, a := range s.Actions {
			if a.ActionType.Provider != "CloudFormation" {
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

// pathDependent matches what the CDK derives from the path of the stack in the app: the ids of
// statements, and here, where nothing is compiled, the name of the Lambda's asset.
var pathDependent = regexp.MustCompile(`"(Sid|S3Key)": "[^"]*"`)

// The deployment mode changes how the stacks are deployed and nothing in them, so that an
// installation can change to another one.
func TestTheStagesHaveTheStacksOfTheOtherModes(t *testing.T) {
	p := synthesize(t, example+wavesConfig)
	set := wavesConfig[strings.Index(wavesConfig, "management: "):]
	others := synthesize(t, example+"\ndeploy: stacksets\n"+set).templates
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
			t.Errorf("%s differs from that of another mode in line %d: %q, %q", id, i, a[i:min(i+2, len(a))], b[i:min(i+2, len(b))])
		}
	}
	if same != len(others) || same != 9 {
		t.Errorf("%d stacks in the stages, %d without a pipeline", same, len(others))
	}
}

func TestThePipelineIsTheSameTwice(t *testing.T) {
	first := synthesize(t, example+wavesConfig).files
	second := synthesizeConfig(t, parse(t, example+wavesConfig)).files
	if len(first) < 30 || len(first) != len(second) {
		t.Errorf("%d files, then %d", len(first), len(second))
	}
	for name := range first {
		if first[name] != second[name] {
			t.Errorf("%s differs", name)
		}
	}
}
