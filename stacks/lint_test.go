package stacks

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/trailbus/trailbus/internal/local/cdktest"
)

// Each template is linted once, however many accounts it is for, and all of a Region in one run:
// starting cfn-lint takes seconds.
func TestCfnLintFindsNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes seconds")
	}
	dir := t.TempDir()
	seen := map[string]bool{}
	templates := map[string][]string{} // by Region
	forEachMode(t, func(t *testing.T, b synthesizedMode) {
		for _, id := range slices.Sorted(maps.Keys(b.templates)) {
			text := b.templates[id]
			if seen[text] {
				continue
			}
			seen[text] = true
			name := filepath.Join(dir, strings.ReplaceAll(b.name, " ", "-")+"-"+id+".json")
			if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
			region := b.region
			if b.partition == "aws-eusc" {
				region = "eu-central-1" // cfn-lint 1.51 does not know eusc-de-east-1
			}
			templates[region] = append(templates[region], name)
		}
	})
	if len(seen) < 2*len(deploymentModes) {
		t.Fatalf("%d templates of %d deployment modes", len(seen), len(deploymentModes))
	}
	for region, names := range templates {
		t.Run(region, func(t *testing.T) {
			t.Parallel() // it does not touch jsii
			cdktest.Lint(t, region, names...)
		})
	}
}
