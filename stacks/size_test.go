package stacks_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/trailbus/trailbus/rules"
)

// Half of what a stack set takes inline (51,200 bytes,
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html), so that rules of one's own have room beside
// the whole catalogue.
func TestTheWholeCatalogueIsHalfOfWhatAStackSetTakes(t *testing.T) {
	c := example(t)
	all, err := rules.NewSet(rules.CatalogRules()...)
	if err != nil {
		t.Fatal(err)
	}
	c.Rules = all
	_, templates := synth(t, c)
	var compact bytes.Buffer
	if err := json.Compact(&compact, []byte(templates["Forwarder-production-eu-west-1"])); err != nil {
		t.Fatal(err)
	}
	if n := compact.Len(); n < 10_000 || n > 51_200/2 {
		t.Errorf("the template has %d bytes, allowed: 25,600", n)
	} else {
		t.Logf("%d bytes", n)
	}
}
