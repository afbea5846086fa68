package stacks_test

import (
	"encoding/json"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/trailbus/trailbus/constructs"
)

// finding is what a rule of cdk-nag says of a resource.
type finding struct {
	Rule       string `json:"ruleId"`     // such as AwsSolutions-SQS3, and of IAM5 with what it is about in brackets
	Path       string `json:"resourceId"` // of the construct
	Compliance string `json:"compliance"`
	About      string `json:"ruleInfo"`
}

// findings reads the reports of cdk-nag.
func findings(t *testing.T, dir string) []finding {
	t.Helper()
	reports, err := filepath.Glob(filepath.Join(dir, "*NagReport.json"))
	if err != nil || len(reports) == 0 {
		t.Fatalf("cdk-nag wrote %d reports", len(reports))
	}
	var all []finding
	for _, name := range reports {
		var report struct{ Lines []finding }
		if err := json.Unmarshal([]byte(file(name)), &report); err != nil {
			t.Fatal(err)
		}
		all = append(all, report.Lines...)
	}
	return all
}

// accepted are the findings that stay, each with its reason. They stand here and not in the constructs, where they would become
// metadata of templates that must stay small.
var accepted = []struct{ rule, path, reason string }{
	{"AwsSolutions-SQS3", "Forwarder-*/RegionalForwarder/DeadLetterQueue/Resource",
		"It is the dead-letter queue of the forwarding rules. cdk-nag knows only those of queues."},
	{"AwsSolutions-S1", "Trail/Trail/Logs/Resource",
		"The bucket holds log files itself. Who reads them can be recorded as data events by the trail that is there; a bucket of access logs would need one, too."},
	{"AwsSolutions-IAM5", "Central/SlackNotifier/Role/DefaultPolicy/Resource",
		"The notifier asks for the names of accounts that nobody has listed, in one organization."},
}

func TestNoFindingOfCdkNagIsWithoutAReason(t *testing.T) {
	needed := map[string]bool{}
	everyRoad(t, func(t *testing.T, b built) {
		compliant := map[string]int{}
		for _, f := range b.findings {
			if f.Compliance == "Compliant" {
				compliant[f.Rule]++
				continue
			}
			found := false
			for _, a := range accepted {
				if ok, err := path.Match(a.path, f.Path); err != nil {
					t.Fatal(err)
				} else if ok && a.rule == f.Rule {
					found, needed[a.rule+" "+a.path] = true, true
				}
			}
			if !found {
				t.Errorf("%s %s (%s): %s", f.Rule, f.Path, f.Compliance, f.About)
			}
		}
		for id, name := range b.names {
			// What a stack set brings is a forwarder too; another test compares the two.
			if checked := b.checked[name]; b.templates[id] != b.templates[checked] && name != constructs.ForwarderStackSetName {
				t.Errorf("cdk-nag looked at %s, and %s of the same name is another", checked, id)
			}
		}
		for _, rule := range []string{"AwsSolutions-SQS2", "AwsSolutions-SQS4", "AwsSolutions-IAM4", "AwsSolutions-IAM5"} {
			if compliant[rule] < 2 {
				t.Errorf("%s looked at %d resources only", rule, compliant[rule])
			}
		}
	})
	for _, a := range accepted {
		if !needed[a.rule+" "+a.path] {
			t.Errorf("%s of %s is accepted, and is found no more", a.rule, a.path)
		}
		if len(strings.Fields(a.reason)) < 5 {
			t.Errorf("%s of %s has no reason", a.rule, a.path)
		}
	}
}
