package stacks

import (
	"encoding/json"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/trailbus/trailbus/internal/config"
	"github.com/trailbus/trailbus/internal/contract"
)

// stackSetExample is the example on the road of stack sets.
func stackSetExample(t *testing.T, more string) *config.Config {
	t.Helper()
	text, err := os.ReadFile("../trailbus.yaml")
	if err != nil {
		t.Fatal(err)
	}
	c, err := config.Parse("trailbus.yaml", append(text, stackSetConfig+more...), os.ReadFile)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestTheStackSetComesAfterTheCentralStackAndTheManagementAccountGetsStacks(t *testing.T) {
	for name, test := range map[string]struct {
		more string
		home string
		want []string
	}{
		"as a delegated administrator": {"", "111111111111", []string{"Forwarder-management-eu-central-1", "Forwarder-management-eu-west-1", "Forwarder-management-us-east-1"}},
		"as the management account":    {"  callAs: self\n", "999999999999", []string{"Forwarder-management-eu-central-1", "Forwarder-management-eu-west-1", "Forwarder-management-us-east-1"}},
		"an account that is left out":  {"  accounts: {except: [\"999999999999\", \"222222222222\"]}\n", "111111111111", []string{"Forwarder-production-eu-central-1", "Forwarder-production-eu-west-1", "Forwarder-production-us-east-1"}},
	} {
		found, templates := synth(t, stackSetExample(t, test.more))
		want := append([]string{"Central"}, append(test.want, "ForwarderStackSet")...)
		slices.Sort(want)
		if got := slices.Sorted(maps.Keys(found)); !slices.Equal(got, want) {
			t.Fatalf("%s: the stacks are %q, want %q", name, got, want)
		}
		set := found["ForwarderStackSet"]
		if got := *set.Account() + " " + *set.Region() + " " + *set.StackName(); got != test.home+" eu-central-1 TrailbusForwarderStackSet" {
			t.Errorf("%s: the stack set is in %s", name, got)
		}
		for id, stack := range found {
			var needs []string
			for _, needed := range *stack.Dependencies() {
				needs = append(needs, *needed.Node().Path())
			}
			if id != "Central" && !slices.Equal(needs, []string{"Central"}) {
				t.Errorf("%s: %s waits for %q", name, id, needs)
			}
		}
		as := map[bool]string{true: `"CallAs": "SELF"`, false: `"CallAs": "DELEGATED_ADMIN"`}[strings.Contains(test.more, "self")]
		if !strings.Contains(templates["ForwarderStackSet"], as) {
			t.Errorf("%s: no %s in\n%s", name, as, templates["ForwarderStackSet"])
		}
	}
}

// What the stack set brings is the forwarder of every other road, but that it asks for its partition when it is deployed.
func TestTheStackSetHasTheTemplateOfAForwarder(t *testing.T) {
	c := stackSetExample(t, "")
	_, templates := synth(t, c)
	var outer struct {
		Resources map[string]struct {
			Type       string
			Properties map[string]any
		}
	}
	if err := json.Unmarshal([]byte(templates["ForwarderStackSet"]), &outer); err != nil {
		t.Fatal(err)
	}
	var sets []string
	for _, resource := range outer.Resources {
		if resource.Type == "AWS::CloudFormation::StackSet" {
			sets = append(sets, resource.Properties["TemplateBody"].(string))
			delete(resource.Properties, "TemplateBody")
			want := map[string]any{"Enabled": true, "RetainStacksOnAccountRemoval": false}
			if !reflect.DeepEqual(resource.Properties["AutoDeployment"], want) || resource.Properties["StackSetName"] != "TrailbusForwarders" {
				t.Errorf("it has the properties %v", resource.Properties)
			}
		}
	}
	if len(sets) != 1 || len(outer.Resources) != 1 {
		t.Fatalf("%d stack sets in %d resources", len(sets), len(outer.Resources))
	}
	var inner, forwarder any
	if err := json.Unmarshal([]byte(sets[0]), &inner); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(templates["Forwarder-management-eu-west-1"]), &forwarder); err != nil {
		t.Fatal(err)
	}
	inner = inPartition(inner, "aws")
	if !reflect.DeepEqual(inner, forwarder) {
		t.Errorf("the stack set brings\n%v\nand the forwarder is\n%v", inner, forwarder)
	}
	if contract.ForwarderStackName == contract.ForwarderStackSetStackName || strings.HasPrefix(contract.ForwarderStackName, "StackSet-") {
		t.Error("the names of the stacks meet")
	}
}

// inPartition puts a partition's name where a template asks for it, and joins what it then can.
func inPartition(v any, partition string) any {
	switch v := v.(type) {
	case map[string]any:
		if v["Ref"] == "AWS::Partition" {
			return partition
		}
		for key, value := range v {
			v[key] = inPartition(value, partition)
		}
		join, ok := v["Fn::Join"].([]any)
		if !ok || join[0] != "" {
			return v
		}
		var text strings.Builder
		for _, part := range join[1].([]any) {
			part, ok := part.(string)
			if !ok {
				return v
			}
			text.WriteString(part)
		}
		return text.String()
	case []any:
		for i := range v {
			v[i] = inPartition(v[i], partition)
		}
	}
	return v
}
