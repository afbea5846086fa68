package stacks

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/trailbus/trailbus/internal/contract"
	"github.com/trailbus/trailbus/internal/inspect/deployed"
)

func TestTheExampleHasACentralStackAndAForwarderForEachAccountAndRegion(t *testing.T) {
	a := synthesize(t, example)
	found := a.stacks
	want := map[string][3]string{
		"Central": {"111111111111", "eu-central-1", contract.CentralStackName},
	}
	for account, name := range map[string]string{"111111111111": "security", "222222222222": "production"} {
		for _, region := range []string{"us-east-1", "eu-central-1", "eu-west-1"} {
			want["Forwarder-"+name+"-"+region] = [3]string{account, region, contract.ForwarderStackName}
		}
	}
	if got, wanted := slices.Sorted(maps.Keys(found)), slices.Sorted(maps.Keys(want)); !slices.Equal(got, wanted) {
		t.Fatalf("the stacks are %q, want %q", got, wanted)
	}
	for id, stack := range found {
		if got := [3]string{*stack.Account(), *stack.Region(), *stack.StackName()}; got != want[id] {
			t.Errorf("%s is %q, want %q", id, got, want[id])
		}
		// EventBridge checks the policy of the bus when a forwarding rule is made, so the central
		// stack comes first.
		needs := dependencies(stack)
		if forwarder := id != "Central"; forwarder && !slices.Equal(needs, []string{"Central"}) || !forwarder && len(needs) > 0 {
			t.Errorf("%s depends on %q", id, needs)
		}
	}
	outputs := append(deployed.Outputs(), contract.OutputBusARN, contract.OutputQueueURL, contract.OutputDeadLetterQueueURL, contract.OutputNotifierName,
		contract.OutputNotifierLogGroup, contract.OutputArchiveARN, contract.OutputNotifierRuleARN, contract.OutputTableName)
	for _, output := range outputs {
		if !strings.Contains(a.templates["Central"], `"`+output+`": {`) {
			t.Errorf("the central stack has no output %s", output)
		}
	}
}

func TestAPipelineReadsItsFileFromTheRepository(t *testing.T) {
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"trailbus.yaml": "trailbus.yaml", "./a/../b.yaml": "b.yaml", filepath.Join(here, "environments", "test.yaml"): "environments/test.yaml",
		"../other.yaml": "", filepath.Join(here+"-not", "trailbus.yaml"): "", os.DevNull: "",
	} {
		got, err := repositoryPath(path)
		if got != want || (err != nil) != (want == "") {
			t.Errorf("%s is %q: %v, want %q", path, got, err, want)
		}
		if err != nil && !strings.HasPrefix(err.Error(), "TRAILBUS_CONFIG: found "+path+", ") {
			t.Errorf("the error is %q", err)
		}
	}
}
