package stacks

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2/regioninfo"

	"github.com/trailbus/trailbus/internal/config"
)

// The Regions that trailbus.yaml may name are those of the CDK, with the exceptions here. The test
// is in this package because config does not link the CDK.
func TestTheRegionsAreThoseOfTheCDK(t *testing.T) {
	known := map[string]bool{}
	for _, info := range *regioninfo.RegionInfo_Regions() {
		known[*info.Name()] = true
	}
	if len(known) < 30 {
		t.Fatalf("the CDK knows %d Regions", len(known))
	}
	for region := range maps.Clone(known) {
		// The isolated partitions are for the intelligence services of the United States and
		// others; Slack cannot be reached there.
		if strings.Contains(region, "-iso") {
			delete(known, region)
		}
	}
	var missing []string
	for _, region := range config.Regions() {
		if !known[region] {
			missing = append(missing, region)
		}
		delete(known, region)
	}
	if len(missing) > 0 {
		t.Errorf("the CDK does not know %q", missing)
	}
	if len(known) > 0 {
		t.Errorf("trailbus.yaml may not name %q", slices.Sorted(maps.Keys(known)))
	}
}
