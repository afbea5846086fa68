package stacks

import (
	"testing"

	"github.com/trailbus/trailbus/rules"
)

// Limits for the template of a forwarder, in bytes: with the whole catalogue, three fifths of what
// a stack set takes inline (51,200,
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html), which
// leaves room for other rules; and for the inspection role more.
const (
	maxCatalogue      = 51_200 * 3 / 5
	maxInspectionRole = 1_500
)

func TestTheWholeCatalogueLeavesRoomInAStackSet(t *testing.T) {
	all, err := rules.NewSet(rules.CatalogRules()...)
	if err != nil {
		t.Fatal(err)
	}
	for _, withRole := range []bool{false, true} {
		c := parse(t, example+stackSetConfig)
		c.Rules, c.InspectionRole = all, withRole
		set := synthesizeConfig(t, c).one(t, "ForwarderStackSet", "AWS::CloudFormation::StackSet")
		allowed := maxCatalogue
		if withRole {
			allowed += maxInspectionRole
		}
		if n := len(set["TemplateBody"].(string)); n < 10_000 || n > allowed {
			t.Errorf("with the inspection role %v: the template has %d bytes, allowed: %d", withRole, n, allowed)
		} else {
			t.Logf("with the inspection role %v: %d bytes", withRole, n)
		}
	}
}
