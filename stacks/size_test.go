package stacks_test

import (
	"encoding/json"
	"testing"

	"github.com/trailbus/trailbus/rules"
)

// maxCatalogue is far below what a stack set takes inline (51,200 bytes,
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html), so that rules of one's own have room beside the
// whole catalogue. The role for trailbus doctor and verify is all that a forwarder may have more.
const maxCatalogue = 30_000

func TestTheWholeCatalogueLeavesRoomInAStackSet(t *testing.T) {
	for _, inspected := range []bool{false, true} {
		c := byStackSet(t, "")
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
		for _, set := range outer.Resources {
			if n := len(set.Properties.TemplateBody); n < 10_000 || n > maxCatalogue {
				t.Errorf("with the inspection role %v: the template has %d bytes, allowed: %d", inspected, n, maxCatalogue)
			} else {
				t.Logf("with the inspection role %v: %d bytes", inspected, n)
			}
		}
	}
}
