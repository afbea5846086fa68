package message

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/trailbus/trailbus/internal/contract"
)

var heard = time.Date(2026, 11, 23, 8, 7, 0, 0, time.UTC)

// forwarders are those of some accounts, each in all of some Regions.
func forwarders(accounts []string, regions ...string) []contract.SilentForwarder {
	var all []contract.SilentForwarder
	for i, account := range accounts {
		for j, region := range regions {
			all = append(all, contract.SilentForwarder{Account: account, Region: region, LastHeartbeat: heard.Add(time.Duration(i+j) * time.Minute)})
		}
	}
	return all
}

func manyAccounts(n int) (ids []string, watched map[string]int) {
	watched = map[string]int{}
	for i := range n {
		ids = append(ids, fmt.Sprintf("%012d", i+1))
		watched[ids[i]] = 2
	}
	return ids, watched
}

func TestSilence(t *testing.T) {
	prod, sandbox := "111111111111", "222222222222"
	two := map[string]int{prod: 2, sandbox: 2}
	ids, watched := manyAccounts(850)
	tests := map[string]struct {
		report   contract.SilenceReport
		headline string
		want     []string
	}{
		"silence-one": {contract.SilenceReport{Silent: forwarders([]string{prod}, "eu-west-1"), Watched: two, StillSilent: 1},
			"🔴 CRITICAL · Silent: the forwarder of prod in eu-west-1", []string{"nothing that happens there is told", "dead-letter queue", "prod (111111111111)", "2026-11-23 08:07:00 UTC"}},
		"silence-never": {contract.SilenceReport{Silent: []contract.SilentForwarder{{Account: sandbox, Region: "us-east-1", ExpectedSince: heard}}, Watched: two, StillSilent: 1},
			"🔴 CRITICAL · Silent: the forwarder of sandbox in us-east-1", []string{"never heard", "was deployed"}},
		"silence-account": {contract.SilenceReport{Silent: forwarders([]string{prod}, "eu-west-1", "us-east-1"), Watched: two, StillSilent: 2},
			"🔴 CRITICAL · Silent: all 2 forwarders of prod", []string{"who changed that account", "all 2 Regions"}},
		"silence-all": {contract.SilenceReport{Silent: forwarders(ids, "eu-west-1", "us-east-1"), Watched: watched, StillSilent: 1700},
			"🔴 CRITICAL · Silent: all 1700 forwarders", []string{"the central account", "… and 1670 more, in 835 accounts"}},
		"silence-back": {contract.SilenceReport{Recovered: forwarders([]string{prod}, "eu-west-1"), Watched: two},
			"✅ Heard again: the forwarder of prod in eu-west-1", []string{"no other forwarder is silent"}},
		"silence-both": {contract.SilenceReport{Silent: forwarders([]string{prod}, "eu-west-1"), Recovered: forwarders([]string{sandbox}, "us-east-1"), Watched: two, StillSilent: 1},
			"🔴 CRITICAL · Silent: the forwarder of prod in eu-west-1", []string{"Silent", "Back", "sandbox (222222222222)"}},
		"silence-some-back": {contract.SilenceReport{Recovered: forwarders(ids[:400], "eu-west-1"), Watched: watched, StillSilent: 1300},
			"✅ Heard again: 400 of 1700 forwarders, in 400 accounts", []string{"1300 of 1700 forwarders are still silent"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			payload := Silence(&test.report, names)
			checkPayload(t, payload)
			file := indented(t, payload)
			for _, want := range append(test.want, `"text": "`+test.headline+`"`) {
				if !strings.Contains(string(file), want) {
					t.Errorf("%q is not in %s", want, file)
				}
			}
			if !strings.HasPrefix(payload.Text, test.headline) {
				t.Errorf("the notification is %q", payload.Text)
			}
			compare(t, name+".slack.json", file)
		})
	}
}

// The longest names and the most accounts fit what Slack takes.
func TestSilenceFitsSlackLimits(t *testing.T) {
	ids, watched := manyAccounts(5000)
	long := map[string]string{}
	var regions []string
	for _, id := range ids {
		long[id] = strings.Repeat("<&>", 40) + id
	}
	for i := range 34 {
		regions = append(regions, fmt.Sprintf("ap-southeast-%d", i))
	}
	checkPayload(t, Silence(&contract.SilenceReport{Silent: forwarders(ids, regions...), Recovered: forwarders(ids, regions...), Watched: watched, StillSilent: 1}, long))
}
