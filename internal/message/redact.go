package message

import (
	"encoding/json"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// redacted stands where a credential was.
const redacted = "[redacted]"

// secretEndings are how the names of secret values end, in lower case and without anything but letters and digits. An access key id
// is no secret: it is what one needs to find the key.
var secretEndings = []string{
	"password", "passwd", "passphrase", "passcode", "secret", "secretkey", "secretaccesskey", "secretstring", "secretbinary",
	"privatekey", "privatekeypem", "privatekeymaterial", "keymaterial", "clientsecret", "apikey", "apisecret", "token", "tokens",
	"sessiontoken", "authorization", "authorizationheader", "cookie", "signature", "userdata", "connectionstring", "credentialvalue",
	"plaintext", "pin", "otp", "authenticationcode1", "authenticationcode2",
}

// secretParts make a text secret wherever they stand in its name.
var secretParts = []string{"password", "passwd", "passphrase", "secretaccesskey", "secretstring", "secretbinary", "privatekey",
	"clientsecret", "sessiontoken", "securitytoken", "accesstoken", "refreshtoken", "authtoken", "idtoken", "bearertoken", "apikey"}

// secrecy says how secret the values under a key are.
type secrecy int

const (
	open       secrecy = iota
	secretText         // texts are secret; numbers and what lies deeper stand for themselves: minimumPasswordLength
	secretAll          // whatever it is
)

// secrecyOf judges a key.
func secrecyOf(key string) secrecy {
	key = letters(key)
	for _, end := range secretEndings {
		if strings.HasSuffix(key, end) {
			return secretAll
		}
	}
	for _, part := range secretParts {
		if strings.Contains(key, part) {
			return secretText
		}
	}
	return open
}

// letters leaves the lower-case letters and digits of a key, so that master_user-Password is masteruserpassword.
func letters(key string) string {
	var b strings.Builder
	b.Grow(len(key))
	for i := range len(key) {
		switch c := key[i]; {
		case c >= 'A' && c <= 'Z':
			b.WriteByte(c + 'a' - 'A')
		case c >= 'a' && c <= 'z' || c >= '0' && c <= '9':
			b.WriteByte(c)
		}
	}
	return b.String()
}

// member gives a member of an object without credentials, judged by its key and by the members beside it.
func member(object map[string]any, key string) any {
	v := object[key]
	if isHarmless(v) {
		return v
	}
	s, isText := v.(string)
	switch secrecyOf(key) {
	case secretAll:
		return redacted
	case secretText:
		if isText {
			return redacted
		}
	}
	switch {
	case isPairValue(key) && namedSecret(object):
		return redacted
	case isText && len(s) == secretKeyLength && secretKey.MatchString(s) && besideAccessKey(object):
		return redacted
	}
	return v
}

// isHarmless says that a value can hold no credential: null, a flag, nothing.
func isHarmless(v any) bool {
	switch v := v.(type) {
	case nil, bool:
		return true
	case string:
		return v == ""
	}
	return false
}

// namedSecret says that an object is a pair such as {"name": "DB_PASSWORD", "value": "…"} whose name makes the value secret.
func namedSecret(object map[string]any) bool {
	for key, v := range object {
		if k := strings.ToLower(key); k == "name" || k == "key" || k == "attributename" || k == "parametername" || k == "parameterkey" {
			if name, ok := v.(string); ok && secrecyOf(name) != open {
				return true
			}
		}
	}
	return false
}

// isPairValue says that a key holds the value of a pair: "value", "parameterValue", "values".
func isPairValue(key string) bool {
	key = strings.ToLower(key)
	return strings.HasSuffix(key, "value") || strings.HasSuffix(key, "values")
}

// besideAccessKey says that one of an object's members is an access key id, which makes a sibling of forty characters a secret key.
func besideAccessKey(object map[string]any) bool {
	for _, v := range object {
		if s, ok := v.(string); ok && accessKeyID.MatchString(s) {
			return true
		}
	}
	return false
}

// secretKeyLength is the length of a secret access key.
const secretKeyLength = 40

var (
	accessKeyID = regexp.MustCompile(`\b(?:AKIA|ASIA)[A-Z0-9]{12,}`)
	// secretKey is the form of a secret access key; a Git commit has it too, so it counts only next to an access key id.
	secretKey = regexp.MustCompile(`(^|[^A-Za-z0-9+/])[A-Za-z0-9+/]{40}([^A-Za-z0-9+/]|$)`)
)

// shapes are credentials that can be told by their form. Each is tried only where one of its marks is in the text, which costs
// next to nothing.
var shapes = []struct {
	marks []string
	form  *regexp.Regexp
	with  string
}{
	{[]string{"PRIVATE KEY"}, regexp.MustCompile(`-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----(?s:.*?)(?:-----END [A-Z0-9 ]*PRIVATE KEY-----|$)`), redacted},
	{[]string{"eyJ"}, regexp.MustCompile(`eyJ[A-Za-z0-9_-]{16,}(?:\.[A-Za-z0-9_-]*){0,4}`), redacted},
	{[]string{"xox", "xapp-", "xoxe"}, regexp.MustCompile(`\b(?:xox[a-z](?:\.xox[a-z])?|xapp)-[A-Za-z0-9-]{8,}`), redacted},
	{[]string{"slack.com", "slack-gov.com"}, regexp.MustCompile(`hooks\.slack(?:-gov)?\.com/[^\s"'<>|\\]+`), "hooks.slack.com/" + redacted},
	{[]string{"discord"}, regexp.MustCompile(`discord(?:app)?\.com/api/webhooks/[^\s"'<>|\\]+`), "discord.com/api/webhooks/" + redacted},
	{[]string{"://"}, regexp.MustCompile(`://([^\s/:@"'<>]*):[^\s/"'<>]+@`), "://$1:" + redacted + "@"},
	{[]string{"FwoG", "IQoJ", "AQoD", "FQoG", "FQoD"}, regexp.MustCompile(`(?:FwoG|IQoJ|AQoD|FQoG|FQoD)[A-Za-z0-9+/=_%-]{60,}`), redacted},
	{[]string{"ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-"}, regexp.MustCompile(`(?:gh[opusr]_|github_pat_|glpat-)[A-Za-z0-9_-]{16,}`), redacted},
	{[]string{"sk_live_", "rk_live_"}, regexp.MustCompile(`[sr]k_live_[A-Za-z0-9]{10,}`), redacted},
}

// assignment is a secret given by name within a text: password=…, "SecretAccessKey": "…", --token=…, Authorization: Bearer ….
// The ARN of a secret has the form of one, and is none.
var assignment = regexp.MustCompile(`(?i)arn:[a-z-]+:secretsmanager:[^\s"']+|((?:password|passwd|passphrase|pwd|secret|secret_?access_?key|secret_?key|secret_?string|secret_?binary|session_?token|security-?_?token|access_?token|auth_?token|refresh_?token|id_?token|token|client_?secret|api_?key|private_?key|authorization|x-amz-signature)\\?["']?(?:\s*[=:]\s*|%3d)\\?["']?(?:(?:bearer|basic|token)\s+)?)([^\s"'&,;<>\\]+)`)

// assignmentMarks are what every assignment contains one of, in lower case.
var assignmentMarks = []string{"pass", "pwd", "secret", "token", "key", "authorization", "signature"}

// redactLimit is how much of a text is looked at; what stands behind is never shown.
const redactLimit = 64 << 10

// redactText removes credentials from a text by their form.
func redactText(s string) string {
	if len(s) < 8 {
		return s
	}
	if len(s) > redactLimit {
		s = s[:redactLimit]
	}
	for _, shape := range shapes {
		if slices.ContainsFunc(shape.marks, func(mark string) bool { return strings.Contains(s, mark) }) {
			s = shape.form.ReplaceAllString(s, shape.with)
		}
	}
	if strings.Contains(s, "AKIA") || strings.Contains(s, "ASIA") {
		if accessKeyID.MatchString(s) {
			s = redactSecretKeys(s)
		}
	}
	if strings.ContainsAny(s, "=:") || strings.Contains(s, "%3") {
		lower := strings.ToLower(s)
		if slices.ContainsFunc(assignmentMarks, func(mark string) bool { return strings.Contains(lower, mark) }) {
			s = assignment.ReplaceAllStringFunc(s, redactAssignment)
		}
	}
	return s
}

// redactSecretKeys removes what looks like a secret access key. Matches share the characters around them, so two next to each other
// take two passes.
func redactSecretKeys(s string) string {
	for range 2 {
		s = secretKey.ReplaceAllString(s, "${1}"+redacted+"${2}")
	}
	return s
}

// redactAssignment keeps the name, and what is no secret: the ARN of one, a flag, what is redacted already.
func redactAssignment(s string) string {
	m := assignment.FindStringSubmatch(s)
	name, value := m[1], m[2]
	if name == "" || value == "true" || value == "false" || value == "null" || strings.HasPrefix(value, strings.TrimSuffix(redacted, "]")) {
		return s
	}
	return name + redacted
}

// embedded decodes the JSON that a text holds, as policies do: as it is, or URL-encoded as IAM answers with it.
func embedded(s string) (any, bool) {
	t := strings.TrimSpace(s)
	if len(t) < 2 || len(t) > redactLimit {
		return nil, false
	}
	if t[0] == '%' {
		decoded, err := url.QueryUnescape(t)
		if err != nil {
			return nil, false
		}
		t = strings.TrimSpace(decoded)
		if t == "" {
			return nil, false
		}
	}
	if t[0] != '{' && t[0] != '[' {
		return nil, false
	}
	dec := json.NewDecoder(strings.NewReader(t))
	dec.UseNumber()
	var v any
	if dec.Decode(&v) != nil || dec.More() {
		return nil, false
	}
	return v, true
}
