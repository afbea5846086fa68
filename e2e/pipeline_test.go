package e2e

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/trailbus/trailbus/internal/local"
	"github.com/trailbus/trailbus/internal/local/walk"
)

// pipelineConfig is added to the demo's trailbus.yaml to deploy by a pipeline.
const pipelineConfig = `
deploy: pipeline
inspectionRole: true
pipeline:
  source:
    connectionArn: arn:aws:codeconnections:eu-central-1:111111111111:connection/01234567-89ab-cdef-0123-456789abcdef
    repository: example/trailbus
  waves:
    - {name: canary, accounts: [security]}
    - {name: rest, approval: true}
`

// TestPipelineDeployment deploys the pipeline, and then runs what CodePipeline would run: the local
// AWS has none.
func TestPipelineDeployment(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a minute")
	}
	t.Parallel()
	root := walk.Repository(t)
	// A pipeline reads its trailbus.yaml from the repository, so this one is in there.
	cache := filepath.Join(root, ".cache")
	if err := os.MkdirAll(cache, 0o755); err != nil {
		t.Fatal(err)
	}
	r := walk.NewWalk(t, root, cache)
	must := r.Must
	ctx := t.Context()
	must("the configuration", r.Configure(append(bytes.Clone(local.ExampleConfig), pipelineConfig...)))
	must("the local AWS", r.StartAWS(ctx))
	must("go build", r.Compile(ctx))
	must("bootstrapping", r.Bootstrap(ctx))
	account := r.Config.Pipeline.Account
	must("cdk deploy Pipeline", r.CDK(ctx, account, "deploy", "Pipeline", "--require-approval", "never"))

	// The build writes the assembly; the pipeline then has nothing to change in itself.
	r.Validate(true)
	must("cdk synth", r.CDK(ctx, account, "synth", "--quiet"))
	r.Validate(false)
	must("cdk diff Pipeline", r.CDKCommand(ctx, account, "diff", "Pipeline", "--fail", "--app", r.CDKOut()))

	var deployed []string
	for _, s := range pipelineStages(r.Deployment, t) {
		if s.deploys() {
			deployed = append(deployed, s.Name)
			must("stage "+s.Name, r.CDKCommand(ctx, account, "deploy", s.Name+"/**", "--app", r.CDKOut(),
				"--require-approval", "never", "--outputs-file", filepath.Join(r.Temp, s.Name+".json")))
		}
	}
	if want := []string{"Central", "canary", "rest"}; !slices.Equal(deployed, want) {
		t.Fatalf("it deploys %v, want %v", deployed, want)
	}
	must("outputs", os.Rename(filepath.Join(r.Temp, "Central.json"), r.OutputsFile()))
	result, err := r.RunEvents(ctx)
	must("events", err)
	if err := result.Check(); err != nil {
		t.Error(err)
	}
	if result.Wanted != 12 || len(result.Messages) != 12 {
		t.Errorf("%d events were wanted and %d posted, expected 12", result.Wanted, len(result.Messages))
	}
	t.Log(r.Output.String())

	// What docs/deploy.md says takes it all away: first the pipeline alone, then what it deployed.
	for _, what := range []struct {
		pattern string
		left    int // of the queues: one of each forwarder, two of the central stack
	}{{"Pipeline", 8}, {"{canary,rest}/**", 2}, {"Central/**", 0}} {
		must("cdk destroy", r.CDK(ctx, account, "destroy", what.pattern, "--force"))
		if left := countQueues(r.Deployment, t); left != what.left {
			t.Errorf("after cdk destroy %s there are %d queues, wanted %d", what.pattern, left, what.left)
		}
	}
}

// countQueues counts the queues in every account and Region.
func countQueues(r *local.Deployment, t *testing.T) (queues int) {
	t.Helper()
	for _, account := range r.Environments() {
		for _, region := range account.Regions {
			credentials, err := r.AWS.Config(t.Context(), account.ID, region)
			if err != nil {
				t.Fatal(err)
			}
			list, err := sqs.NewFromConfig(credentials).ListQueues(t.Context(), nil)
			if err != nil {
				t.Fatal(err)
			}
			queues += len(list.QueueUrls)
		}
	}
	return queues
}

type pipelineStage struct {
	Name    string
	Actions []struct{ ActionTypeID struct{ Provider string } }
}

// deploys says whether the stage deploys stacks.
func (s pipelineStage) deploys() bool {
	for _, a := range s.Actions {
		if a.ActionTypeID.Provider == "CloudFormation" {
			return true
		}
	}
	return false
}

// pipelineStages are those of the pipeline that is deployed, which cdk diff has shown to be this
// one.
func pipelineStages(r *local.Deployment, t *testing.T) []pipelineStage {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(r.CDKOut(), "Pipeline.template.json"))
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
