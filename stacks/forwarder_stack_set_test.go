package stacks

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/trailbus/trailbus/internal/contract"
)

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
		a := synthesize(t, example+stackSetConfig+test.more)
		found := a.stacks
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
			if needs := dependencies(stack); id != "Central" && !slices.Equal(needs, []string{"Central"}) {
				t.Errorf("%s: %s depends on %q", name, id, needs)
			}
		}
		as := map[bool]string{true: `"CallAs": "SELF"`, false: `"CallAs": "DELEGATED_ADMIN"`}[strings.Contains(test.more, "self")]
		if template := a.templates["ForwarderStackSet"]; !strings.Contains(template, as) {
			t.Errorf("%s: no %s in\n%s", name, as, template)
		}
	}
}

// The template of the stack set is that of a forwarder stack, but refers to the partition in which
// it is deployed.
func TestTheStackSetHasTheTemplateOfAForwarder(t *testing.T) {
	a := synthesize(t, example+stackSetConfig)
	if n := len(a.resources["ForwarderStackSet"]); n != 1 {
		t.Fatalf("%d resources", n)
	}
	set := a.one(t, "ForwarderStackSet", "AWS::CloudFormation::StackSet")
	want := map[string]any{"Enabled": true, "RetainStacksOnAccountRemoval": false}
	if !reflect.DeepEqual(set["AutoDeployment"], want) || set["StackSetName"] != "TrailbusForwarders" {
		t.Errorf("it has the properties %v", set)
	}
	var inner, forwarder any
	if err := json.Unmarshal([]byte(set["TemplateBody"].(string)), &inner); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(a.templates["Forwarder-management-eu-west-1"]), &forwarder); err != nil {
		t.Fatal(err)
	}
	inner = inPartition(inner, "aws")
	if !reflect.DeepEqual(inner, forwarder) {
		t.Errorf("the template of the stack set is\n%v\nand that of the forwarder\n%v", inner, forwarder)
	}
	if contract.ForwarderStackName == contract.ForwarderStackSetStackName || strings.HasPrefix(contract.ForwarderStackName, "StackSet-") {
		t.Error("the names of the stacks meet")
	}
}

// inPartition replaces references to the partition, and joins texts that then have no references.
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
