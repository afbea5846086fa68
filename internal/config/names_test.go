package config

import (
	"strings"
	"testing"
)

// Nobody is asked for names but where the file says so, or where a stack set says that AWS
// Organizations will answer.
func TestNames(t *testing.T) {
	const management = "management: \"999999999999\"\n"
	const stackSet = management + "deploy: stacksets\nstackSet: {organizationalUnits: [r-a1b2]}\n"
	central := strings.Replace(good, "111111111111", "999999999999", 1)
	tests := map[string]struct {
		file string
		want NameSource
	}{
		"stacks":                             {good, NamesListed},
		"stacks, listed":                     {good + "accountNames: listed\n", NamesListed},
		"stacks, organizations":              {good + management + "accountNames: organizations\n", NamesFromOrganizations},
		"stacks in the management account":   {central + management, NamesListed},
		"stack set":                          {good + stackSet, NamesFromOrganizations},
		"stack set, listed":                  {good + stackSet + "accountNames: listed\n", NamesListed},
		"stack set of the management":        {good + strings.Replace(stackSet, "[r-a1b2]", "[r-a1b2], callAs: self", 1), NamesListed},
		"stack set in the management itself": {central + stackSet, NamesFromOrganizations},
	}
	for name, test := range tests {
		c, problems := parse(test.file)
		if c == nil || c.Names != test.want {
			t.Errorf("%s: got %+v, want %s; %s", name, c, test.want, problems)
		}
	}
}
