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
	"plaintext", "pin", "otp", "authenticationcode1", "authenticationcode2", "presharedkey", "presharedkeys", "psk", "cak", "ckn",
	"credential", "credentials", "authkey", "basicauth", "bearer", "jwt", "hmackey", "plaintextkey", "samlassertion", "base32stringseed",
	"adminpass", "userpass", "masterpass", "rootpass", "authorizationcode", "verificationcode",
}

// secretNames are names of secret values that other names end in: bypass, metadataKey.
var secretNames = []string{"pass", "datakey"}

// secretTextEndings are how the names of values end that are secret as a text, and no secret as an object of their own name, such as a
// pipeline's webhook and its encryption key.
var secretTextEndings = []string{"encryptionkey", "webhook", "webhookurl"}

// secretParts make a text secret wherever they stand in its name.
var secretParts = []string{"password", "passwd", "passphrase", "secretaccesskey", "secretstring", "secretbinary", "privatekey",
	"clientsecret", "sessiontoken", "securitytoken", "accesstoken", "refreshtoken", "authtoken", "idtoken", "bearertoken", "apikey"}

// secrecy says how secret the values under a key are.
type secrecy int

const (
	notSecret  secrecy = iota
	secretText         // texts are secret; numbers and what lies deeper stand for themselves: minimumPasswordLength
	secretAll          // whatever it is
)

// secrecyOf judges a key.
func secrecyOf(key string) secrecy {
	key = normalizeKey(key)
	for _, end := range secretEndings {
		if strings.HasSuffix(key, end) {
			return secretAll
		}
	}
	if slices.Contains(secretNames, key) {
		return secretAll
	}
	for _, end := range secretTextEndings {
		if strings.HasSuffix(key, end) {
			return secretText
		}
	}
	for _, part := range secretParts {
		if strings.Contains(key, part) {
			return secretText
		}
	}
	return notSecret
}

var (
	arnForm = regexp.MustCompile(`^arn:aws[a-z-]*:[a-z0-9-]+:[a-z0-9-]*:[0-9]{0,12}:[A-Za-z0-9+=,.@/:_*-]+$`)
	// kmsKey is how a KMS key is named besides its ARN: https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#key-id
	kmsKey = regexp.MustCompile(`^(?:alias/[A-Za-z0-9/_-]+|mrk-[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$`)
)

// isReference says that a value only names the secret that its key promises: the ARN of a KMS key, of a role, of a secret.
func isReference(key, value string) bool {
	key = normalizeKey(key)
	switch {
	case strings.HasSuffix(key, "encryptionkey"):
		return arnForm.MatchString(value) || kmsKey.MatchString(value)
	case strings.HasSuffix(key, "credential"), strings.HasSuffix(key, "credentials"):
		return arnForm.MatchString(value)
	}
	return false
}

// normalizeKey leaves the lower-case letters and digits of a key, so that master_user-Password is masteruserpassword.
func normalizeKey(key string) string {
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

// redactedMember gives a member of an object without credentials, judged by its key and by the members beside it.
func redactedMember(object map[string]any, key string) any {
	v := object[key]
	if holdsNoSecret(v) {
		return v
	}
	s, isText := v.(string)
	if isText && isReference(key, s) {
		return v
	}
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

// holdsNoSecret says that a value can hold no credential: null, a flag, nothing.
func holdsNoSecret(v any) bool {
	switch v := v.(type) {
	case nil, bool:
		return true
	case string:
		return v == ""
	}
	return false
}

// namedSecret says that an object is a pair such as {"name": "DB_PASSWORD", "value": "…"} whose name makes the value secret, or a
// parameter of Systems Manager whose type does.
func namedSecret(object map[string]any) bool {
	for key, v := range object {
		if strings.EqualFold(key, "type") && v == "SecureString" {
			return true
		}
		if k := strings.ToLower(key); k == "name" || k == "key" || k == "attributename" || k == "parametername" || k == "parameterkey" {
			if name, ok := v.(string); ok && secrecyOf(name) != notSecret {
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

// embeddedJSON decodes the JSON that a text holds, as policies do: as it is, or URL-encoded as IAM answers with it.
func embeddedJSON(s string) (any, bool) {
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
