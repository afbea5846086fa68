package stacks

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/trailbus/trailbus/internal/contract"
)

const goldenGrants = "testdata/grants.golden.txt"

// acceptedWideGrants are the grants on every resource, with the reason. All read only, or are
// grants of roles that the CDK makes for a pipeline.
var acceptedWideGrants = map[string]string{
	"<PipelineUpdatePipelineSelfMutationRole57E559E8> may cloudformation:DescribeStacks on *": "It reads whether the account is bootstrapped.",
	"<PipelineUpdatePipelineSelfMutationRole57E559E8> may s3:ListBucket on *":                 "It reads whether an asset is there.",
	"<PipelineAssetsFileRole59943A77> may codebuild:BatchGetBuilds on *":                      "It reads what became of builds.",
	"<PipelineAssetsFileRole59943A77> may codebuild:StartBuild on *":                          "It is denied again, as the golden file shows.",
	"<PipelineAssetsFileRole59943A77> may codebuild:StopBuild on *":                           "It is denied again, as the golden file shows.",
	"<RegionalForwarderInspectionRole24152C62> may account:ListRegions on *":                  noResourceLevel,
	"<RegionalForwarderInspectionRole24152C62> may cloudtrail:DescribeTrails on *":            noResourceLevel,
	"<RegionalForwarderInspectionRole24152C62> may cloudtrail:GetEventSelectors on *":         trailElsewhere,
	"<RegionalForwarderInspectionRole24152C62> may cloudtrail:GetTrailStatus on *":            trailElsewhere,
	"<RegionalForwarderInspectionRole24152C62> may events:ListRuleNamesByTarget on *":         noResourceLevel,
	"<PipelineRoleB27FAA37> may kms:Decrypt on [*, <ArtifactKey8D84C5F0.Arn>]":                keyByAlias,
	"<PipelineRoleB27FAA37> may kms:DescribeKey on [*, <ArtifactKey8D84C5F0.Arn>]":            keyByAlias,
	"<PipelineRoleB27FAA37> may kms:Encrypt on [*, <ArtifactKey8D84C5F0.Arn>]":                keyByAlias,
	"<PipelineRoleB27FAA37> may kms:GenerateDataKey* on [*, <ArtifactKey8D84C5F0.Arn>]":       keyByAlias,
	"<PipelineRoleB27FAA37> may kms:ReEncrypt* on [*, <ArtifactKey8D84C5F0.Arn>]":             keyByAlias,
}

// wideGrant matches a grant on every resource, or of every action.
var wideGrant = regexp.MustCompile(` may (\*|[a-z-]+:\S+ on \[?\*)`)

const trailElsewhere = "The action reads a trail, and that of an organization is in another account."

const noResourceLevel = "The action reads, and has no resource-level permissions."

// Only CodePipeline assumes the role.
const keyByAlias = "The CDK knows a key in another Region by its alias only, and a policy names keys by their ids."

