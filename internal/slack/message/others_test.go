package message

import (
	"strings"
	"testing"
)

func TestOthers(t *testing.T) {
	messages := storm(t, 6)
	g := grouped(messages)
	for i, m := range messages[1:] {
		if room := g.TakesOthers(); room != (i <= othersInGroup) {
			t.Errorf("room for the %d. is %t", i+1, room)
		}
		g.AddOther(m)
		g.AddOther(m)
	}
	checkPayload(t, g.Slack(), "")
	text := g.Terminal(false)
	for _, want := range []string{
		"  others   ec2:AuthorizeSecurityGroupIngress on sg-0abc1234def567801, groupId: sg-0abc1234def567801, ipPermissions: - ",
		"\n           and more that did something else\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
	g.Lead(messages[1])
	if text := g.Terminal(false); strings.Contains(text, "ec2:AuthorizeSecurityGroupIngress on sg-0abc1234def567801,") {
		t.Errorf("the one that leads is among the others in\n%s", text)
	}
	if merged := grouped(messages[:2]).Merge(g); len(merged.Others.Values) != othersInGroup-1 || !merged.Others.More {
		t.Errorf("merged: %+v", merged.Others)
	}
	one := grouped(messages[:2])
	one.AddOther(messages[1])
	if merged := g.Merge(one); len(merged.Others.Values) != othersInGroup || len(g.Others.Values) != othersInGroup-1 {
		t.Errorf("merged: %+v, and before %+v", merged.Others, g.Others)
	}
}
