package message

import (
	"strings"
	"testing"

	"github.com/trailbus/trailbus/internal/cloudtrail"
)

// params gives the parameters that matter as YAML.
func params(r *cloudtrail.Record, paths []string) string { return format(parameters(r, paths)) }

func TestParams(t *testing.T) {
	tests := map[string]struct {
		parameters string
		show       []string
		want       string
	}{
		"names first":       {`{"zeta":1,"policyArn":"p","big":{"a":1},"userName":"bob"}`, nil, "policyArn: p\nuserName: bob\nzeta: 1\nbig:\n  a: 1"},
		"empty and noise":   {`{"a":null,"b":{},"c":[],"d":"","host":["x"],"clientToken":"t","e":{"f":{}},"name":"db"}`, nil, "name: db"},
		"numbers as is":     {`{"a":12345678901234567890,"b":1e400,"c":0.10}`, nil, "a: 12345678901234567890\nb: 1e400\nc: 0.10"},
		"items unwrapped":   {`{"set":{"items":[{"id":"i-1"}]}}`, nil, "set:\n- id: i-1"},
		"request unwrapped": {`{"DeleteFlowLogsRequest":{"FlowLogId":{"content":"fl-1","tag":1}}}`, nil, "FlowLogId: fl-1"},
		"JSON in a text":    {`{"doc":"{\"a\":{\"b\":1}}"}`, nil, "doc:\n  a:\n    b: 1"},
		"URL-encoded":       {`{"doc":"%7B%22a%22%3A1%7D"}`, nil, "doc:\n  a: 1"},
		"not quite JSON":    {`{"doc":"{a"}`, nil, `doc: "{a"`},
		"policy":            {`{"policyDocument":"{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}}"}`, nil, "policyDocument:\n- Allow * on *"},
		"long list":         {`{"a":["1x","2x","3x","4x","5x","6x","7x"]}`, nil, "a:\n- 1x\n- 2x\n- 3x\n- 4x\n- 5x\n- … 2 more"},
		"text of lines":     {`{"a":"x\ny"}`, nil, "a: |-\n  x\n  y"},
		"control":           {`{"a":"x\u001b[31m\u202e"}`, nil, "a: x\ufffd[31m\ufffd"},
		"hostile key":       {`{"a\n*Who*":"x"}`, nil, "a *Who*: x"},
		"a string":          {`"hello"`, nil, "parameters: hello"},
		"null as a string":  {`"null"`, nil, ""},
		"left out by AWS":   {`{"omitted":true,"originalSize":350000,"reason":"too large"}`, nil, "omitted: true\noriginalSize: 350000\nreason: too large"},
		"show":              {`{"userName":"bob","policyArn":"p","x":1}`, []string{"x", "policyArn"}, "x: 1\npolicyArn: p"},
		"show, deep":        {`{"a":{"items":[{"b":{"c":1}},{"b":{"c":2}},{"b":{}}]}}`, []string{"a.items.b.c"}, "a.b.c:\n- 1\n- 2"},
		"show, items": {`{"filters":[{"key":"owner","values":["x"],"z":1},{"key":"tag"},{"z":2}]}`, []string{"filters.key", "filters.values"},
			"filters:\n- key: owner\n  values:\n  - x\n- key: tag"},
		"show, a pair's value": {`{"a":[{"name":"TOKEN","value":"hunter2","b":1}]}`, []string{"a.value", "a.b"}, "a:\n- b: 1\n  value: \"[redacted]\""},
		"show, in a policy": {`{"bucketPolicy":{"Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"r"},{"Effect":"Deny","Principal":"x","Action":"y"}]}}`,
			[]string{"bucketPolicy.Statement.Effect", "bucketPolicy.Statement.Action"}, "bucketPolicy:\n- Allow s3:GetObject to everybody on r\n- Deny y to x"},
		"show, in a policy's text": {`{"a":[{"doc":"{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"*\"}}"}]}`, []string{"a.doc.Statement.Effect"}, "a.doc.Statement.Effect:\n- Allow *"},
		"show, wrappers":           {`{"XRequest":{"Rule":{"Rule":{"Id":"r"}}}}`, []string{"XRequest.Rule.Rule.Id"}, "Rule.Id: r"},
		"show, in JSON":            {`{"doc":"{\"a\":{\"b\":1}}"}`, []string{"doc.a"}, "doc.a:\n  b: 1"},
		"show, dots in key":        {`{"a":{"b.c":1}}`, []string{"a.b.c"}, "a.b.c: 1"},
		"show, some":               {`{"userName":"bob"}`, []string{"nothing", "userName"}, "userName: bob"},
		"show, none":               {`{"userName":"bob"}`, []string{"nothing"}, "userName: bob"},
		"show, too deep":           {`{"userName":"bob"}`, []string{"userName.x.y"}, "userName: bob"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := parametersOf(t, test.parameters, test.show...); got != test.want {
				t.Errorf("got\n%s\nwant\n%s", got, test.want)
			}
		})
	}
}

