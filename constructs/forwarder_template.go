package trailbus

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// ForwarderTemplate is a stack with a [RegionalForwarder], synthesized once and added to many
// stacks: one for every account and Region. A new forwarder makes some 50 calls to the CDK, which
// is another process; one from a template makes a call for each resource.
//
// The resources that it adds to a stack are bare [awscdk.CfnResource]. An aspect that looks for a
// type of CloudFormation, such as a permissions boundary, finds them; one that looks for a class,
// such as a tag or a rule of cdk-nag, does not. Tags of the stack reach them.
type ForwarderTemplate struct {
	resources  []templateResource
	conditions []templateCondition
}

type templateCondition struct {
	id         string
	expression awscdk.ICfnConditionExpression
}

type templateResource struct {
	id, resourceType string
	properties       map[string]any
	attributes       map[string]any // beside Type and Properties
	deleted          bool           // when it is removed from the stack, or replaced
}

// NewForwarderTemplate makes the template of the stack to which forwarder adds resources. It is for
// stacks in the partition of the Region, and takes the context of the scope.
func NewForwarderTemplate(scope constructs.Construct, region *string,
	forwarder func(stack awscdk.Stack)) *ForwarderTemplate {
	text, err := synthesizeTemplate(scope, &awscdk.Environment{Region: region}, forwarder)
	check(scope, prefixed("ForwarderTemplate", err))
	t, err := parseTemplate(text)
	check(scope, prefixed("ForwarderTemplate", err))
	for _, resource := range t.resources {
		for name, value := range resource.properties {
			switch value.(type) {
			case map[string]any, []any: // passed to the CDK once, and then by reference
				resource.properties[name] = awscdk.Token_AsAny(value)
			}
		}
	}
	return t
}

// parseTemplate reads a template that has only resources and conditions, and sorts them by id.
func parseTemplate(text []byte) (*ForwarderTemplate, error) {
	var sections map[string]json.RawMessage
	if err := json.Unmarshal(text, &sections); err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(sections)) {
		if name != "Description" && name != "Resources" && name != "Conditions" {
			return nil, fmt.Errorf("found the section %s, allowed: Resources and Conditions, as of a RegionalForwarder", name)
		}
	}
	if bytes.Contains(text, []byte("cdk-hnb659fds-assets")) {
		return nil, fmt.Errorf("found assets, allowed: none, because the stacks have no bucket for them")
	}
	var template struct {
		Resources  map[string]map[string]any
		Conditions map[string]map[string][]any
	}
	if err := json.Unmarshal(text, &template); err != nil || len(template.Resources) == 0 {
		return nil, fmt.Errorf("found no resources, or conditions other than Fn::Equals, allowed: those of a RegionalForwarder")
	}
	t := &ForwarderTemplate{}
	for _, id := range slices.Sorted(maps.Keys(template.Resources)) {
		r := templateResource{id: id, attributes: template.Resources[id]}
		r.resourceType, _ = r.attributes["Type"].(string)
		r.properties, _ = r.attributes["Properties"].(map[string]any)
		delete(r.attributes, "Type")
		delete(r.attributes, "Properties")
		if r.deleted = r.attributes["DeletionPolicy"] == "Delete" &&
			r.attributes["UpdateReplacePolicy"] == "Delete"; r.deleted {
			delete(r.attributes, "DeletionPolicy")
			delete(r.attributes, "UpdateReplacePolicy")
		}
		t.resources = append(t.resources, r)
	}
	for _, id := range slices.Sorted(maps.Keys(template.Conditions)) {
		sides := template.Conditions[id]["Fn::Equals"]
		if len(sides) != 2 {
			return nil, fmt.Errorf("found the condition %s of another kind, allowed: Fn::Equals", id)
		}
		t.conditions = append(t.conditions, templateCondition{id, awscdk.Fn_ConditionEquals(sides[0], sides[1])})
	}
	return t, nil
}

// AddTo adds the resources of the template, with their logical ids, to a stack.
func (t *ForwarderTemplate) AddTo(stack awscdk.Stack) {
	for _, c := range t.conditions {
		awscdk.NewCfnCondition(stack, jsii.String(c.id), &awscdk.CfnConditionProps{Expression: c.expression})
	}
	for _, r := range t.resources {
		resource := awscdk.NewCfnResource(stack, jsii.String(r.id),
			&awscdk.CfnResourceProps{Type: jsii.String(r.resourceType), Properties: &r.properties})
		if r.deleted { // sets both policies in one call
			resource.ApplyRemovalPolicy(awscdk.RemovalPolicy_DESTROY, nil)
		}
		for _, name := range slices.Sorted(maps.Keys(r.attributes)) {
			resource.AddOverride(jsii.String(name), r.attributes[name])
		}
	}
}
