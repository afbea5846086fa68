package scp

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/trailbus/trailbus/rules"
	"github.com/trailbus/trailbus/rules/operations"
)

func policy(t *testing.T, o Options) *Policy {
	t.Helper()
	p, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// like matches as IAM does: * is any text, ? any one character.
func like(pattern, text string) bool {
	quoted := strings.ReplaceAll(strings.ReplaceAll(regexp.QuoteMeta(pattern), `\*`, `.*`), `\?`, `.`)
	return regexp.MustCompile(`^(?s:` + quoted + `)$`).MatchString(text)
}

func anyLike(patterns []string, text string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool { return like(pattern, text) })
}

// call is a call to AWS. The keys are those of conditions.
type call struct {
	action, resource string
	keys             map[string]string
}

// denies judges a call as Organizations would: a statement denies where the action, the resource
// and all of the conditions match.
func (p *Policy) denies(t *testing.T, c call) bool {
	t.Helper()
	for _, s := range p.Statement {
		if !slices.ContainsFunc(s.Action, func(a string) bool { return like(strings.ToLower(a), strings.ToLower(c.action)) }) || !anyLike(s.Resource, c.resource) {
			continue
		}
		meets := true
		for operator, keys := range s.Condition {
			for key, values := range keys {
				value, known := c.keys[key]
				switch operator {
				case "ArnNotLike":
					meets = meets && (!known || !anyLike(values, value))
				case "ArnLike", "StringEquals":
					meets = meets && known && anyLike(values, value)
				default:
					t.Fatalf("the test does not know the operator %s", operator)
				}
			}
		}
		if meets {
			return true
		}
	}
	return false
}

func by(role string, more ...string) map[string]string {
	keys := map[string]string{"aws:PrincipalArn": "arn:aws:iam::222222222222:role/" + role, "aws:PrincipalAccount": "222222222222"}
	for i := 0; i < len(more); i += 2 {
		keys[more[i]] = more[i+1]
	}
	return keys
}

