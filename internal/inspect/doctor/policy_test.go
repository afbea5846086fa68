package doctor

import (
	"strings"
	"testing"
)

const busARN = "arn:aws:events:eu-central-1:111111111111:event-bus/trailbus"

func TestPolicies(t *testing.T) {
	send := request{action: "events:PutEvents", resource: busARN, context: map[string]string{"aws:securetransport": "true"}}
	member := request{account: "222222222222", action: "events:PutEvents", resource: busARN, context: map[string]string{"aws:principalorgid": "o-a1b2c3d4e5"}}
	rule := request{service: "events.amazonaws.com", action: "sqs:SendMessage", resource: "arn:aws:sqs:eu-west-1:222222222222:dead",
		context: map[string]string{"aws:sourcearn": "arn:aws:events:eu-west-1:222222222222:rule/x", "aws:securetransport": "true"}}
	allow := func(more string) string { return `{"Statement":[{"Effect":"Allow",` + more + `}]}` }
	for _, test := range []struct {
		name, policy string
		request
		why string // "" where it is allowed
	}{
		{"one action", allow(`"Action":"events:PutEvents","Resource":"` + busARN + `"`), send, ""},
		{"a statement alone", `{"Statement":{"Effect":"Allow","Action":["events:putevents"],"Resource":["x","` + busARN + `"]}}`, send, ""},
		{"wildcards", allow(`"Action":"events:Put*","Resource":"arn:aws:events:*:11111111111?:event-bus/*"`), send, ""},
		{"a star goes over slashes and brackets", allow(`"Action":"*","Resource":"arn:*"`), send, ""},
		{"a bracket is no wildcard", allow(`"Action":"events:PutEvent[s]","Resource":"*"`), send, "no statement allows events:PutEvents"},
		{"another bus", allow(`"Action":"events:PutEvents","Resource":"` + busARN + `2"`), send, "no statement allows events:PutEvents"},
		{"another action", allow(`"Action":"events:PutRule","Resource":"*"`), send, "no statement allows events:PutEvents"},
		{"not the action", allow(`"NotAction":"events:PutEvents","Resource":"*"`), send, "no statement allows events:PutEvents"},
		{"another one is not allowed", allow(`"NotAction":"events:PutRule","Resource":"*"`), send, ""},
		{"denied", `{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},{"Sid":"No","Effect":"Deny","Action":"events:*","Resource":"*"}]}`, send, "a statement denies events:PutEvents (No)"},
		{"denied without encryption alone", `{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"false"}}}]}`, send, ""},
		{"denied under an unknown condition", `{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"DateGreaterThan":{"aws:SecureTransport":"x"}}}]}`, send, "a statement denies events:PutEvents"},
		{"allowed under an unknown condition", allow(`"Action":"*","Resource":"*","Condition":{"IpAddress":{"aws:SecureTransport":"x"}}`), send, "a statement allows events:PutEvents only under a condition that does not hold"},
		{"the organization", allow(`"Principal":"*","Action":"events:PutEvents","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"}}`), member, ""},
		{"another organization", allow(`"Sid":"Org","Principal":"*","Action":"events:PutEvents","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-zzzzzzzzzz"}}`), member, "a statement allows events:PutEvents only under a condition that does not hold (Org)"},
		{"the account by its root", allow(`"Principal":{"AWS":["arn:aws:iam::222222222222:root"]},"Action":"events:PutEvents","Resource":"*"`), member, ""},
		{"the account by its id", allow(`"Principal":{"AWS":"222222222222"},"Action":"events:PutEvents","Resource":"*"`), member, ""},
		{"a role of the account", allow(`"Principal":{"AWS":"arn:aws:iam::222222222222:role/x"},"Action":"events:PutEvents","Resource":"*"`), member, "no statement allows events:PutEvents"},
		{"a service", allow(`"Principal":{"Service":"events.amazonaws.com"},"Action":"sqs:SendMessage","Resource":"*","Condition":{"ArnEquals":{"aws:SourceArn":["y","arn:aws:events:*:222222222222:rule/x"]}}`), rule, ""},
		{"another service", allow(`"Principal":{"Service":"lambda.amazonaws.com"},"Action":"sqs:SendMessage","Resource":"*"`), rule, "no statement allows sqs:SendMessage"},
		{"another rule", allow(`"Principal":{"Service":"events.amazonaws.com"},"Action":"sqs:SendMessage","Resource":"*","Condition":{"ArnEquals":{"aws:SourceArn":"arn:aws:events:eu-west-1:222222222222:rule/y"}}`), rule, "a statement allows sqs:SendMessage only under a condition that does not hold"},
		{"a key that is not there", allow(`"Principal":"*","Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:SourceVpc":"vpc-1"}}`), rule, "a statement allows sqs:SendMessage only under a condition that does not hold"},
		{"a key that may be missing", allow(`"Principal":"*","Action":"*","Resource":"*","Condition":{"StringEqualsIfExists":{"aws:SourceVpc":"vpc-1"}}`), rule, ""},
		{"nothing", "", rule, "there is no policy"},
		{"no JSON", "{", rule, "the policy cannot be read: unexpected end of JSON input"},
	} {
		ok, why := allows(test.policy, test.request)
		if ok != (test.why == "") || why != test.why {
			t.Errorf("%s: allowed %v, %q, want %q", test.name, ok, why, test.why)
		}
	}
}

func TestDifference(t *testing.T) {
	const pattern = `{"detail":{"eventName":["A","B",{"prefix":"C"}],"eventSource":["iam.amazonaws.com"]}}`
	if !sameJSON(pattern, `{"detail": {"eventSource":["iam.amazonaws.com"], "eventName":[{"prefix":"C"},"B","A"]}}`) {
		t.Error("another order is said to be another pattern")
	}
	for found, want := range map[string]string{
		`{"detail":{"eventName":["A","B"],"eventSource":["iam.amazonaws.com"]}}`:                               `detail.eventName lacks {"prefix":"C"}`,
		`{"detail":{"eventName":["A","B",{"prefix":"C"},"D"],"eventSource":["iam.amazonaws.com"]}}`:            `detail.eventName has "D" besides`,
		`{"detail":{"eventName":["A","B",{"prefix":"C"}]}}`:                                                    `detail.eventSource is missing`,
		`{"source":["x"],"detail":{"eventName":["A","B",{"prefix":"C"}],"eventSource":["iam.amazonaws.com"]}}`: `source is there and should not be`,
		`{"detail":"x"}`: `detail is "x"`,
		`{"detail":{"eventName":[],"eventSource":["s"]},"a":1,"b":2}`: `a is there and should not be; b is there and should not be; detail.eventName lacks "A", "B", {"prefix":"C"}; 2 more`,
		"{": "it is no JSON",
	} {
		if got := difference(pattern, found); got != want {
			t.Errorf("%s: %s, want %s", found, got, want)
		}
		if sameJSON(pattern, found) {
			t.Errorf("%s is said to be the same", found)
		}
	}
}

func TestEveryCheckIsExplained(t *testing.T) {
	if len(explanations) < 25 {
		t.Fatalf("%d checks", len(explanations))
	}
	for check := range explanations {
		if check.Means() == "" || check.Fix() == "" || strings.ContainsAny(string(check), " _") {
			t.Errorf("%q: %q, %q", check, check.Means(), check.Fix())
		}
	}
	for _, check := range CentralChecks() {
		if check.Means() == "" {
			t.Errorf("%q is not explained", check)
		}
	}
}
