package stacks

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
)

const goldenResources = "testdata/resources.golden.txt"

// The file lists the types of the resources of each stack, with the names that are fixed. The test of the service control policy reads it:
// what a stack gets is protected there, or that test asks about it.
func TestTheTypesOfResourcesAreListed(t *testing.T) {
	found, templates := synth(t, stackSetExample(t, "dashboard: true\n"))
	var lines []string
	for id, template := range templates {
		var decoded struct {
			Resources map[string]struct {
				Type       string
				Properties struct{ Name, StackSetName any }
			}
		}
		if err := json.Unmarshal([]byte(template), &decoded); err != nil {
			t.Fatal(err)
		}
		for _, r := range decoded.Resources {
			line := *found[id].StackName() + " " + r.Type
			for _, name := range []any{r.Properties.Name, r.Properties.StackSetName} {
				if name, fixed := name.(string); fixed {
					line += " " + name
				}
			}
			lines = append(lines, line)
		}
	}
	slices.Sort(lines)
	got := strings.Join(slices.Compact(lines), "\n") + "\n"
	if *update {
		if err := os.WriteFile(goldenResources, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if want := file(goldenResources); got != want {
		t.Errorf("the resources differ from %s; if they should, run: go test ./stacks -update\n%s", goldenResources, got)
	}
}