// A permission is one line, whatever the rule names in it.
func TestPermissions(t *testing.T) {
	tests := map[string]struct{ call, parameters, show, want string }{
		"open": {"AuthorizeSecurityGroupIngress", `{"groupId":"sg-1","ipPermissions":{"items":[
			{"ipProtocol":"tcp","fromPort":22,"toPort":22,"groups":{},"ipRanges":{"items":[{"cidrIp":"10.0.0.0/8"},{"cidrIp":"0.0.0.0/0","description":"now"}]},"ipv6Ranges":{"items":[{"cidrIpv6":"::/0"}]}},
			{"ipProtocol":"-1","groups":{"items":[{"groupId":"sg-2","userId":"444444444444"}]}}]}}`,
			"ipPermissions.items.fromPort ipPermissions.items.ipRanges.items.cidrIp",
			"ipPermissions:\n- tcp 22 from 0.0.0.0/0 (now), ::/0, 10.0.0.0/8\n- all traffic from sg-2 of 444444444444"},
		"unasked": {"AuthorizeSecurityGroupEgress", `{"ipPermissions":{"items":[{"ipProtocol":"17","fromPort":1000,"toPort":2000,"groups":{"items":[{"groupId":"sg-2","userId":"111111111111"}]}}]}}`,
			"", "ipPermissions:\n- udp 1000-2000 to sg-2"},
		"old form": {"AuthorizeSecurityGroupIngress", `{"groupId":"sg-1","ipProtocol":"tcp","fromPort":0,"toPort":65535,"cidrIp":"198.51.100.0/24"}`,
			"groupId fromPort toPort cidrIp", "groupId: sg-1\npermission: tcp all ports from 198.51.100.0/24"},
		"modified": {"ModifySecurityGroupRules", `{"ModifySecurityGroupRulesRequest":{"SecurityGroupRule":{"SecurityGroupRuleId":"sgr-1","SecurityGroupRule":{"IpProtocol":"tcp","FromPort":22,"ToPort":22,"CidrIpv4":"0.0.0.0/0"},"tag":1}}}`,
			"ModifySecurityGroupRulesRequest.SecurityGroupRule.SecurityGroupRule.CidrIpv4 ModifySecurityGroupRulesRequest.SecurityGroupRule.SecurityGroupRule.ToPort",
			"SecurityGroupRule: tcp 22 from or to 0.0.0.0/0"},
		"network ACL": {"CreateNetworkAclEntry", `{"networkAclId":"acl-1","ruleNumber":90,"egress":false,"ruleAction":"allow","icmpTypeCode":{},"portRange":{"from":22,"to":22},"aclProtocol":"6","cidrBlock":"0.0.0.0/0"}`,
			"networkAclId ruleNumber portRange.from", "networkAclId: acl-1\nentry: allow inbound tcp 22 from 0.0.0.0/0 (rule 90)"},
		"network ACL, all": {"ReplaceNetworkAclEntry", `{"networkAclId":"acl-1","ruleNumber":100,"egress":true,"ruleAction":"deny","portRange":{},"aclProtocol":"-1","ipv6CidrBlock":"::/0"}`,
			"", "networkAclId: acl-1\nentry: deny outbound all traffic to ::/0 (rule 100)"},
		"description": {"AuthorizeSecurityGroupIngress", `{"ipPermissions":{"items":[{"ipProtocol":"icmp","fromPort":-1,"toPort":-1,"ipRanges":{"items":[{"cidrIp":"0.0.0.0/0","description":"token=hunter2\u202e"}]}}]}}`,
			"", "ipPermissions:\n- icmp from 0.0.0.0/0 (token=[redacted]"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			r := &event(t, `{"eventName":"`+test.call+`","eventSource":"ec2.amazonaws.com","recipientAccountId":"111111111111","requestParameters":`+test.parameters+`}`).Record
			if got := params(r, strings.Fields(test.show)); got != test.want {
				t.Errorf("got\n%s\nwant\n%s", got, test.want)
			}
		})
	}
}