func TestPolicyDeniesTrailbusResourcesOnly(t *testing.T) {
	p := policy(t, Options{Partition: "aws", CentralAccount: "111111111111"})
	const here = ":eu-west-1:222222222222:"
	ours := []call{
		{"events:DeleteRule", "arn:aws:events" + here + "rule/TrailbusForwarder-RegionalForwarderForwardWrites-1ABC", nil},
		{"events:RemoveTargets", "arn:aws:events" + here + "rule/StackSet-TrailbusForwarders-7e57ab1e-0000-4000-8000-000000000001-Forward-1ABC", nil},
		{"events:PutRule", "arn:aws:events" + here + "rule/trailbus/reads-along", nil},
		{"events:DeleteEventBus", "arn:aws:events" + here + "event-bus/trailbus", nil},
		{"events:UpdateArchive", "arn:aws:events" + here + "archive/TrailbusCentral-CentralTrailBusArchive-1ABC", nil},
		{"sqs:PurgeQueue", "arn:aws:sqs" + here + "TrailbusCentral-SlackNotifierQueue-1ABC", nil},
		{"sqs:DeleteQueue", "arn:aws:sqs" + here + "TrailbusForwarder-RegionalForwarderDeadLetterQueue-1ABC", nil},
		{"sqs:ReceiveMessage", "arn:aws:sqs" + here + "TrailbusCentral-SlackNotifierQueue-1ABC", nil},
		{"iam:DeleteRolePolicy", "arn:aws:iam::222222222222:role/TrailbusForwarder-RegionalForwarderRole-1ABC", nil},
		{"iam:CreateRole", "arn:aws:iam::222222222222:role/stacksets-exec-mine", nil},
		{"iam:UpdateAssumeRolePolicy", "arn:aws:iam::222222222222:role/cdk-hnb659fds-deploy-role-222222222222-eu-west-1", nil},
		{"lambda:UpdateFunctionCode", "arn:aws:lambda" + here + "function:TrailbusCentral-SlackNotifierFunction-1ABC", nil},
		{"dynamodb:PutItem", "arn:aws:dynamodb" + here + "table/TrailbusCentral-SlackNotifierState-1ABC", nil},
		{"logs:DeleteLogGroup", "arn:aws:logs" + here + "log-group:TrailbusCentral-SlackNotifierLogs-1ABC:*", nil},
		{"cloudwatch:DisableAlarmActions", "arn:aws:cloudwatch" + here + "alarm:TrailbusCentral-Silence-1ABC", nil},
		{"cloudwatch:DeleteDashboards", "arn:aws:cloudwatch::222222222222:dashboard/TrailbusCentral-eu-west-1", nil},
		{"sns:SetTopicAttributes", "arn:aws:sns" + here + "TrailbusCentral-NotifierAlarmsTopic543AB5A0-1ABC", nil},
		{"events:DisableRule", "arn:aws:events" + here + "rule/TrailbusForwarder-RegionalForwarderHeartbeat-1ABC", nil},
		{"cloudformation:CreateStack", "arn:aws:cloudformation" + here + "stack/TrailbusForwarder/*", nil},
		{"codepipeline:DisableStageTransition", "arn:aws:codepipeline" + here + "TrailbusPipeline-Pipeline-1ABC/Central", nil},
		{"secretsmanager:PutSecretValue", "arn:aws:secretsmanager" + here + "secret:trailbus/slack-a1B2c3", nil},
		{"secretsmanager:GetSecretValue", "arn:aws:secretsmanager" + here + "secret:trailbus/slack-a1B2c3", nil},
		{"cloudformation:DeleteStack", "arn:aws:cloudformation" + here + "stack/TrailbusForwarder/7e57ab1e-0000-4000-8000-000000000001", nil},
		{"cloudformation:UpdateStackSet", "arn:aws:cloudformation" + here + "stackset/TrailbusForwarders:7e57ab1e-0000-4000-8000-000000000001", nil},
		{"codepipeline:DeletePipeline", "arn:aws:codepipeline" + here + "TrailbusPipeline-Pipeline-1ABC", nil},
		{"cloudtrail:StopLogging", "arn:aws:cloudtrail" + here + "trail/any", nil},
	}
	for _, c := range ours {
		for role, want := range map[string]bool{"Admin": true, "aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_1": true, "OrganizationAccountAccessRole": true,
			"not-stacksets-exec-1": true, "cdk-other-deploy-role": true, "stacksets-exec-7e57": false, "cdk-hnb659fds-cfn-exec-role-222222222222-eu-west-1": false} {
			c.keys = by(role)
			if got := p.denies(t, c); got != want {
				t.Errorf("%s on %s by %s is denied: %v", c.action, c.resource, role, got)
			}
		}
		c.keys = map[string]string{"aws:PrincipalArn": "arn:aws:iam::222222222222:root"}
		if !p.denies(t, c) {
			t.Errorf("%s on %s is not denied to the root user", c.action, c.resource)
		}
	}
	foreign := []call{
		{"events:DeleteRule", "arn:aws:events" + here + "rule/nightly", nil},
		{"events:DeleteEventBus", "arn:aws:events" + here + "event-bus/orders", nil},
		{"sqs:PurgeQueue", "arn:aws:sqs" + here + "orders", nil},
		{"iam:DeleteRole", "arn:aws:iam::222222222222:role/app", nil},
		{"iam:CreateRole", "arn:aws:iam::222222222222:role/app", nil},
		{"lambda:UpdateFunctionCode", "arn:aws:lambda" + here + "function:app", nil},
		{"dynamodb:PutItem", "arn:aws:dynamodb" + here + "table/orders", nil},
		{"logs:DeleteLogGroup", "arn:aws:logs" + here + "log-group:/aws/lambda/app:*", nil},
		{"logs:PutLogEvents", "arn:aws:logs" + here + "log-group:TrailbusCentral-SlackNotifierLogs-1ABC:log-stream:x", nil},
		{"cloudwatch:DeleteDashboards", "arn:aws:cloudwatch::222222222222:dashboard/shop", nil},
		{"sns:Publish", "arn:aws:sns" + here + "TrailbusCentral-NotifierAlarmsTopic543AB5A0-1ABC", nil},
		{"secretsmanager:PutSecretValue", "arn:aws:secretsmanager" + here + "secret:app/slack-a1B2c3", nil},
		{"cloudformation:DeleteStack", "arn:aws:cloudformation" + here + "stack/app/7e57ab1e-0000-4000-8000-000000000001", nil},
		{"events:PutEvents", "arn:aws:events" + here + "event-bus/trailbus", nil},
		{"events:DescribeRule", "arn:aws:events" + here + "rule/TrailbusForwarder-RegionalForwarderForwardWrites-1ABC", nil},
		{"cloudtrail:StartLogging", "arn:aws:cloudtrail" + here + "trail/any", nil},
	}
	for _, c := range foreign {
		if c.keys = by("Admin"); p.denies(t, c) {
			t.Errorf("%s on %s is denied", c.action, c.resource)
		}
	}
}

