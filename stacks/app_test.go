package stacks

import (
	"os"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"

	"github.com/trailbus/trailbus/internal/config"
	"github.com/trailbus/trailbus/internal/local/cdktest"
)

func TestMain(m *testing.M) { cdktest.Main(m) }

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
	app := cdktest.NewApp(t, false)
	addAll(app, c)
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
