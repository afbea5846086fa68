package stacks

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"

	"github.com/trailbus/trailbus/internal/config"
	"github.com/trailbus/trailbus/internal/local/cdktest"
)

func TestMain(m *testing.M) { cdktest.Main(m) }

// example is the trailbus.yaml of the repository.
var example = file("../trailbus.yaml")

func file(name string) string {
	data, err := os.ReadFile(name)
	if err != nil {
		panic(err)
	}
	return string(data)
}

func parse(t *testing.T, text string) *config.Config {
	t.Helper()
	c, err := config.Parse("trailbus.yaml", []byte(text), os.ReadFile)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// assembly is a synthesized configuration.
type assembly struct {
	config    *config.Config
	stacks    map[string]awscdk.Stack        // by id, without the stacks of stages
	templates map[string]string              // by the ids of stage and stack, with a slash between them
	resources map[string]map[string]resource // by the same
	files     map[string]string              // by path
}

type resource struct {
	Type                                string
	Properties                          map[string]any
	DeletionPolicy, UpdateReplacePolicy string
}

// assemblies are those of synthesize, by the text of the configuration.
var assemblies = map[string]assembly{}

// synthesize synthesizes a configuration once for all tests. They must not change the assembly.
func synthesize(t *testing.T, text string) assembly {
	t.Helper()
	a, ok := assemblies[text]
	if !ok {
		a = synthesizeConfig(t, parse(t, text))
		assemblies[text] = a
	}
	return a
}

func synthesizeConfig(t *testing.T, c *config.Config) assembly {
	t.Helper()
	app := cdktest.NewApp(t, false)
	addAll(app, c)
	cloud := app.Synth(nil)
	a := assembly{c, stacksOf(app), map[string]string{}, map[string]map[string]resource{}, filesOf(t, *cloud.Directory())}
	for _, artifact := range *cloud.StacksRecursively() {
		id := *artifact.HierarchicalId()
		a.templates[id] = file(*artifact.TemplateFullPath())
		a.resources[id] = resourcesOf(t, a.templates[id])
	}
	return a
}

// resourcesOf are the resources of a template by logical id.
func resourcesOf(t *testing.T, text string) map[string]resource {
	t.Helper()
	var template struct{ Resources map[string]resource }
	if err := json.Unmarshal([]byte(text), &template); err != nil {
		t.Fatal(err)
	}
	return template.Resources
}

func filesOf(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(name string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			relative, _ := filepath.Rel(dir, name)
			files[relative] = file(name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// one are the properties of the only resource of a type in a stack.
func (a assembly) one(t *testing.T, stack, resourceType string) map[string]any {
	t.Helper()
	found := a.ofType(stack, resourceType)
	if len(found) != 1 {
		t.Fatalf("%s has %d of %s", stack, len(found), resourceType)
	}
	for _, properties := range found {
		return properties
	}
	return nil
}

// ofType are the properties of the resources of a type in a stack, by logical id.
func (a assembly) ofType(stack, resourceType string) map[string]map[string]any {
	found := map[string]map[string]any{}
	for id, r := range a.resources[stack] {
		if r.Type == resourceType {
			found[id] = r.Properties
		}
	}
	return found
}

// dependencies are the paths of the stacks on which a stack depends.
func dependencies(stack awscdk.Stack) []string {
	var paths []string
	for _, dependency := range *stack.Dependencies() {
		paths = append(paths, *dependency.Node().Path())
	}
	return paths
}
