package message

import (
	"fmt"
	"strings"
	"testing"

	"github.com/trailbus/trailbus/internal/cloudtrail"
	"github.com/trailbus/trailbus/rules"
)

func TestLink(t *testing.T) {
	const id = "0a1b2c3d-0001-4000-8000-000000000001"
	tests := map[string]struct {
		region string
		record cloudtrail.Record
		want   string
	}{
		"commercial":       {"eu-west-1", cloudtrail.Record{EventID: id}, "https://eu-west-1.console.aws.amazon.com/cloudtrailv2/home?region=eu-west-1#/events/" + id},
		"management":       {"eu-west-1", cloudtrail.Record{EventID: id, EventCategory: "Management"}, "https://eu-west-1.console.aws.amazon.com/cloudtrailv2/home?region=eu-west-1#/events/" + id},
		"GovCloud":         {"us-gov-west-1", cloudtrail.Record{EventID: id}, "https://us-gov-west-1.console.amazonaws-us-gov.com/cloudtrailv2/home?region=us-gov-west-1#/events/" + id},
		"China":            {"cn-north-1", cloudtrail.Record{EventID: id}, "https://cn-north-1.console.amazonaws.cn/cloudtrailv2/home?region=cn-north-1#/events/" + id},
		"record's Region":  {"", cloudtrail.Record{EventID: id, Region: "eu-west-1"}, "https://eu-west-1.console.aws.amazon.com/cloudtrailv2/home?region=eu-west-1#/events/" + id},
		"another":          {"us-iso-east-1", cloudtrail.Record{EventID: id}, ""},
		"data event":       {"eu-west-1", cloudtrail.Record{EventID: id, EventCategory: "Data"}, ""},
		"network activity": {"eu-west-1", cloudtrail.Record{EventID: id, EventType: "AwsVpceEvent"}, ""},
		"insight":          {"eu-west-1", cloudtrail.Record{EventID: id, EventType: "AwsCloudTrailInsight"}, ""},
		"no id":            {"eu-west-1", cloudtrail.Record{}, ""},
		"no Region":        {"", cloudtrail.Record{EventID: id}, ""},
		"Region no Region": {"evil.example.com/", cloudtrail.Record{EventID: id}, ""},
		"Region too short": {"evil", cloudtrail.Record{EventID: id}, ""},
		"Region with |":    {"eu-west-1|x", cloudtrail.Record{EventID: id}, ""},
		"id with >":        {"eu-west-1", cloudtrail.Record{EventID: id + "> <!channel"}, ""},
		"id with /":        {"eu-west-1", cloudtrail.Record{EventID: "../../iam"}, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := eventLink(&cloudtrail.Event{Region: test.region, Record: test.record}); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// The portal's address signs in to the account of the event and goes on to the event; whatever
// could break out of it makes none.
func TestPortal(t *testing.T) {
	const record = `{"eventName":"CreateUser","eventSource":"iam.amazonaws.com","recipientAccountId":"%s","awsRegion":"us-east-1","eventID":"0a1b","requestParameters":{"userName":"b+b@x"}}`
	const event = "https%3A%2F%2Fus-east-1.console.aws.amazon.com%2Fcloudtrailv2%2Fhome%3Fregion%3Dus-east-1%23%2Fevents%2F0a1b"
	tests := map[string]struct {
		portal        Portal
		account, want string
	}{
		"role":        {Portal{"https://example.awsapps.com/start", "ReadOnly"}, "111111111111", "https://example.awsapps.com/start/#/console?account_id=111111111111&role_name=ReadOnly&destination=" + event},
		"slash":       {Portal{"https://example.awsapps.com/start/", "Read+Only"}, "111111111111", "https://example.awsapps.com/start/#/console?account_id=111111111111&role_name=Read%2BOnly&destination=" + event},
		"no role":     {Portal{"https://example.awsapps.com/start", ""}, "111111111111", "https://example.awsapps.com/start/#/console?account_id=111111111111&destination=" + event},
		"wrong role":  {Portal{"https://example.awsapps.com/start", "a b&c"}, "111111111111", "https://example.awsapps.com/start/#/console?account_id=111111111111&destination=" + event},
		"no portal":   {Portal{}, "111111111111", ""},
		"http":        {Portal{"http://example.awsapps.com/start", ""}, "111111111111", ""},
		"ends a link": {Portal{"https://example.awsapps.com/start|x> <!here", ""}, "111111111111", ""},
		"a query":     {Portal{"https://example.awsapps.com/start?x=", ""}, "111111111111", ""},
		"no account":  {Portal{"https://example.awsapps.com/start", ""}, "<!here>", ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			e, err := cloudtrail.FromRecord(fmt.Appendf(nil, record, test.account))
			if err != nil {
				t.Fatal(err)
			}
			m := New(Alert{Event: e, Portal: test.portal})
			checkPayload(t, m.Slack())
			if len(m.Links) < 2 {
				t.Fatalf("links: %v", m.Links)
			}
			if test.want == "" {
				if m.Links[0].URL != eventLink(e) || strings.Contains(fmt.Sprint(m.Links), "#/console") {
					t.Errorf("got %v, want the console alone", m.Links)
				}
				return
			}
			if m.Links[0].URL != test.want || m.Links[1].URL != eventLink(e) {
				t.Errorf("got %v, want %s", m.Links, test.want)
			}
			if last := m.Links[2].URL; !strings.Contains(last, "console?account_id=111111111111") || !strings.Contains(last, "users%2Fdetails%2Fb%252Bb%2540x") {
				t.Errorf("the resource is at %s", last)
			}
		})
	}
}

func TestResourcePage(t *testing.T) {
	tests := map[string]struct{ service, call, parameters, region, want string }{
		"user":          {"iam", "CreateAccessKey", `{"userName":"bob"}`, "us-east-1", "https://us-east-1.console.aws.amazon.com/iam/home?region=us-east-1#/users/details/bob"},
		"role":          {"iam", "AttachRolePolicy", `{"policyArn":"x","roleName":"a@b"}`, "us-gov-west-1", "https://us-gov-west-1.console.amazonaws-us-gov.com/iam/home?region=us-gov-west-1#/roles/details/a%40b"},
		"bucket":        {"s3", "PutBucketPolicy", `{"bucketName":"logs.example"}`, "eu-west-1", "https://eu-west-1.console.aws.amazon.com/s3/buckets/logs.example?region=eu-west-1"},
		"group":         {"ec2", "AuthorizeSecurityGroupIngress", `{"groupId":"sg-0a1b"}`, "eu-west-1", "https://eu-west-1.console.aws.amazon.com/ec2/home?region=eu-west-1#SecurityGroup:groupId=sg-0a1b"},
		"function":      {"lambda", "UpdateFunctionCode20150331v2", `{"functionName":"arn:aws:lambda:eu-west-1:111111111111:function:mail"}`, "eu-west-1", "https://eu-west-1.console.aws.amazon.com/lambda/home?region=eu-west-1#/functions/mail"},
		"key by ARN":    {"kms", "DisableKey", `{"keyId":"arn:aws:kms:eu-west-1:111111111111:key/12-ab"}`, "eu-west-1", "https://eu-west-1.console.aws.amazon.com/kms/home?region=eu-west-1#/kms/keys/12-ab"},
		"another's key": {"kms", "DisableKey", `{"keyId":"arn:aws:kms:eu-west-1:222222222222:key/12-ab"}`, "eu-west-1", ""},
		"deleted":       {"iam", "DeleteUser", `{"userName":"bob"}`, "us-east-1", ""},
		"unknown kind":  {"ec2", "X", `{"instanceId":"zz-1"}`, "eu-west-1", ""},
		"no name":       {"iam", "CreateUser", `{"userName":"<!here>"}`, "us-east-1", ""},
		"climbs":        {"iam", "CreateUser", `{"userName":"a/../../b"}`, "us-east-1", ""},
		"a secret":      {"iam", "CreateUser", `{"userName":"password=hunter2"}`, "us-east-1", ""},
		"no console":    {"iam", "CreateUser", `{"userName":"bob"}`, "us-iso-east-1", ""},
		"no parameters": {"iam", "CreateUser", `null`, "us-east-1", ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			e := event(t, fmt.Sprintf(`{"eventName":%q,"eventSource":"%s.amazonaws.com","awsRegion":%q,"recipientAccountId":"111111111111","requestParameters":%s}`,
				test.call, test.service, test.region, test.parameters))
			if _, got := resourcePage(e); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// A rule's page is linked where it is an address that can stand in a link.
func TestRulePage(t *testing.T) {
	const good = "https://github.com/trailbus/trailbus/blob/main/rules/README.md#r"
	m := New(Alert{Event: event(t, `{"eventName":"X"}`), Rules: []*rules.Rule{{ID: "r", Title: "T", Page: good}}})
	checkPayload(t, m.Slack())
	if got, want := footOf(t, m), "<"+good+"|rule r>"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	for _, page := range []string{"", "http://example.com/r", "javascript:alert(1)", "https://", "https://example.com/a|b", "https://example.com/> <!here>", "r.html", "https://example.com/" + strings.Repeat("x", 1000)} {
		m := New(Alert{Event: event(t, `{"eventName":"X"}`), Rules: []*rules.Rule{{ID: "r", Title: "T", Page: page}}})
		if got := footOf(t, m); got != "rule r" {
			t.Errorf("%q: got %q", page, got)
		}
	}
}
