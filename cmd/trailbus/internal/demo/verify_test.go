package demo

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"

	"github.com/trailbus/trailbus/cmd/trailbus/internal/doctor/verify"
	"github.com/trailbus/trailbus/internal/config"
	"github.com/trailbus/trailbus/internal/contract/state"
	"github.com/trailbus/trailbus/internal/local"
	"github.com/trailbus/trailbus/internal/local/walk"
)

// verify sends a probe through forwarders, with a role of each account but the central one.
func sendProbes(w *walk.Walk, central aws.Config, table string, forwarders []config.Deployment, timeout time.Duration) *verify.Report {
	w.T.Helper()
	v := &verify.Verify{
		Sender: &verify.Events{Config: central, RoleARN: func(account string) string {
			if account == w.Config.Central.Account {
				return ""
			}
			return "arn:aws:iam::" + account + ":role/any" // the local AWS has every role
		}},
		State:   &state.Table{Client: dynamodb.NewFromConfig(central), Name: table},
		Timeout: timeout,
	}
	for _, d := range forwarders {
		v.Forwarders = append(v.Forwarders, verify.Forwarder{Account: d.Account, Name: d.Name, Region: d.Region})
	}
	report, err := v.Run(w.T.Context())
	w.Must("verify", err)
	return report
}

// checkVerify sees that every forwarder is verified, and that exactly the one whose rule is taken
// its target is not. The notifier must be running.
func checkVerify(w *walk.Walk, central aws.Config, table string, rule *string, account, region string) {
	t := w.T
	t.Helper()
	all := w.Config.Deployments()
	report := sendProbes(w, central, table, all, local.Timeout)
	if n := len(all); report.Arrived != n || len(report.Forwarders) != n || n < 2 || report.P50 == nil || report.ClockSkew != 0 {
		t.Fatalf("of %d forwarders, these are verified: %+v", n, report)
	}
	for _, f := range report.Forwarders {
		if f.Outcome != verify.Arrived || f.Latency <= 0 || f.Seen < f.Latency {
			t.Errorf("%+v", f)
		}
	}
	t.Logf("%d forwarders verified: p50 %d ms, p99 %d ms", report.Arrived, *report.P50, *report.P99)

	member, err := w.AWS.Config(t.Context(), account, region)
	w.Must("credentials", err)
	client := eventbridge.NewFromConfig(member)
	listed, err := client.ListTargetsByRule(t.Context(), &eventbridge.ListTargetsByRuleInput{Rule: rule})
	w.Must("the targets", err)
	if len(listed.Targets) != 1 {
		t.Fatalf("the rule has %d targets", len(listed.Targets))
	}
	_, err = client.RemoveTargets(t.Context(), &eventbridge.RemoveTargetsInput{Rule: rule, Ids: []string{*listed.Targets[0].Id}})
	w.Must("removing the target", err)
	// The others arrive however slow the machine is; what cannot arrive need not be waited for.
	var others, broken []config.Deployment
	for _, d := range all {
		if d.Account == account && d.Region == region {
			broken = append(broken, d)
		} else {
			others = append(others, d)
		}
	}
	if arrived := sendProbes(w, central, table, others, local.Timeout); arrived.Arrived != len(all)-1 {
		t.Errorf("of %d others, these are verified: %+v", len(all)-1, arrived)
	}
	if missing := sendProbes(w, central, table, broken, time.Second).Forwarders; len(missing) != 1 || missing[0].Outcome != verify.NotArrived {
		t.Errorf("without a target it is verified: %+v", missing)
	}
	_, err = client.PutTargets(t.Context(), &eventbridge.PutTargetsInput{Rule: rule, Targets: listed.Targets})
	w.Must("putting the target back", err)
}