// Calls that name no resource are told apart by the function, and by the account.
func TestConditionsOfCallsWithoutResource(t *testing.T) {
	p := policy(t, Options{Partition: "aws", CentralAccount: "111111111111"})
	mapping := call{"lambda:DeleteEventSourceMapping", "arn:aws:lambda:eu-west-1:222222222222:event-source-mapping:7e57ab1e", nil}
	for function, want := range map[string]bool{"TrailbusCentral-SlackNotifierFunction-1ABC": true, "app": false} {
		mapping.keys = by("Admin", "lambda:FunctionArn", "arn:aws:lambda:eu-west-1:222222222222:function:"+function)
		if got := p.denies(t, mapping); got != want {
			t.Errorf("the mapping of %s is kept: %v", function, got)
		}
	}
	for account, want := range map[string]bool{"111111111111": true, "222222222222": false} {
		put := call{"events:PutPermission", "*", by("Admin", "aws:PrincipalAccount", account)}
		if got := p.denies(t, put); got != want {
			t.Errorf("the policies of buses of %s are kept: %v", account, got)
		}
		if policy(t, Options{Partition: "aws"}).denies(t, put) {
			t.Error("without a central account, policies of buses are kept")
		}
	}
	for role, want := range map[string]bool{"TrailbusCentral-SlackNotifierRole-1ABC": false, "TrailbusForwarder-RegionalForwarderRole-1ABC": true} {
		take := call{"sqs:DeleteMessage", "arn:aws:sqs:eu-west-1:222222222222:TrailbusCentral-SlackNotifierQueue-1ABC", by(role)}
		if got := p.denies(t, take); got != want {
			t.Errorf("%s may not take messages: %v", role, got)
		}
		purge := call{"sqs:PurgeQueue", take.resource, by(role)}
		if !p.denies(t, purge) {
			t.Errorf("%s may purge the queue", role)
		}
	}
}

func TestOptions(t *testing.T) {
	p := policy(t, Options{Partition: "aws", AllowRoles: []string{"BreakGlass", "/ops/on-call-*"}, Qualifier: "own", Secret: "own/slack", Trails: []string{"org"}})
	for _, test := range []struct {
		action, resource, role string
		want                   bool
	}{
		{"cloudtrail:StopLogging", "arn:aws:cloudtrail:eu-west-1:222222222222:trail/org", "Admin", true},
		{"cloudtrail:StopLogging", "arn:aws:cloudtrail:eu-west-1:222222222222:trail/other", "Admin", false},
		{"cloudtrail:StopLogging", "arn:aws:cloudtrail:eu-west-1:222222222222:trail/org", "BreakGlass", false},
		{"cloudtrail:StopLogging", "arn:aws:cloudtrail:eu-west-1:222222222222:trail/org", "ops/on-call-1", false},
		{"cloudtrail:StopLogging", "arn:aws:cloudtrail:eu-west-1:222222222222:trail/org", "cdk-own-deploy-role", false},
		{"cloudtrail:StopLogging", "arn:aws:cloudtrail:eu-west-1:222222222222:trail/org", "cdk-hnb659fds-deploy-role", true},
		{"secretsmanager:PutSecretValue", "arn:aws:secretsmanager:eu-west-1:222222222222:secret:own/slack-a1B2c3", "Admin", true},
		{"secretsmanager:PutSecretValue", "arn:aws:secretsmanager:eu-west-1:222222222222:secret:trailbus/slack-a1B2c3", "Admin", false},
		{"iam:CreateRole", "arn:aws:iam::222222222222:role/BreakGlass", "Admin", true},
	} {
		if got := p.denies(t, call{test.action, test.resource, by(test.role)}); got != test.want {
			t.Errorf("%s on %s by %s is denied: %v", test.action, test.resource, test.role, got)
		}
	}
	for _, role := range []string{"", "*", "?*", "/", "arn:aws:iam::111111111111:role/x", "a b", `x"`} {
		if _, err := New(Options{Partition: "aws", AllowRoles: []string{role}}); err == nil || !strings.Contains(err.Error(), "allowed: the name of a role") {
			t.Errorf("role %q: %v", role, err)
		}
	}
	_, err := New(Options{Partition: "aws", AllowRoles: []string{strings.Repeat("a", 200), strings.Repeat("b", 200), "c"}})
	if err == nil || !strings.Contains(err.Error(), "for 3 roles of your own and 1 trails, allowed: 5120") {
		t.Errorf("a policy that is too long: %v", err)
	}
}

