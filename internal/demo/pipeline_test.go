package demo

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/trailbus/trailbus/internal/localaws"
)

// byPipeline is what the demo's trailbus.yaml needs more to be deployed by a pipeline.
const byPipeline = `
deploy: pipeline
pipeline:
  source:
    connectionArn: arn:aws:codeconnections:eu-central-1:111111111111:connection/01234567-89ab-cdef-0123-456789abcdef
    repository: example/trailbus
  waves:
    - {name: canary, accounts: [security]}
    - {name: rest, approval: true}
`

// TestTheRoadOfThePipeline deploys the pipeline, and then does by hand what CodePipeline would do: nobody runs one here.
func TestTheRoadOfThePipeline(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a minute")
	}
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(root, "node_modules", ".bin", "cdk")); err != nil {
		unavailable(t, "the CDK command is missing, run: npm ci")
	}
	// A pipeline reads its trailbus.yaml from the repository, so this one is in there.
	cache := filepath.Join(root, ".cache")
	if err := os.MkdirAll(cache, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TMPDIR", cache)
	var out strings.Builder
	r, err := newRun(Options{Dir: root, Out: &out, CacheDir: filepath.Join(cache, "localaws")})
	if err != nil {
		t.Fatal(err)
	}
	defer r.close()
	ctx := t.Context()
	must := func(what string, err error) {
		t.Helper()
		if errors.Is(err, localaws.ErrNoMoto) {
			unavailable(t, err.Error())
		}
		if err != nil {
			r.printLog()
			t.Fatalf("%s: %v\n%s", what, err, out.String())
		}
	}
	must("the configuration", r.configure(append(bytes.Clone(configuration), byPipeline...)))
	must("the local AWS", r.startAWS(ctx))
	must("go build", r.compile(ctx))
	for _, account := range r.environments() {
		must("cdk bootstrap", r.bootstrap(ctx, account))
	}
	account := r.config.Pipeline.Account
	must("cdk deploy Pipeline", r.cdk(ctx, account, "deploy", "Pipeline", "--require-approval", "never"))

	// The build writes the assembly; the pipeline then has nothing to change in itself.
	must("cdk synth", r.cdk(ctx, account, "synth", "--quiet"))
	must("cdk diff Pipeline", r.cdkCommand(ctx, account, "diff", "Pipeline", "--fail", "--app", r.cdkOut()))

	// Each stage of the pipeline deploys stages of the CDK's, in an assembly each, which its actions name.
	deployed := map[string]int{}
	for _, s := range r.pipelineStages(t) {
		for _, part := range s.parts() {
			deployed[s.Name]++
			must("stage "+s.Name, r.cdkCommand(ctx, account, "deploy", "--all", "--app", filepath.Join(r.cdkOut(), "assembly-"+part),
				"--require-approval", "never", "--outputs-file", filepath.Join(r.temp, part+".json")))
		}
	}
	if want := map[string]int{"Central": 1, "canary": 3, "rest": 3}; !maps.Equal(deployed, want) {
		t.Fatalf("it deploys %v, want %v", deployed, want)
	}
	must("outputs", os.Rename(filepath.Join(r.temp, "Central.json"), r.outputsFile()))
	result, err := r.watch(ctx)
	must("events", err)
	if err := result.Check(); err != nil {
		t.Error(err)
	}
	if result.Wanted != 12 || len(result.Messages) != 12 {
		t.Errorf("%d events were wanted and %d told, expected 12", result.Wanted, len(result.Messages))
	}
	t.Log(out.String())
}

type pipelineStage struct {
	Name    string
	Actions []struct {
		Name         string
		ActionTypeId struct{ Provider string }
	}
}

// parts are the stages of the CDK's that it deploys.
func (s pipelineStage) parts() []string {
	var all []string
	for _, a := range s.Actions {
		if a.ActionTypeId.Provider != "CloudFormation" {
			continue
		}
		part, _, several := strings.Cut(a.Name, ".")
		if !several {
			part = s.Name
		}
		if !slices.Contains(all, part) {
			all = append(all, part)
		}
	}
	return all
}

// pipelineStages are those of the pipeline that is deployed, which cdk diff has shown to be this one.
func (r *run) pipelineStages(t *testing.T) []pipelineStage {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(r.cdkOut(), "Pipeline.template.json"))
	if err != nil {
		t.Fatal(err)
	}
	var template struct {
		Resources map[string]struct {
			Type       string
			Properties struct{ Stages []pipelineStage }
		}
	}
	if err := json.Unmarshal(data, &template); err != nil {
		t.Fatal(err)
	}
	for _, resource := range template.Resources {
		if resource.Type == "AWS::CodePipeline::Pipeline" {
			return resource.Properties.Stages
		}
	}
	t.Fatal("no pipeline is deployed")
	return nil
}
