package message

import (
	"strings"
	"testing"

	"github.com/trailbus/trailbus/internal/cloudtrail"
)

// parametersOf formats request parameters as a message does.
func parametersOf(t *testing.T, parameters string, show ...string) string {
	t.Helper()
	return params(&event(t, `{"eventName":"X","requestParameters":`+parameters+`}`).Record, show)
}

func TestRedactByKey(t *testing.T) {
	for _, key := range []string{"secretAccessKey", "SecretAccessKey", "sessionToken", "password", "Password", "masterUserPassword",
		"new_password", "oldPassword", "secretString", "secretBinary", "privateKey", "PrivateKeyMaterial", "clientSecret", "token", "authToken",
		"x-amz-security-token", "Authorization", "userData", "apiKey", "passphrase", "databasePasswords", "Secret", "X-Amz-Signature"} {
		for form, parameters := range map[string]string{
			"text":   `{"name":"db","` + key + `":"hunter2"}`,
			"deep":   `{"name":"db","a":[{"b":{"` + key + `":"hunter2"}}]}`,
			"inJSON": `{"name":"db","a":"{\"b\":{\"` + key + `\":\"hunter2\"}}"}`,
			"inURL":  `{"name":"db","a":"%7B%22` + key + `%22%3A%22hunter2%22%7D"}`,
		} {
			got := parametersOf(t, parameters)
			if strings.Contains(got, "hunter2") || !strings.Contains(got, redacted) || !strings.Contains(got, "name: db") {
				t.Errorf("%s, %s: %q", key, form, got)
			}
			if got := parametersOf(t, parameters, key, "a.b."+key, "a"); strings.Contains(got, "hunter2") {
				t.Errorf("%s, %s, shown by a rule: %q", key, form, got)
			}
		}
	}
}

// What only sounds secret is shown: it is what an alert is about.
func TestRedactLeaves(t *testing.T) {
	for _, parameters := range []string{
		`{"minimumPasswordLength":6}`, `{"passwordResetRequired":false}`, `{"secretId":"prod/db"}`, `{"accessKeyId":"AKIAEXAMPLE333333333"}`,
		`{"keyId":"1234abcd"}`, `{"authorizationType":"NONE"}`, `{"secretArn":"arn:aws:secretsmanager:eu-west-1:111111111111:secret:prod/db-AbCdEf"}`,
		`{"commit":"0123456789abcdef0123456789abcdef01234567"}`, `{"manageMasterUserPassword":true}`, `{"url":"https://example.com:8443/path@v2"}`,
		`{"policyName":"password-policy"}`, `{"publicKeyBody":"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOtAlK45MAEWZ7MUY2QEmi3M6W"}`,
	} {
		if got := parametersOf(t, parameters); got == "" || strings.Contains(got, "redacted") {
			t.Errorf("%s became %q", parameters, got)
		}
	}
}

func TestRedactPairs(t *testing.T) {
	tests := []struct {
		parameters string
		shown      bool
	}{
		{`{"environment":[{"name":"DB_PASSWORD","value":"hunter2"}]}`, false},
		{`{"parameters":[{"parameterKey":"ApiToken","parameterValue":"hunter2"}]}`, false},
		{`{"tags":[{"Key":"secret","Value":"hunter2"}]}`, false},
		{`{"filters":[{"name":"token","values":["hunter2"]}]}`, false},
		{`{"environment":[{"name":"LOG_LEVEL","value":"hunter2"}]}`, true},
	}
	for _, test := range tests {
		if got := parametersOf(t, test.parameters); strings.Contains(got, "hunter2") != test.shown {
			t.Errorf("%s became %q", test.parameters, got)
		}
		if got := parametersOf(t, test.parameters, "environment.value", "parameters.parameterValue", "tags.Value", "filters.values"); strings.Contains(got, "hunter2") != test.shown {
			t.Errorf("%s, shown by a rule, became %q", test.parameters, got)
		}
	}
}

func TestRedactSiblings(t *testing.T) {
	const secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
	if got := parametersOf(t, `{"id":"AKIAEXAMPLE333333333","other":"`+secret+`"}`); strings.Contains(got, secret) || !strings.Contains(got, "AKIAEXAMPLE333333333") {
		t.Errorf("a secret key next to its id: %q", got)
	}
	if got := parametersOf(t, `{"other":"`+secret+`"}`); !strings.Contains(got, secret) {
		t.Errorf("forty characters next to nothing: %q", got)
	}
}

