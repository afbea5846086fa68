package stacks

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/trailbus/trailbus/internal/contract"
	"github.com/trailbus/trailbus/internal/contract/state"
)

const inspectionRoleConfig = "inspectionRole: true\n"

// countVerifySteps are the actions by which a pipeline verifies, by stage.
func countVerifySteps(t *testing.T, p assembly) map[string]int {
	t.Helper()
	found := map[string]int{}
	for _, s := range p.stages(t) {
		for i, a := range s.Actions {
			if a.Name != "Verify" {
				continue
			}
			if a.ActionType.Provider != "CodeBuild" || i != len(s.Actions)-1 {
				t.Errorf("stage %s verifies by %s, as action %d of %d", s.Name, a.ActionType.Provider, i+1, len(s.Actions))
			}
			for _, other := range s.Actions[:i] {
				if other.RunOrder >= a.RunOrder {
					t.Errorf("stage %s verifies before %s has ended", s.Name, other.Name)
				}
			}
			found[s.Name]++
		}
	}
	return found
}

func TestThePipelineVerifiesEachStage(t *testing.T) {
	p := synthesize(t, example+wavesConfig+inspectionRoleConfig)
	if got := countVerifySteps(t, p); !maps.Equal(got, map[string]int{"canary": 1, "rest": 1, "StackSet": 1}) {
		t.Errorf("it verifies after %v", got)
	}

	projects := p.ofType("Pipeline", "AWS::CodeBuild::Project")
	if len(projects) != 6 {
		t.Fatalf("the projects are %v", slices.Collect(maps.Keys(projects)))
	}
	for stage, accounts := range map[string]string{"canary": " --account 999999999999", "rest": " --account 222222222222", "StackSet": " --account 111111111111"} {
		project := projectOf(t, projects, stage)
		got := specOf(t, project)
		want := []string{`chmod +x "$PWD/.verify/trailbus"`, `"$PWD/.verify/trailbus" --config "$TRAILBUS_CONFIG" verify --timeout 5m` + accounts}
		if !slices.Equal(got.Phases["build"].Commands, want) {
			t.Errorf("after %s it runs %q", stage, got.Phases["build"].Commands)
		}
		if install := strings.Join(got.Phases["install"].Commands, "\n"); !strings.Contains(install, `".verify"`) || !strings.Contains(install, "ln -s") {
			t.Errorf("it gets the command by %s", install)
		}
		if project["Cache"] != nil && formatValue(t, project["Cache"]) != "Type NO_CACHE" {
			t.Errorf("it has the cache %s", formatValue(t, project["Cache"]))
		}
		if environment := project["Environment"].(map[string]any); environment["ComputeType"] != "BUILD_GENERAL1_SMALL" || environment["PrivilegedMode"] != false {
			t.Errorf("it runs in %v", environment)
		}
	}
	variables := ""
	for _, s := range p.stages(t) {
		for _, a := range s.Actions {
			if a.Name == "Verify" {
				variables += fmt.Sprint(a.Configuration["EnvironmentVariables"])
			}
		}
	}
	for id, project := range projects {
		if strings.Contains(id, "Verify") {
			variables += formatValue(t, project["Environment"])
		}
	}
	if strings.Count(variables, "TRAILBUS_CONFIG") != 3 || !strings.Contains(variables, "trailbus.yaml") {
		t.Errorf("the variables are %s", variables)
	}
	synth := specOf(t, projectOf(t, projects, "Synth"))
	if commands := synth.Phases["build"].Commands; len(commands) != 4 || commands[3] != "go build -o .verify/ ./cmd/trailbus" {
		t.Errorf("the synthesis runs %q", commands)
	}
}

func TestThePipelineVerifiesOnlyWhereItMayTakeTheRole(t *testing.T) {
	for name, text := range map[string]string{
		"no role":         pipelineConfig,
		"another account": pipelineConfig + "  account: \"333333333333\"\n" + inspectionRoleConfig,
	} {
		p := synthesize(t, example+text)
		if got := countVerifySteps(t, p); len(got) != 0 {
			t.Errorf("%s: it verifies after %v", name, got)
		}
		if strings.Contains(p.templates["Pipeline"], ".verify") || strings.Contains(p.templates["Pipeline"], "TrailbusForwarder-Inspection") {
			t.Errorf("%s: the pipeline has something for it", name)
		}
	}
}

// keyRecorder records which keys of the table are read.
type keyRecorder struct {
	state.Client
	keys []string
}

func (k *keyRecorder) BatchGetItem(_ context.Context, in *dynamodb.BatchGetItemInput, _ ...func(*dynamodb.Options)) (*dynamodb.BatchGetItemOutput, error) {
	for _, wanted := range in.RequestItems {
		for _, key := range wanted.Keys {
			k.keys = append(k.keys, key[contract.KeyAttribute].(*types.AttributeValueMemberS).Value)
		}
	}
	return nil, errors.New("that is all")
}

// The build may read the items of probes, and no others.
func TestTheBuildMayReadTheKeysOfProbes(t *testing.T) {
	p := synthesize(t, example+pipelineConfig+inspectionRoleConfig)
	var pattern string
	for _, r := range p.resources["Pipeline"] {
		if r.Type != "AWS::IAM::Policy" {
			continue
		}
		for _, s := range statementsOf(t, r.Properties["PolicyDocument"]) {
			if s.Action == "dynamodb:BatchGetItem" {
				pattern = s.Condition.(map[string]any)["ForAllValues:StringLike"].(map[string]any)["dynamodb:LeadingKeys"].(string)
			}
		}
	}
	client := &keyRecorder{}
	(&state.Table{Client: client, Name: "table"}).Load(t.Context(), []string{contract.ProbeKey(contract.NewProbeID(), "111111111111", "us-gov-west-1"), contract.ProbeKey(contract.NewProbeID(), "", ""), "heartbeat accounts"})
	var may, mayNot int
	for _, key := range client.keys {
		if ok, err := path.Match(pattern, key); err != nil {
			t.Fatal(err)
		} else if ok {
			may++
		} else {
			mayNot++
		}
	}
	if may != 2 || mayNot != 1 {
		t.Errorf("%q lets through %d of %q, want two", pattern, may, client.keys)
	}
}
