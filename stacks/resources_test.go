package stacks

import (
	"os"
	"slices"
	"strings"
	"testing"
)

const goldenResources = "testdata/resources.golden.txt"

// The file lists the types of the resources of each stack, with fixed names. The test of the
// service control policy reads it: each type is protected there, or that test reports it.
func TestTheTypesOfResourcesAreListed(t *testing.T) {
	a := synthesize(t, example+stackSetConfig+"dashboard: true\n")
	var lines []string
	for id, resources := range a.resources {
		for _, r := range resources {
			line := *a.stacks[id].StackName() + " " + r.Type
			for _, property := range []string{"Name", "StackSetName"} {
				if name, fixed := r.Properties[property].(string); fixed {
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