func TestRedactText(t *testing.T) {
	const secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
	tests := map[string]struct{ in, want string }{
		"keys together":   {"AKIAEXAMPLE333333333 " + secret + " " + secret, "AKIAEXAMPLE333333333 [redacted] [redacted]"},
		"keys, colon":     {"AKIAEXAMPLE333333333:" + secret, "AKIAEXAMPLE333333333:[redacted]"},
		"lone forty":      {"sha1 0123456789abcdef0123456789abcdef01234567", "sha1 0123456789abcdef0123456789abcdef01234567"},
		"PEM":             {"x -----BEGIN EC PRIVATE KEY-----\nMHc\n-----END EC PRIVATE KEY----- y", "x [redacted] y"},
		"PEM cut off":     {"-----BEGIN PRIVATE KEY-----\nMHc", "[redacted]"},
		"certificate":     {"-----BEGIN CERTIFICATE-----\nMIIE", "-----BEGIN CERTIFICATE-----\nMIIE"},
		"JWT":             {"got eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl here", "got [redacted] here"},
		"JWT cut off":     {"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzd", "[redacted]"},
		"Slack token":     {"xoxb-000000000000-AbCdEfGhIjKl", "[redacted]"},
		"Slack webhook":   {"https://hooks.slack.com/services/T0/B0/abc", "https://hooks.slack.com/[redacted]"},
		"Slack trigger":   {"hooks.slack.com/triggers/T0/1/abc?x=y", "hooks.slack.com/[redacted]"},
		"URL password":    {"postgres://app:s3cr3t@db:5432/x", "postgres://app:[redacted]@db:5432/x"},
		"URL port":        {"http://db:5432/x@y", "http://db:5432/x@y"},
		"session token":   {"IQoJb3JpZ2luX2Vj" + strings.Repeat("Ab1/", 40), "[redacted]"},
		"GitHub token":    {"ghp_0123456789abcdefABCDEF0123456789abcd", "[redacted]"},
		"assignment":      {"--password=hunter2 --user=bob", "--password=[redacted] --user=bob"},
		"assignment JSON": {`{"SecretAccessKey": "abc", "UserName": "bob"`, `{"SecretAccessKey": "[redacted]", "UserName": "bob"`},
		"escaped JSON":    {`{\"password\":\"hunter2\"}`, `{\"password\":\"[redacted]\"}`},
		"header":          {"Authorization: Bearer abc.def", "Authorization: Bearer [redacted]"},
		"query":           {"?X-Amz-Security-Token=abc&x=1", "?X-Amz-Security-Token=[redacted]&x=1"},
		"secret's ARN":    {"arn:aws:secretsmanager:eu-west-1:111111111111:secret:prod/db", "arn:aws:secretsmanager:eu-west-1:111111111111:secret:prod/db"},
		"secret, colon":   {"secret:hunter2 arn:aws:secretsmanager:eu-west-1:111111111111:secret:a", "secret:[redacted] arn:aws:secretsmanager:eu-west-1:111111111111:secret:a"},
		"flag":            {"passwordResetRequired: false, password=true", "passwordResetRequired: false, password=true"},
		"key id alone":    {"user AKIAEXAMPLE333333333 exists", "user AKIAEXAMPLE333333333 exists"},
		"ARN":             {"arn:aws:iam::111111111111:user/bob", "arn:aws:iam::111111111111:user/bob"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := redactText(test.in); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// Credentials hide wherever a stranger writes.
func TestRedactEverywhere(t *testing.T) {
	const secret = "xoxb-000000000000-AbCdEfGhIjKl"
	e := event(t, `{"eventName":"Do `+secret+`","eventSource":"s3.amazonaws.com","awsRegion":"`+secret+`","eventID":"`+secret+`","userAgent":"`+secret+`",
		"sourceIPAddress":"`+secret+`","errorCode":"`+secret+`","errorMessage":"`+secret+`","recipientAccountId":"`+secret+`",
		"userIdentity":{"type":"AssumedRole","arn":"arn:aws:sts::1:assumed-role/`+secret+`/`+secret+`"},
		"requestParameters":{"bucketName":"`+secret+`","`+secret+`":"`+secret+`"},"addendum":{"reason":"`+secret+`"}}`)
	m := New(Alert{Event: e, Rules: goldens[0].rules})
	payload := m.Slack()
	checkPayload(t, payload)
	for _, text := range []string{string(indented(t, payload)), m.Text()} {
		if strings.Contains(text, secret) || !strings.Contains(text, redacted) {
			t.Errorf("a token is shown: %s", text)
		}
	}
}

// What a call answered with is not shown, except for the name of what it made.
func TestResponseCredentials(t *testing.T) {
	e := event(t, `{"eventName":"CreateSession","eventSource":"s3.amazonaws.com","responseElements":{"credentials":{"accessKeyId":"ASIAEXAMPLE222222222",
		"sessionId":"session","secretAccessKey":"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY","sessionToken":"IQoJtoken"}}}`)
	if got := New(Alert{Event: e}).Text(); strings.Contains(got, "ASIA") || strings.Contains(got, "wJalr") || strings.Contains(got, "IQoJ") {
		t.Errorf("shows credentials: %s", got)
	}
}

func TestReason(t *testing.T) {
	tests := map[string]struct {
		record cloudtrail.Record
		want   string
	}{
		"success": {cloudtrail.Record{}, ""},
		"200":     {cloudtrail.Record{ErrorCode: "200", ErrorMessage: "OK"}, ""},
		"both":    {cloudtrail.Record{ErrorCode: "AccessDenied", ErrorMessage: "no"}, "AccessDenied: no"},
		"code":    {cloudtrail.Record{ErrorCode: "AccessDenied"}, "AccessDenied"},
		"message": {cloudtrail.Record{ErrorMessage: "Failed authentication"}, "Failed authentication"},
		"encoded": {cloudtrail.Record{ErrorCode: "Client.UnauthorizedOperation", ErrorMessage: "You are not authorized. Encoded authorization failure message: AbC"}, "Client.UnauthorizedOperation: You are not authorized."},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := reason(&test.record); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}
