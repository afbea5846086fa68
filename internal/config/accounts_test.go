package config

import (
	"fmt"
	"strings"
	"testing"
)

// many is the good file with a number of accounts.
func many(t *testing.T, accounts int) string {
	t.Helper()
	var list strings.Builder
	for i := range accounts - 2 {
		fmt.Fprintf(&list, "  - {id: \"%012d\", name: account %d}\n", 300000000000+i, i)
	}
	return with(t, "rules:\n", list.String()+"rules:\n")
}

func TestAccountsThatThePolicyOfTheBusCannotNameNeedAnOrganization(t *testing.T) {
	if c, got := parse(many(t, 251)); c == nil || strings.Contains(got, "policy") {
		t.Errorf("251 accounts of an organization:\n%s", got)
	}
	without := func(accounts int) string {
		return strings.Replace(many(t, accounts), "organization: o-a1b2c3d4e5\n", "", 1)
	}
	if c, got := parse(without(250)); c == nil || strings.Contains(got, "policy") {
		t.Errorf("250 accounts:\n%s", got)
	}
	want := "etc/trailbus.yaml:6:3: found 251 accounts and no organization, allowed: 250, because the policy of the central bus names each; with organization, any number"
	if _, got := parse(without(251)); !strings.HasPrefix(got, want+"\n") {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

func TestOnlyAListOfRegionsThatIsUsedIsLookedAt(t *testing.T) {
	const listOfTop = "etc/trailbus.yaml:5:10: warning: us-east-1 is not in the list"
	one := with(t, "[us-east-1, eu-central-1]", "[eu-central-1]", "name: security", "name: security\n    regions: [us-east-1]")
	if _, got := parse(one); !strings.HasPrefix(got, listOfTop) || strings.Count(got, "\n") > 0 {
		t.Errorf("an account uses the list, and this is said:\n%s", got)
	}
	both := strings.Replace(one, "name: production", "name: production\n    regions: [us-east-1]", 1)
	if c, got := parse(both); c == nil || got != "" {
		t.Errorf("no account uses the list, and this is said:\n%s", got)
	}
	if c, got := parse(strings.Replace(both, "regions: [eu-central-1]", "regions: [cn-north-1]", 1)); c == nil || got != "" {
		t.Errorf("no account uses the list of another partition, and this is said:\n%s", got)
	}
}

func TestAPartitionThatDoesNotFitIsSaidOnceAndWhereItStands(t *testing.T) {
	want := "etc/trailbus.yaml:5:22: found Region cn-north-1, which is in the partition aws-cn, allowed: a Region of the partition of central.region, aws"
	if _, got := parse(with(t, "[us-east-1, eu-central-1]", "[us-east-1, cn-north-1, cn-northwest-1]")); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

func TestTwiceNamesTheLineOfWhatWasFirst(t *testing.T) {
	text := with(t, "  - id: \"111111111111\"\n    name: security\n", "  - name: security\n    id: \"111111111111\"\n", "name: production", "name: security")
	if _, got := parse(text); got != `etc/trailbus.yaml:10:11: account name "security" is given twice, first in line 7` {
		t.Errorf("got %s", got)
	}
	text = with(t, "  - id: \"111111111111\"\n    name: security\n", "  - name: security\n    id: \"111111111111\"\n", "222222222222", "111111111111")
	if _, got := parse(text); got != `etc/trailbus.yaml:9:9: account 111111111111 is given twice, first in line 8` {
		t.Errorf("got %s", got)
	}
}
