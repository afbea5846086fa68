package stacks

import (
	"strings"
	"testing"

	"github.com/trailbus/trailbus/internal/config"
	"github.com/trailbus/trailbus/internal/contract"
)

func TestTheTrailIsCreatedInItsAccount(t *testing.T) {
	for name, test := range map[string]struct {
		trail                             config.Trail
		organization, management, account string
	}{
		"there is one":       {config.TrailCheck, "o-a1b2c3d4e5", "999999999999", ""},
		"of an organization": {config.TrailCreate, "o-a1b2c3d4e5", "999999999999", "999999999999"},
		"of an account":      {config.TrailCreate, "", "999999999999", "111111111111"},
	} {
		c := parse(t, example)
		c.Trail, c.Organization, c.Management = test.trail, test.organization, test.management
		a := synthesizeConfig(t, c)
		stack, ok := a.stacks["Trail"]
		if made := test.account != ""; ok != made {
			t.Fatalf("%s: a trail is created: %t", name, ok)
		} else if !made {
			continue
		}
		if got := [3]string{*stack.StackName(), *stack.Account(), *stack.Region()}; got != [3]string{contract.TrailStackName, test.account, "eu-central-1"} {
			t.Errorf("%s: it is %q", name, got)
		}
		for text, want := range map[string]bool{
			`"IsOrganizationTrail": true`:          test.organization != "",
			`"IsOrganizationTrail": false`:         test.organization == "",
			"/AWSLogs/o-a1b2c3d4e5/*":              test.organization != "",
			"/AWSLogs/" + test.account + "/*":      true,
			`"LogBucket": {`:                       true,
			":" + test.account + ":trail/trailbus": true,
		} {
			if strings.Contains(a.templates["Trail"], text) != want {
				t.Errorf("%s: the template has %s: %t", name, text, !want)
			}
		}
	}
}
