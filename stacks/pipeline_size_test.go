package stacks

import (
	"fmt"
	"strings"
	"testing"

	"github.com/trailbus/trailbus/internal/config"
)

// config computes the size of a pipeline without the CDK. This test compares it with what the CDK
// makes, at the limits: 50 actions are one stage, 51 are two.
func TestThePipelineHasTheSizeThatConfigComputes(t *testing.T) {
	if testing.Short() {
		t.Skip("it synthesizes 78 stacks")
	}
	const accounts = 77
	var waves strings.Builder
	next := 0
	for _, w := range []struct {
		name     string
		accounts int
		more     string
	}{{"one", 1, ""}, {"fifty", 24, ", approval: true"}, {"fifty-one", 25, ""}} {
		var names []string
		for range w.accounts {
			names = append(names, fmt.Sprintf("account %d", next))
			next++
		}
		fmt.Fprintf(&waves, "    - {name: %s, accounts: [%s]%s}\n", w.name, strings.Join(names, ", "), w.more)
	}
	text := largeConfig(accounts, "cis", inspectionConfig, "ap-southeast-1")
	p := synthesize(t, text+pipelineConfig+"  waves:\n"+waves.String()+"    - {name: rest, approval: true}\n")
	got := config.PipelineSize{}
	counts := map[string]int{}
	for _, s := range p.stages(t) {
		got.Stages++
		got.Actions += len(s.Actions)
		counts[s.Name] = len(s.Actions)
		if len(s.Actions) > 50 {
			t.Errorf("stage %s has %d actions", s.Name, len(s.Actions))
		}
		names := map[string]bool{}
		for _, a := range s.Actions {
			names[a.Name] = true
		}
		if len(names) != len(s.Actions) {
			t.Errorf("stage %s has %d names for %d actions", s.Name, len(names), len(s.Actions))
		}
	}
	if want := p.config.PipelineSize(); got != want || got.Actions != 4+2+2*accounts+2+4 {
		t.Errorf("it has %+v, config computes %+v", got, want)
	}
	for name, want := range map[string]int{"one": 3, "fifty": 50, "fifty-one.1": 50, "fifty-one.2": 1, "rest.1": 50, "rest.2": 6} {
		if counts[name] != want {
			t.Errorf("stage %s has %d actions, want %d; all are %v", name, counts[name], want, counts)
		}
	}
	// A bucket's policy has 20 KB at most. It names a role of each account.
	policy := p.one(t, "Pipeline", "AWS::S3::BucketPolicy")
	roles, longest := 0, 0
	for _, s := range statementsOf(t, policy["PolicyDocument"]) {
		for _, who := range list(s.Principal.(map[string]any)["AWS"]) {
			if arn := formatValue(t, who); strings.Contains(arn, "-deploy-role-") {
				roles++
				longest = max(longest, len(strings.Replace(arn, "<AWS::Partition>", "aws-us-gov", 1)+`"",`))
			}
		}
	}
	if most := 200; roles < accounts || longest > 95 || longest*most+1000 > 20<<10 {
		t.Errorf("the policy of the bucket names %d roles in up to %d bytes each", roles, longest)
	}
}
