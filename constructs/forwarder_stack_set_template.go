package trailbus

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/constructs-go/constructs/v10"
)

// maxTemplateBody is the maximum size, in bytes, of a template in the stack set itself:
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
const maxTemplateBody = 51_200

// stackSetTemplate returns the template of a stack set as compact JSON.
func stackSetTemplate(scope constructs.Construct, build func(awscdk.Stack)) (string, error) {
	text, err := synthesizeTemplate(scope, nil, build)
	if err != nil {
		return "", err
	}
	var short bytes.Buffer
	if err := json.Compact(&short, text); err != nil {
		return "", err
	}
	return short.String(), prefixed("Forwarder", checkStackSetTemplate(short.Bytes()))
}

// checkStackSetTemplate returns an error for a template that a stack set with service-managed
// permissions cannot have, or that cannot be deployed to several Regions of one account.
func checkStackSetTemplate(text []byte) error {
	var template struct {
		Parameters, Mappings map[string]any
		Transform            any
		Resources            map[string]struct {
			Type, Condition string
			Properties      map[string]any
		}
	}
	if err := json.Unmarshal(text, &template); err != nil {
		return err
	}
	switch {
	case len(template.Resources) == 0:
		return fmt.Errorf("the template has no resources, allowed: a RegionalForwarder")
	case len(template.Parameters) > 0:
		return fmt.Errorf("the template has the parameters %s, allowed: none",
			strings.Join(slices.Sorted(maps.Keys(template.Parameters)), ", "))
	case template.Transform != nil:
		// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-bestpractices.html
		return fmt.Errorf("the template has the transform %v, allowed: none, because a stack set with service-managed permissions takes none", template.Transform)
	case bytes.Contains(text, []byte("cdk-hnb659fds-assets")):
		return fmt.Errorf("the template has assets, allowed: none, because the accounts have no bucket for them")
	}
	for _, id := range slices.Sorted(maps.Keys(template.Resources)) {
		resource := template.Resources[id]
		if resource.Type == "AWS::CloudFormation::Stack" {
			return fmt.Errorf("%s is a nested stack, allowed: none, because a stack set with service-managed permissions takes none", id)
		}
		for _, property := range []string{"RoleName", "ManagedPolicyName", "UserName", "GroupName", "InstanceProfileName"} {
			// A resource with a condition may exist in one Region alone, as an inspection role
			// does.
			if name, ok := resource.Properties[property]; ok && resource.Condition == "" &&
				strings.HasPrefix(resource.Type, "AWS::IAM::") {
				return fmt.Errorf("%s has the %s %v and no condition, allowed: no name, because the names of IAM are those of all Regions of an account and would meet", id, property, name)
			}
		}
	}
	if n := len(text); n > maxTemplateBody {
		return fmt.Errorf("the template has %d bytes, %d too many, allowed: %d; with fewer rules it is shorter", n,
			n-maxTemplateBody, maxTemplateBody)
	}
	return nil
}