// A call to IAM that writes a policy shows it, even where the rule names other parameters.
func TestPolicyOfIAM(t *testing.T) {
	const record = `{"eventName":"PutUserPolicy","eventSource":"iam.amazonaws.com","requestParameters":{"userName":"bob","x":1,
		"policyDocument":"{\"Statement\":[{\"Effect\":\"Allow\",\"NotAction\":\"iam:*\",\"Resource\":\"*\"}]}"}}`
	if got, want := params(&event(t, record).Record, []string{"userName"}), "userName: bob\npolicyDocument:\n- Allow all but iam:* on *"; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// However long a statement is, it says that it has conditions.
func TestLongConditions(t *testing.T) {
	long := "arn:aws:s3:::" + strings.Repeat("x", 150)
	got := parametersOf(t, `{"policy":{"Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":["`+long+`","`+long+`"],
		"Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-1"}}}]}}`)
	if want := "policy:\n- Allow with conditions (aws:PrincipalOrgID StringEquals o-1) s3:GetObject to everybody on arn:aws:s3:::x"; !strings.HasPrefix(got, want) {
		t.Errorf("got\n%s\nwant\n%s…", got, want)
	}
}

// Where a record has no parameters, it may say something elsewhere.
func TestParamsFromOtherFields(t *testing.T) {
	tests := map[string]struct{ record, want string }{
		"service event":  {`{"eventName":"X","serviceEventDetails":{"keyId":"k"}}`, "keyId: k"},
		"sign-in":        {`{"eventName":"ConsoleLogin","eventSource":"signin.amazonaws.com","additionalEventData":{"MFAUsed":"No","LoginTo":"https://x"}}`, "MFAUsed: No"},
		"failed sign-in": {`{"eventName":"ConsoleLogin","eventSource":"signin.amazonaws.com","errorMessage":"Failed authentication","additionalEventData":{"MFAUsed":"No","MobileVersion":"No"}}`, ""},
		"other call":     {`{"eventName":"X","eventSource":"s3.amazonaws.com","additionalEventData":{"CipherSuite":"x"}}`, ""},
		"nothing":        {`{"eventName":"X"}`, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := params(&event(t, test.record).Record, nil); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestParamsAreCut(t *testing.T) {
	wide := parametersOf(t, `{"a":"`+strings.Repeat("x", 10_000)+`"}`)
	if length(wide) > paramWidth || !strings.HasSuffix(wide, "…") {
		t.Errorf("a long value has %d characters", length(wide))
	}
	var b strings.Builder
	b.WriteString(`{"a0":{"b":1}`)
	for i := range 5000 {
		b.WriteString(`,"a` + count(i+1) + `":{"b":{"c":[1,2,3]}}`)
	}
	long := parametersOf(t, b.String()+"}")
	if n := strings.Count(long, "\n"); n != paramsLines || length(long) > paramsLimit+2 || !strings.HasSuffix(long, "\n…") {
		t.Errorf("many values have %d lines and %d characters: %s", n+1, length(long), long)
	}
	deep := parametersOf(t, strings.Repeat(`{"a":`, 500)+"1"+strings.Repeat("}", 500))
	if n := strings.Count(deep, "a:"); n != nesting {
		t.Errorf("a deep value is %d deep: %s", n, deep)
	}
}

func TestPolicy(t *testing.T) {
	tests := map[string]struct{ statement, want string }{
		"trust":       {`{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::444444444444:root"},"Action":"sts:AssumeRole"}`, "Allow sts:AssumeRole to account 444444444444"},
		"public":      {`{"Effect":"Allow","Principal":"*","Action":["s3:GetObject"],"Resource":"arn:aws:s3:::b/*"}`, "Allow s3:GetObject to everybody on arn:aws:s3:::b/*"},
		"condition":   {`{"Effect":"Deny","Principal":{"Service":"x","AWS":["a","b"]},"Action":"*","Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-1","a":["1","2"]}}}`, "Deny * to a, b, x with conditions (a, aws:PrincipalOrgID StringEquals o-1)"},
		"all but":     {`{"Effect":"Allow","NotPrincipal":{"AWS":"a"},"NotAction":"iam:*","NotResource":"r"}`, "Allow all but iam:* to all but a on all but r"},
		"many":        {`{"Effect":"Allow","Action":["a","b","c","d","e"]}`, "Allow a, b, c, … 2 more"},
		"number":      {`{"Effect":"Allow","Principal":{"AWS":444444444444},"Action":"x"}`, "Allow x to 444444444444"},
		"odd":         {`{"Effect":7,"Action":{"a":{"b":1}},"Condition":"x"}`, "b"},
		"hidden text": {`{"Effect":"Allow","Action":"x\u202e"}`, "Allow x\ufffd"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := parametersOf(t, `{"policy":{"Version":"2012-10-17","Statement":[`+test.statement+`]}}`)
			if want := "policy:\n- " + test.want; got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
	t.Run("what is open to everyone stands first", func(t *testing.T) {
		var statements []string
		for range 20 {
			statements = append(statements, `{"Effect":"Allow","Principal":{"Service":"s"},"Action":"x"}`)
		}
		statements = append(statements, `{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"open"}`)
		got := parametersOf(t, `{"policy":{"Statement":[`+strings.Join(statements, ",")+`]}}`)
		if !strings.HasPrefix(got, "policy:\n- Allow open to everybody\n- Allow x to s\n") || !strings.Contains(got, "13 more statements") {
			t.Errorf("got\n%s", got)
		}
	})
}

func TestExternalAccountsInParams(t *testing.T) {
	tests := map[string]struct{ params, want string }{
		"none":       {"a: b", ""},
		"ours":       {"a: arn:aws:iam::111111111111:root", ""},
		"its own":    {"a: arn:aws:iam::555555555555:root", ""},
		"ARN":        {"a: arn:aws:iam::444444444444:root", "account 444444444444 (not in trailbus.yaml)"},
		"value":      {"- userId: 098797384747", "account 098797384747 (not in trailbus.yaml)"},
		"quoted":     {`- "444444444444"`, "account 444444444444 (not in trailbus.yaml)"},
		"item":       {"a:\n- 044444444444\n- 333333333333", "accounts 044444444444, 333333333333 (not in trailbus.yaml)"},
		"twice":      {"arn:aws:iam::444444444444:root\narn:aws:iam::444444444444:x", "account 444444444444 (not in trailbus.yaml)"},
		"many":       {"- 344444444441\n- 344444444442\n- 344444444443\n- 344444444444", "accounts 344444444441, 344444444442, 344444444443 and 1 more (not in trailbus.yaml)"},
		"too long":   {"a: 4444444444441", ""},
		"in a token": {"a: x444444444444x", ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p := identityFormatter{event: event(t, `{"eventName":"X","recipientAccountId":"555555555555"}`), names: names}
			if got := p.externalAccounts(test.params); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
			p.names = nil
			if got := p.externalAccounts(test.params); got != "" {
				t.Errorf("without knowing the accounts: %q", got)
			}
		})
	}
}
