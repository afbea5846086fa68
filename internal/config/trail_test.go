package config

import (
	"strings"
	"testing"
)

func TestTheTrailIsMadeWhereItBelongs(t *testing.T) {
	const management = "management: \"999999999999\"\n"
	alone := strings.Replace(good, "organization: o-a1b2c3d4e5\n", "", 1)
	for name, test := range map[string]struct {
		file, says string
		want       Trail
		account    string
	}{
		"nothing is said":               {good, "", TrailCheck, ""},
		"it is there":                   {good + "trail: check\n", "", TrailCheck, ""},
		"an organization":               {good + management + "trail: create\n", "", TrailCreate, "999999999999"},
		"the central account manages":   {good + "management: \"111111111111\"\ntrail: create\n", "", TrailCreate, "111111111111"},
		"a pipeline":                    {good + byPipeline + management + "trail: create\n", "", TrailCreate, "999999999999"},
		"a stack set":                   {good + bySet + "trail: create\n", "", TrailCreate, "999999999999"},
		"no organization, two accounts": {alone + "trail: create\n", "etc/trailbus.yaml:14:8: warning: without an organization the trail is that of the central account alone; each of the others needs one of its own: production", TrailCreate, "111111111111"},
		"no organization, one account": {strings.Replace(alone, "  - id: \"222222222222\"\n    name: production\n", "", 1) + management + "trail: create\n", "",
			TrailCreate, "111111111111"},
	} {
		c, said := parse(test.file)
		if c == nil || said != test.says {
			t.Errorf("%s: it says %q, want %q", name, said, test.says)
			continue
		}
		if c.Trail != test.want {
			t.Errorf("%s: %s, want %s", name, c.Trail, test.want)
		}
		if account, region := c.TrailHome(); test.want == TrailCreate && (account != test.account || region != "eu-central-1") {
			t.Errorf("%s: it is made in %s %s, want %s", name, account, region, test.account)
		}
	}
}

func TestATrailThatCannotBeMadeIsRefused(t *testing.T) {
	for file, want := range map[string]string{
		"trail: create\n": "15:8: found trail: create and no management: the trail of an organization is made in its management account, allowed: management with the id of that account, or trail: check",
		"trail: craete\n": `15:8: found unknown trail "craete" (did you mean "create"?), allowed: check, create`,
		"trail: {}\n":     `15:8: found a mapping, allowed: a text`,
	} {
		if _, got := parse(good + file); !strings.Contains(got, "etc/trailbus.yaml:"+want) {
			t.Errorf("%q says %q, want %q", file, got, want)
		}
	}
}
