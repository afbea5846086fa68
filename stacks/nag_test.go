package stacks

import (
	"encoding/json"
	"path"
	"path/filepath"
	"strings"
	"testing"

	trailbus "github.com/trailbus/trailbus/constructs"
)

// finding is a finding of cdk-nag on a resource, or that it complies.
type finding struct {
	Rule        string `json:"ruleId"`     // such as AwsSolutions-SQS3, and of IAM5 with what it is about in brackets
	Path        string `json:"resourceId"` // of the construct
	Compliance  string `json:"compliance"`
	Description string `json:"ruleInfo"`
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

// accepted are the accepted findings, each with its reason. They are not in the constructs, where
// they would add metadata to templates that must stay small.
var accepted = []struct{ rule, path, reason string }{
	{"AwsSolutions-SQS3", "Forwarder-*/RegionalForwarder/DeadLetterQueue/Resource",
		"It is the dead-letter queue of the forwarding rules. cdk-nag knows only those of queues."},
	{"AwsSolutions-IAM5", "Forwarder-*/RegionalForwarder/InspectionRole/Resource",
		"It reads the forwarders of every Region of its account, by the beginning of the names that CloudFormation gives them, and the trails."},
	{"AwsSolutions-S1", "Pipeline/Artifacts/Resource", bucketLogs},
	{"AwsSolutions-S1", "cross-region-stack-*/Default/CrossRegionCodePipelineReplicationBucket/Resource", bucketLogs},
	{"AwsSolutions-IAM5", "Pipeline/Pipeline/Pipeline/Role/DefaultPolicy/Resource", cdkRole + "CodePipeline hands on artifacts between the stages."},
	{"AwsSolutions-IAM5", "Pipeline/Pipeline/Pipeline/Source/Repository/CodePipelineActionRole/DefaultPolicy/Resource", cdkRole + "The source is written there."},
	{"AwsSolutions-IAM5", "Pipeline/Pipeline/Pipeline/Build/Synth/CdkBuildProject/Role/DefaultPolicy/Resource", cdkRole + "The build reads the source and writes the assembly and its cache."},
	{"AwsSolutions-IAM5", "Pipeline/Pipeline/UpdatePipeline/SelfMutation/Role/DefaultPolicy/Resource",
		cdkRole + "The update takes the roles of cdk bootstrap in its own account, which it knows by their tag."},
	{"AwsSolutions-IAM5", "Pipeline/Pipeline/Assets/FileRole/DefaultPolicy/Resource", cdkRole + "The right to start other builds is denied again."},
	{"AwsSolutions-IAM5", "Pipeline/Pipeline/Pipeline/*/Verify/Verify/Role/DefaultPolicy/Resource",
		cdkRole + "The name of the notifier's table is unknown before it is made; the keys that may be read there are given."},
	{"AwsSolutions-S1", "Trail/Trail/Logs/Resource",
		"The bucket holds log files itself. Who reads them can be recorded as data events by the trail that is there; a bucket of access logs would need one, too."},
	{"AwsSolutions-IAM5", "Central/SlackNotifier/Role/DefaultPolicy/Resource",
		"The notifier gets the names of accounts that are not in the configuration, in one organization, and lists the instances of one stack set by its name."},
}

const (
	bucketLogs = "What is in it lives for 30 days and is made anew by each run. Who reads it is in CloudTrail, as who uses the key."
	// The golden file of grants lists every action and resource.
	cdkRole = "The CDK makes the role, and grants s3:GetObject* and its like on what is in the bucket of the artifacts. "
)

func TestNoFindingOfCdkNagIsWithoutAReason(t *testing.T) {
	needed := map[string]bool{}
	forEachMode(t, func(t *testing.T, b synthesizedMode) {
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
				} else if rule, _, _ := strings.Cut(f.Rule, "["); ok && a.rule == rule {
					found, needed[a.rule+" "+a.path] = true, true
				}
			}
			if !found {
				t.Errorf("%s %s (%s): %s", f.Rule, f.Path, f.Compliance, f.Description)
			}
		}
		for id, name := range b.names {
			// Another test compares the template of a stack set with that of a forwarder stack.
			if checked := b.checked[name]; b.templates[id] != b.templates[checked] && name != trailbus.ForwarderStackSetName {
				t.Errorf("cdk-nag checked %s, and %s with the same name differs", checked, id)
			}
		}
		rules := []string{"AwsSolutions-SQS2", "AwsSolutions-SQS4", "AwsSolutions-IAM4", "AwsSolutions-IAM5"}
		if b.names["Pipeline"] != "" {
			rules = []string{"AwsSolutions-CB4", "AwsSolutions-CB5", "AwsSolutions-KMS5", "AwsSolutions-S5", "AwsSolutions-S10", "AwsSolutions-IAM4"}
		}
		for _, rule := range rules {
			if compliant[rule] < 2 {
				t.Errorf("%s checked %d resources only", rule, compliant[rule])
			}
		}
	})
	for _, a := range accepted {
		if !needed[a.rule+" "+a.path] {
			t.Errorf("%s of %s is accepted, and no longer found", a.rule, a.path)
		}
		if len(strings.Fields(a.reason)) < 5 {
			t.Errorf("%s of %s has no reason", a.rule, a.path)
		}
	}
}
