package stacks

import (
	"encoding/json"
	"testing"

	"github.com/trailbus/trailbus/rules"
)

// What a forwarder's template may have, in bytes: with the whole catalogue three fifths of what a stack set takes inline (51,200,
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html), so that rules of one's own have room beside it,
// and the role for trailbus doctor and verify more, where it is wanted.
const (
	maxCatalogue      = 51_200 * 3 / 5
	maxInspectionRole = 1_500
)

func TestTheWholeCatalogueLeavesRoomInAStackSet(t *testing.T) {
	for _, inspected := range []bool{false, true} {
		c := stackSetExample(t, "")
		all, err := rules.NewSet(rules.CatalogRules()...)
		if err != nil {
			t.Fatal(err)
		}
		c.Rules, c.InspectionRole = all, inspected
		_, templates := synth(t, c)
		var outer struct {
			Resources map[string]struct {
				Properties struct{ TemplateBody string }
			}
		}
		if err := json.Unmarshal([]byte(templates["ForwarderStackSet"]), &outer); err != nil {
			t.Fatal(err)
		}
		if len(outer.Resources) != 1 {
			t.Fatalf("%d resources", len(outer.Resources))
		}
		allowed := maxCatalogue
		if inspected {
			allowed += maxInspectionRole
		}
		for _, set := range outer.Resources {
			if n := len(set.Properties.TemplateBody); n < 10_000 || n > allowed {
				t.Errorf("with the inspection role %v: the template has %d bytes, allowed: %d", inspected, n, allowed)
			} else {
				t.Logf("with the inspection role %v: %d bytes", inspected, n)
			}
		}
	}
}
