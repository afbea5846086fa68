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
		"x-amz-security-token", "Authorization", "userData", "apiKey", "passphrase", "databasePasswords", "Secret", "X-Amz-Signature", "preSharedKey",
		"preSharedKeys", "pre_shared_key", "psk", "cak", "ckn", "credential", "credentials", "serviceAccountCredentials", "authKey", "bgpAuthKey", "basicAuth",
		"bearer", "jwt", "hmacKey", "encryptionKey", "dataKey", "plaintextKey", "sAMLAssertion", "base32StringSeed", "pass", "adminPass",
		"authorizationCode", "verificationCode", "webhook", "webhookUrl"} {
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

// Values that are not secret are shown, whatever their names suggest: the alert is about them.
func TestRedactLeaves(t *testing.T) {
	for _, parameters := range []string{
		`{"minimumPasswordLength":6}`, `{"passwordResetRequired":false}`, `{"secretId":"prod/db"}`, `{"accessKeyId":"AKIAEXAMPLE333333333"}`,
		`{"keyId":"1234abcd"}`, `{"authorizationType":"NONE"}`, `{"secretArn":"arn:aws:secretsmanager:eu-west-1:111111111111:secret:prod/db-AbCdEf"}`,
		`{"commit":"0123456789abcdef0123456789abcdef01234567"}`, `{"manageMasterUserPassword":true}`, `{"url":"https://example.com:8443/path@v2"}`,
		`{"policyName":"password-policy"}`, `{"kmsKeyId":"1234abcd-12ab-34cd-56ef-1234567890ab"}`, `{"bypass":"yes"}`, `{"metadataKey":"env"}`,
		`{"encryptionKey":"arn:aws:kms:eu-west-1:111111111111:key/1234abcd-12ab-34cd-56ef-1234567890ab"}`, `{"encryptionKey":"alias/aws/s3"}`,
		`{"encryptionKey":{"id":"alias/x","type":"KMS"}}`, `{"webhook":{"name":"build"}}`, `{"credentials":"arn:aws:iam::111111111111:role/api"}`,
		`{"type":"String","value":"plain"}`, `{"errorText":"the token is expired, some-token is missing"}`, `{"publicKeyBody":"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOtAlK45MAEWZ7MUY2QEmi3M6W"}`,
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
		{`{"name":"/app/db","type":"SecureString","value":"hunter2"}`, false},
		{`{"tunnelOptions":[{"preSharedKey":"hunter2"}]}`, false},
		{`{"credentials":{"any":["hunter2"]}}`, false},
		{`{"environment":[{"name":"LOG_LEVEL","value":"hunter2"}]}`, true},
	}
	for _, test := range tests {
		if got := parametersOf(t, test.parameters); strings.Contains(got, "hunter2") != test.shown {
			t.Errorf("%s became %q", test.parameters, got)
		}
		if got := parametersOf(t, test.parameters, "environment.value", "parameters.parameterValue", "tags.Value", "filters.values", "value", "tunnelOptions.preSharedKey", "credentials.any"); strings.Contains(got, "hunter2") != test.shown {
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
		"quoted":          {`password = "correct horse battery" x`, `password = "[redacted]" x`},
		"quoted, single":  {`password='correct horse' x`, `password='[redacted]' x`},
		"quoted, escaped": {`{\"password\":\"correct horse\",\"x\":1}`, `{\"password\":\"[redacted]\",\"x\":1}`},
		"quoted, a quote": {`{"password":"a\"b c","x":1}`, `{"password":"[redacted]","x":1}`},
		"not closed":      {`password="correct horse`, `password="[redacted]`},
		"option":          {"db --password hunter2 --user bob", "db --password [redacted] --user bob"},
		"option, quoted":  {`db --password "correct horse" --user bob`, `db --password "[redacted]" --user bob`},
		"option, token":   {"--token hunter2", "--token [redacted]"},
		"option, longer":  {"--master-user-password hunter2", "--master-user-password [redacted]"},
		"option, asked":   {"db --password --user bob", "db --password --user bob"},
		"mysql":           {"mysql -u root -phunter2 -P3306 db", "mysql -u root -p[redacted] -P3306 db"},
		"sentence":        {"the password is hunter2, sorry", "the password is [redacted], sorry"},
		"no password":     {"Password is too short. Token is expired.", "Password is too short. Token is expired."},
		"constraint":      {"Value 'hunter2' at 'password' failed to satisfy constraint", "Value '[redacted]' at 'password' failed to satisfy constraint"},
		"constraint, ':":  {"Value 'it's 2' at 'a.1.member.preSharedKey' failed", "Value '[redacted]' at 'a.1.member.preSharedKey' failed"},
		"constraint, of":  {"Value 'x y' at 'userName' failed; Value 'hunter2' at 'password' failed", "Value 'x y' at 'userName' failed; Value '[redacted]' at 'password' failed"},
		"storage account": {"AccountName=a;AccountKey=abcd+/==;x=1", "AccountName=a;AccountKey=[redacted];x=1"},
		"API key":         {"sk-ant-api03-AbCdEf_gh-1234 x", "[redacted] x"},
		"not an API key":  {"my-sk-bucket-for-everything", "my-sk-bucket-for-everything"},
		"signed address":  {"https://a.blob.core.windows.net/b?se=1&sig=abc%3D&sp=r", "https://a.blob.core.windows.net/b?se=1&sig=[redacted]&sp=r"},
		"XML":             {"<a><pre_shared_key>abc def</pre_shared_key><id>7</id></a>", "<a><pre_shared_key>[redacted]</pre_shared_key><id>7</id></a>"},
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

// Credentials may be in any external text.
func TestRedactEverywhere(t *testing.T) {
	const secret = "xoxb-000000000000-AbCdEfGhIjKl"
	e := event(t, `{"eventName":"Do `+secret+`","eventSource":"s3.amazonaws.com","awsRegion":"`+secret+`","eventID":"`+secret+`","userAgent":"`+secret+`",
		"sourceIPAddress":"`+secret+`","errorCode":"`+secret+`","errorMessage":"`+secret+`","recipientAccountId":"`+secret+`",
		"userIdentity":{"type":"AssumedRole","arn":"arn:aws:sts::1:assumed-role/`+secret+`/`+secret+`"},
		"requestParameters":{"bucketName":"`+secret+`","`+secret+`":"`+secret+`"},"addendum":{"reason":"`+secret+`"}}`)
	m := New(Alert{Event: e, Rules: goldens[0].rules})
	payload := m.Slack()
	checkPayload(t, payload)
	for _, text := range []string{string(indented(t, payload)), m.Terminal(false)} {
		if strings.Contains(text, secret) || !strings.Contains(text, redacted) {
			t.Errorf("a token is shown: %s", text)
		}
	}
}

// The response of a call is not shown, except for the name of the created resource.
func TestResponseCredentials(t *testing.T) {
	e := event(t, `{"eventName":"CreateSession","eventSource":"s3.amazonaws.com","responseElements":{"credentials":{"accessKeyId":"ASIAEXAMPLE222222222",
		"sessionId":"session","secretAccessKey":"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY","sessionToken":"IQoJtoken"}}}`)
	if got := New(Alert{Event: e}).Terminal(false); strings.Contains(got, "ASIA") || strings.Contains(got, "wJalr") || strings.Contains(got, "IQoJ") {
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
		"twice": {cloudtrail.Record{ErrorCode: "Client.UnauthorizedOperation", ErrorMessage: "You are not authorized to perform this operation. User: x is not authorized to perform: ec2:DescribeVpcs because"},
			"Client.UnauthorizedOperation: not authorized to perform: ec2:DescribeVpcs because"},
		"denied": {cloudtrail.Record{ErrorCode: "AccessDenied", EventSource: "iam.amazonaws.com", EventName: "CreateUser",
			ErrorMessage: "User: arn:x is not authorized to perform: iam:CreateUser on resource: arn:y because no identity-based policy allows the iam:CreateUser action"},
			"AccessDenied: no identity-based policy allows the iam:CreateUser action"},
		"denied by another": {cloudtrail.Record{ErrorCode: "AccessDenied", EventSource: "s3.amazonaws.com", EventName: "ListObjects",
			ErrorMessage: "User: arn:x is not authorized to perform: s3:ListBucket on resource: arn:y with an explicit deny in a service control policy"},
			"AccessDenied: not authorized to perform: s3:ListBucket on resource: arn:y with an explicit deny in a service control policy"},
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

// The beginning of a credential that crosses scanLimit is not shown, even if everything before it
// was removed.
func TestCredentialAcrossScanLimit(t *testing.T) {
	key := "-----BEGIN PRIVATE KEY-----" + strings.Repeat("A", scanLimit-100) + "-----END PRIVATE KEY-----"
	for _, before := range []int{5, 20, 30, 40} {
		text := key + strings.Repeat(" ", scanLimit-before-len(key)) + "ghp_" + strings.Repeat("s3cr3t", 10)
		got := redactText(text)
		if got != redacted || strings.Contains(got, "s3cr") {
			t.Errorf("%d before the end: %q", before, got)
		}
	}
}

// A text without a keyword is not searched, so each word must have one.
func TestSecretWordKeywords(t *testing.T) {
	words := strings.NewReplacer("(?:", "", ")", "", `\b|_`, "").Replace(secretWord)
	checked := 0
	for word := range strings.SplitSeq(words, "|") {
		without := strings.NewReplacer("[_-]?", "", "-?", "", "_?", "", "s?", "").Replace(word)
		with := strings.NewReplacer("[_-]?", "-", "-?", "-", "_?", "_", "s?", "s").Replace(word)
		for _, word := range []string{without, with, strings.ReplaceAll(with, "-", "_"), strings.ToUpper(with)} {
			if !assignment.MatchString(" " + word + "=hunter2") {
				continue // "security-_token"
			}
			checked++
			if got := redactText(" " + word + "=hunter2"); strings.Contains(got, "hunter2") {
				t.Errorf("%q", got)
			}
		}
	}
	if checked < 80 {
		t.Errorf("only %d words of %s", checked, words)
	}
}

// namesSecrets is true of every text that the expressions match.
func FuzzNamesSecrets(f *testing.F) {
	for _, s := range []string{"pre_shared_keys: x", "the x-amz-signature is y", `{\"token\" : \"x\"}`, "token%3Dx", "a --api-key\tx", "password' is x", "passpass psk=x",
		"token.actions.githubusercontent.com", "to\u212aen=x", "x_jwt\f=x", "secret-token-: x", "pwd\\': x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		assigned, spaced := namesSecrets(s)
		if spacedSecret.MatchString(s) && !spaced {
			t.Errorf("%q has an option", s)
		}
		for _, m := range assignment.FindAllStringSubmatch(s, -1) {
			if m[1] != "" && !assigned {
				t.Errorf("%q has an assignment", s)
			}
		}
	})
}
