package config

import (
	"slices"
	"strings"
	"testing"
)

func TestTheInspectionRoleIsAChoice(t *testing.T) {
	for text, want := range map[string]bool{"": false, "inspectionRole: false\n": false, "inspectionRole: true\n": true} {
		if c, said := parse(good + text); c == nil || c.InspectionRole != want {
			t.Errorf("%q gives %v (%s), want %v", text, c, said, want)
		}
	}
	if _, got := parse(good + "inspectionRole: doctor\n"); !strings.Contains(got, `etc/trailbus.yaml:15:17: found the text "doctor", allowed: true or false`) {
		t.Errorf("it says %q", got)
	}
}

// Two Regions of an account must never both make it, and the order of the file must not move it.
func TestTheInspectionRoleIsMadeInOneRegion(t *testing.T) {
	for want, regions := range map[string][]string{
		"":              nil,
		"us-east-1":     {"eu-central-1", "us-east-1", "ap-east-1"},
		"eu-central-1":  {"eu-west-1", "eu-central-1"},
		"us-gov-west-1": {"us-gov-east-1", "us-gov-west-1"},
		"cn-north-1":    {"cn-northwest-1", "cn-north-1"},
	} {
		for range 2 {
			if got := InspectionRegion(regions); got != want {
				t.Errorf("of %q it is %q, want %q", regions, got, want)
			}
			slices.Reverse(regions)
		}
	}
}