// The file lists what each role and each policy of a resource allows and denies. Stacks with the
// same name must grant the same.
func TestGrantsAreListed(t *testing.T) {
	var text strings.Builder
	unused := maps.Clone(acceptedWideGrants)
	forEachMode(t, func(t *testing.T, b synthesizedMode) {
		byName := map[string][]string{}
		for _, id := range slices.Sorted(maps.Keys(b.templates)) {
			list := grants(t, resourcesOf(t, b.templates[id]))
			if len(list) == 0 && b.names[id] != contract.ForwarderStackSetStackName { // only its template grants something
				t.Errorf("%s grants nothing, so this test sees nothing", id)
			}
			for _, grant := range list {
				if wideGrant.MatchString(grant) && acceptedWideGrants[grant] == "" {
					t.Errorf("%s: %s, and there is no reason", id, grant)
				}
				delete(unused, grant)
			}
			name := b.names[id]
			if before, ok := byName[name]; ok && !slices.Equal(before, list) {
				t.Errorf("%s grants other things than the stacks %s before it:\n%s", id, name, strings.Join(list, "\n"))
			}
			byName[name] = list
		}
		for _, name := range slices.Sorted(maps.Keys(byName)) {
			fmt.Fprintf(&text, "%s, %s\n  %s\n\n", b.name, name, strings.Join(byName[name], "\n  "))
		}
	})
	for grant := range unused {
		t.Errorf("%q is granted no more", grant)
	}
	if *update {
		if err := os.WriteFile(goldenGrants, []byte(text.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if want := file(goldenGrants); text.String() != want {
		t.Errorf("what is granted differs from %s; if it should, run: go test ./stacks -update\n%s", goldenGrants, text.String())
	}
}

// documents are the properties with a policy, by type of resource: for a role, the trust policy.
var documents = map[string]string{
	"AWS::IAM::Role":              "AssumeRolePolicyDocument",
	"AWS::IAM::Policy":            "PolicyDocument",
	"AWS::IAM::ManagedPolicy":     "PolicyDocument",
	"AWS::SQS::QueuePolicy":       "PolicyDocument",
	"AWS::SNS::TopicPolicy":       "PolicyDocument",
	"AWS::S3::BucketPolicy":       "PolicyDocument",
	"AWS::KMS::Key":               "KeyPolicy",
	"AWS::Events::EventBusPolicy": "Statement",
}

// grants lists what the resources of a template allow and deny, a sorted line each. An unknown
// property that may hold a policy fails the test.
func grants(t *testing.T, resources map[string]resource) []string {
	t.Helper()
	var all []string
	add := func(who, on string, document any) {
		for _, s := range statementsOf(t, document) {
			all = append(all, s.grants(t, who, on)...)
		}
	}
	for id, r := range resources {
		property, known := documents[r.Type]
		if !known {
			for name := range r.Properties {
				if strings.Contains(name, "Polic") && name != "RedrivePolicy" || r.Type == "AWS::Lambda::Permission" {
					t.Errorf("%s of %s (%s) may grant something, and this test does not know it", name, id, r.Type)
				}
			}
			continue
		}
		switch r.Type {
		case "AWS::IAM::Policy", "AWS::IAM::ManagedPolicy":
			for _, role := range list(r.Properties["Roles"]) {
				add(formatValue(t, role), "", r.Properties[property])
			}
			if len(list(r.Properties["Users"]))+len(list(r.Properties["Groups"])) > 0 {
				t.Errorf("%s is for users or groups", id)
			}
		case "AWS::IAM::Role":
			add("", " on <"+id+">", r.Properties[property])
			for _, policy := range list(r.Properties["Policies"]) {
				add("<"+id+">", "", policy.(map[string]any)["PolicyDocument"])
			}
			for _, managed := range list(r.Properties["ManagedPolicyArns"]) {
				all = append(all, fmt.Sprintf("<%s> has the policy %s", id, formatValue(t, managed)))
			}
		case "AWS::KMS::Key":
			before := len(all)
			add("", "", r.Properties[property])
			for i := range all[before:] { // in the policy of a key, * is that key
				all[before+i] = strings.Replace(all[before+i], " on *", " on <"+id+".Arn>", 1)
			}
		default:
			add("", "", r.Properties[property])
		}
	}
	slices.Sort(all)
	return all
}

type statement struct {
	Sid, Effect                                                                  string
	Principal, NotPrincipal, Action, NotAction, Resource, NotResource, Condition any
}

// statementsOf reads a policy document, or one statement.
func statementsOf(t *testing.T, document any) []statement {
	t.Helper()
	if whole, ok := document.(map[string]any); ok && whole["Statement"] != nil {
		document = whole["Statement"]
	}
	var all []statement
	for _, one := range list(document) {
		text, err := json.Marshal(one)
		if err != nil {
			t.Fatal(err)
		}
		var s statement
		if err := json.Unmarshal(text, &s); err != nil {
			t.Fatal(err)
		}
		if s.NotPrincipal != nil || s.NotAction != nil || s.NotResource != nil {
			t.Errorf("a statement with Not…: %s", text)
		}
		all = append(all, s)
	}
	return all
}

// grants lists the grants of a statement: principal, action, resource and condition. who and on are
// the implied principal and resource.
func (s statement) grants(t *testing.T, who, on string) []string {
	verb := map[string]string{"Allow": "may", "Deny": "may not"}[s.Effect]
	if verb == "" {
		t.Errorf("found the effect %q", s.Effect)
	}
	if s.Principal != nil {
		who = formatValue(t, s.Principal)
	}
	when := ""
	if s.Resource != nil {
		on = " on " + formatValue(t, s.Resource)
	}
	if s.Condition != nil {
		when = " if " + formatValue(t, s.Condition)
	}
	var all []string
	for _, action := range list(s.Action) {
		all = append(all, fmt.Sprintf("%s %s %s%s%s", who, verb, action, on, when))
	}
	return all
}

func list(v any) []any {
	switch v := v.(type) {
	case nil:
		return nil
	case []any:
		return v
	}
	return []any{v}
}

// forwardingRule matches the logical id of a forwarding rule, which changes with the rules; other
// tests check these.
var forwardingRule = regexp.MustCompile(`Forward[0-9A-F]{8,}`)

// formatValue formats a value of a template: a reference as the logical id in angle brackets, a
// joined text as one text.
func formatValue(t *testing.T, v any) string {
	t.Helper()
	switch v := v.(type) {
	case string:
		return v
	case []any:
		parts := make([]string, len(v))
		for i, part := range v {
			parts[i] = formatValue(t, part)
		}
		return "[" + strings.Join(slices.Compact(parts), ", ") + "]"
	case map[string]any:
		if ref, ok := v["Ref"].(string); ok {
			return "<" + ref + ">"
		}
		if get, ok := v["Fn::GetAtt"].([]any); ok {
			return forwardingRule.ReplaceAllString(fmt.Sprintf("<%s.%s>", get...), "Forward…")
		}
		if join, ok := v["Fn::Join"].([]any); ok {
			var parts []string
			for _, part := range join[1].([]any) {
				parts = append(parts, formatValue(t, part))
			}
			return strings.Join(parts, join[0].(string))
		}
		var parts []string
		for _, key := range slices.Sorted(maps.Keys(v)) {
			parts = append(parts, key+" "+formatValue(t, v[key]))
		}
		return strings.Join(parts, ", ")
	}
	return fmt.Sprint(v)
}