var (
	sid       = regexp.MustCompile(`^[A-Za-z0-9]+$`)
	iamAction = regexp.MustCompile(`^[a-z0-9]+:[A-Z][A-Za-z]*\*?$`) // in such a policy, * ends an action or is one
	arn       = regexp.MustCompile(`^arn:(aws|aws-us-gov|aws-cn):[a-z0-9]+:\*?:\*:[^:].*$`)
)

// The grammar is that of
// https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_syntax.html.
func TestPolicyIsValidInEachPartition(t *testing.T) {
	for _, partition := range Partitions {
		p := policy(t, Options{Partition: partition, CentralAccount: "111111111111", AllowRoles: []string{"BreakGlass"}})
		text := p.JSON()
		if n := utf8.RuneCount(text); n > MaxLength || n < 3000 {
			t.Errorf("%s: it has %d characters", partition, n)
		}
		var read struct {
			Version   string
			Statement []struct {
				Sid, Effect      string
				Action, Resource []string
				Condition        map[string]map[string][]string
			}
		}
		decoder := json.NewDecoder(bytes.NewReader(text))
		decoder.DisallowUnknownFields() // no Principal, no NotPrincipal, no reasons
		if err := decoder.Decode(&read); err != nil {
			t.Fatalf("%s: %v\n%s", partition, err, text)
		}
		var sids []string
		for _, s := range read.Statement {
			if slices.Contains(sids, s.Sid) || !sid.MatchString(s.Sid) || s.Effect != "Deny" || len(s.Action) == 0 || len(s.Resource) == 0 {
				t.Errorf("%s: %+v", partition, s)
			}
			sids = append(sids, s.Sid)
			for _, action := range s.Action {
				if !iamAction.MatchString(action) {
					t.Errorf("%s: %s is no action", partition, action)
				}
			}
			allowed := s.Condition["ArnNotLike"]["aws:PrincipalArn"]
			if len(allowed) < 3 {
				t.Errorf("%s: %s denies it to all but %q", partition, s.Sid, allowed)
			}
			named := append(append([]string{}, allowed...), s.Condition["ArnLike"]["lambda:FunctionArn"]...)
			if !slices.Equal(s.Resource, []string{"*"}) {
				named = append(named, s.Resource...)
			} else if len(s.Condition) != 2 {
				t.Errorf("%s: %s is about everything: %v", partition, s.Sid, s.Condition)
			}
			for _, name := range named {
				if found := arn.FindStringSubmatch(name); found == nil || found[1] != partition {
					t.Errorf("%s: %s is no ARN", partition, name)
				}
			}
		}
		if !slices.Equal(sids, []string{"EveryAccount", "CentralAccount", "Contents", "NotifierQueue", "BusPolicy"}) {
			t.Errorf("%s: the statements are %q", partition, sids)
		}
	}
}

// toldAlone are calls that the pack tamper tells of and the policy does not deny, with the reasons.
var toldAlone = map[string]string{
	"lambda:CreateEventSourceMapping": "IAM goes by the function that is to read, not by the queue; that one's role may not receive from the queue, which is denied",
	"sns:SetSubscriptionAttributes":   "it names no resource in IAM, so it would be denied for every topic",
	"sns:Unsubscribe":                 "as well, and who gets the mails may end it by the link in them",
}

