package stacks

import (
	"encoding/json"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/trailbus/trailbus/internal/config"
)

var update = flag.Bool("update", false, "write the golden template")

const golden = "testdata/forwarder.golden.json"

// A change of the catalogue or of the forwarder shows here what every account gets.
func TestTheForwardersTemplateIsTheGoldenOne(t *testing.T) {
	var decoded any
	if err := json.Unmarshal([]byte(synthesize(t, example).templates["Forwarder-production-eu-west-1"]), &decoded); err != nil {
		t.Fatal(err)
	}
	got, err := json.MarshalIndent(decoded, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	got = append(got, '\n')
	if *update {
		if err := os.MkdirAll(filepath.Dir(golden), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(golden, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Errorf("the template differs from %s; if it should, run: go test ./stacks -update\n%s", golden, got)
	}
}

// One template serves every account and Region of a partition, and fits a stack set.
func TestOneTemplateServesEveryAccountAndRegion(t *testing.T) {
	c := parse(t, example)
	var known []string
	for _, region := range config.Regions() {
		if !strings.HasPrefix(region, "us-gov-") && !strings.HasPrefix(region, "cn-") && !strings.HasPrefix(region, "eusc-") {
			known = append(known, region)
		}
	}
	c.Accounts = []config.Account{
		{ID: "111111111111", Name: "security", Regions: []string{"eu-central-1"}},
		{ID: "987654321098", Name: "everywhere", Regions: known},
	}
	templates := synthesizeConfig(t, c).templates
	delete(templates, "Central")
	if len(templates) != 1+len(known) || len(known) < 30 {
		t.Fatalf("%d templates for %d Regions", len(templates), len(known))
	}
	first := templates["Forwarder-security-eu-central-1"]
	for id, text := range templates {
		if text != first {
			t.Errorf("%s differs from the others:\n%s", id, text)
		}
	}
	var decoded map[string]any
	if err := json.Unmarshal([]byte(first), &decoded); err != nil {
		t.Fatal(err)
	}
	if sections := slices.Sorted(maps.Keys(decoded)); !slices.Equal(sections, []string{"Description", "Resources"}) { // no parameters, no rules, no transforms, no outputs
		t.Errorf("it has the sections %q", sections)
	}
	// 51,200 bytes is what a stack set takes inline:
	// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
	if len(first) >= 51200 || len(first) < 1000 {
		t.Errorf("it has %d bytes, allowed: fewer than 51,200", len(first))
	}
	for _, forbidden := range []string{"987654321098", "cdk-hnb659fds-assets", "S3Bucket", "us-west-2", "AWS::Region"} {
		if strings.Contains(first, forbidden) {
			t.Errorf("it has %q:\n%s", forbidden, first)
		}
	}
}
