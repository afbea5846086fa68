package stacks_test

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	"github.com/trailbus/trailbus/config"
	"github.com/trailbus/trailbus/stacks"
)

// TestMain ends jsii's Node.js process once, for all tests. The CDK's own validation is on in the test of the whole app only.
func TestMain(m *testing.M) {
	os.Setenv("CDK_VALIDATION", "false")
	code := m.Run()
	jsii.Close()
	os.Exit(code)
}

// newApp makes an app with the context of cdk.json, as `cdk synth` would, that compiles no Lambda.
func newApp(t *testing.T) awscdk.App {
	t.Helper()
	data, err := os.ReadFile("../cdk.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Context map[string]any }
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	if len(file.Context) == 0 {
		t.Fatal("cdk.json has no context")
	}
	file.Context["aws:cdk:bundling-stacks"] = []string{}
	return awscdk.NewApp(&awscdk.AppProps{Context: &file.Context, Outdir: jsii.String(t.TempDir())})
}

// example is the trailbus.yaml of the repository.
func example(t *testing.T) *config.Config {
	t.Helper()
	c, err := config.Load("../trailbus.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// synth gives each stack's artifact and the text of its template by the stack's id.
func synth(t *testing.T, c *config.Config) (map[string]awscdk.Stack, map[string]string) {
	t.Helper()
	app := newApp(t)
	stacks.AddAll(app, c)
	assembly := app.Synth(nil)
	found, templates := map[string]awscdk.Stack{}, map[string]string{}
	for _, artifact := range *assembly.Stacks() {
		text, err := os.ReadFile(*artifact.TemplateFullPath())
		if err != nil {
			t.Fatal(err)
		}
		id := *artifact.HierarchicalId()
		found[id] = app.Node().FindChild(artifact.HierarchicalId()).(awscdk.Stack)
		templates[id] = string(text)
	}
	return found, templates
}