// deniedAlone are actions that the policy denies and no rule of the pack tells of, with the
// reasons.
var deniedAlone = []struct{ actions, why string }{
	{`^iam:CreateRole$`, "a role with an exempt name would be exempt; rules of other packs tell of roles that are made"},
	{`^cloudformation:CreateChangeSet$`, "it changes nothing until it is executed, which a rule matches"},
	{`^(sqs:(Delete|Receive)Message|dynamodb:(BatchWriteItem|DeleteItem|PutItem|UpdateItem))$`, "data events, which trails have only for a price"},
	{`^secretsmanager:GetSecretValue$`, "read-only, and the notifier reads it all day"},
	{`^cloudformation:(Create(Generated|StackRefactor|StackSet)|ExecuteStackRefactor|S(et|ignal|tart)|UpdateGenerated)`, "by the *: about no stack that there is, or harmless"},
	{`^cloudwatch:(Delete|Disable|Put)(AlarmMuteRule|AnomalyDetector|CompositeAlarm|Insight|ManagedInsight|Metric(Data|Stream))`, "by the *: about no alarm of Trailbus and no dashboard"},
	{`^logs:(DeleteLogAnomaly|Put(Deliver|Destination|ResourcePolicy))`, "by the *: about no log group"},
	{`^lambda:(PutFunction(CodeSigning|EventInvoke|Recursion|Scaling)|PutProvisioned|UpdateFunction(EventInvoke|Url))`, "by the *: harmless to a function that a queue calls"},
	{`^dynamodb:UpdateTableReplica`, "by the *: the table has no replicas"},
}

// Calls that a tampering rule matches are denied, and denied calls are matched, or there is a
// reason; and each part has its own.
func TestPolicyDeniesWhatTheTamperingRulesMatch(t *testing.T) {
	p := policy(t, Options{Partition: "aws", CentralAccount: "111111111111"})
	var denied []string
	for _, s := range p.Statement {
		denied = append(denied, s.Action...)
		for _, part := range s.Parts {
			if part.Name == "" || !strings.HasSuffix(part.Why, ".") || len(part.Action) == 0 || len(part.Resource) == 0 {
				t.Errorf("%s: %+v", s.Sid, part)
			}
		}
	}
	matchedBy := map[string]string{"cloudtrail:UpdateTrail": "cloudtrail-narrowed", "cloudtrail:PutEventSelectors": "cloudtrail-narrowed"} // by its pattern
	for _, rule := range rules.CatalogRules() {
		if slices.Contains(rules.PacksOf(rule.ID), "tamper") && rule.Severity == rules.Critical {
			for _, c := range rule.Calls {
				matchedBy[strings.Replace(string(c), "monitoring:", "cloudwatch:", 1)] = rule.ID // CloudTrail's name of the service, and IAM's
			}
		}
	}
	for action, rule := range matchedBy {
		if reason := toldAlone[action]; anyLike(denied, action) == (reason != "") {
			t.Errorf("%s, which %s tells of, is denied: %v; the reason is %q", action, rule, anyLike(denied, action), reason)
		}
	}
	seen, used := map[string]bool{}, map[string]bool{}
	for _, pattern := range denied {
		service, _, _ := strings.Cut(pattern, ":")
		matched := 0
		for _, operation := range operations.Of(strings.Replace(service, "cloudwatch", "monitoring", 1)) {
			action := service + ":" + operation
			if !like(pattern, action) {
				continue
			}
			matched++
			seen[action] = true
			reason := ""
			for _, alone := range deniedAlone {
				if regexp.MustCompile(alone.actions).MatchString(action) && matchedBy[action] == "" {
					reason, used[alone.actions] = alone.why, true
				}
			}
			if matchedBy[action] == "" && reason == "" {
				t.Errorf("%s is denied and not matched, and there is no reason", action)
			}
		}
		if matched == 0 {
			t.Errorf("AWS has no action %s", pattern)
		}
	}
	for action := range toldAlone {
		if matchedBy[action] == "" {
			t.Errorf("there is a reason for %s, which is not matched", action)
		}
	}
	for _, alone := range deniedAlone {
		if !used[alone.actions] {
			t.Errorf("there is a reason for %s, which is not denied", alone.actions)
		}
	}
	if len(matchedBy) < 60 || len(seen) < 60 {
		t.Errorf("%d calls are matched and %d denied", len(matchedBy), len(seen))
	}
}
