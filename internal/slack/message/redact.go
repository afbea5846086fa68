package message

import (
	"encoding/json"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// redacted replaces a credential.
const redacted = "[redacted]"

// secretEndings are the endings of normalized keys whose values are secret. An access key id is not
// secret: a reader needs it to find the key.
var secretEndings = []string{
	"password", "passwd", "passphrase", "passcode", "secret", "secretkey", "secretaccesskey", "secretstring",
	"secretbinary",
	"privatekey", "privatekeypem", "privatekeymaterial", "keymaterial", "clientsecret", "apikey", "apisecret", "token",
	"tokens",
	"sessiontoken", "authorization", "authorizationheader", "cookie", "signature", "userdata", "connectionstring",
	"credentialvalue",
	"plaintext", "pin", "otp", "authenticationcode1", "authenticationcode2", "presharedkey", "presharedkeys", "psk", "cak",
	"ckn",
	"credential", "credentials", "authkey", "basicauth", "bearer", "jwt", "hmackey", "plaintextkey", "samlassertion",
	"base32stringseed",
	"adminpass", "userpass", "masterpass", "rootpass", "authorizationcode", "verificationcode",
}

// secretNames are normalized keys whose values are secret, but not those of keys that end in them:
// bypass, metadataKey.
var secretNames = []string{"pass", "datakey"}

// secretTextEndings are the endings of normalized keys whose values are secret if they are texts.
// Objects of such a name are not, such as the webhook and the encryption key of a pipeline.
var secretTextEndings = []string{"encryptionkey", "webhook", "webhookurl"}

// secretParts are parts of normalized keys whose values are secret if they are texts.
var secretParts = []string{"password", "passwd", "passphrase", "secretaccesskey", "secretstring", "secretbinary",
	"privatekey",
	"clientsecret", "sessiontoken", "securitytoken", "accesstoken", "refreshtoken", "authtoken", "idtoken", "bearertoken",
	"apikey"}

// secrecy says which values of a key are secret.
type secrecy int

const (
	notSecret  secrecy = iota
	secretText         // texts; not numbers such as minimumPasswordLength, nor objects
	secretAll          // all values
)

// secrecyOf gives the secrecy of the values of a key.
func secrecyOf(key string) secrecy {
	switch key = normalizeKey(key); {
	case endsWithAny(key, secretEndings), slices.Contains(secretNames, key):
		return secretAll
	case endsWithAny(key, secretTextEndings), containsAny(key, secretParts):
		return secretText
	}
	return notSecret
}

func endsWithAny(s string, endings []string) bool {
	return slices.ContainsFunc(endings, func(end string) bool { return strings.HasSuffix(s, end) })
}

func containsAny(s string, parts []string) bool {
	return slices.ContainsFunc(parts, func(part string) bool { return strings.Contains(s, part) })
}

var (
	arnForm = regexp.MustCompile(`^arn:aws[a-z-]*:[a-z0-9-]+:[a-z0-9-]*:[0-9]{0,12}:[A-Za-z0-9+=,.@/:_*-]+$`)
	// kmsKey is the alias or id of a KMS key:
	// https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#key-id
	kmsKey = regexp.MustCompile(`^(?:alias/[A-Za-z0-9/_-]+|mrk-[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$`)
)

// isReference reports whether a value is not a secret but the name of one: the ARN of a KMS key, of
// a role, of a secret.
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

// normalizeKey gives the letters and digits of a key, in lower case: masteruserpassword for
// master_user-Password.
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

// redactedMember gives a member of an object, or [redacted] if its key or the other members say
// that it is a secret.
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

// holdsNoSecret reports whether a value cannot be a credential: null, a boolean, an empty text.
func holdsNoSecret(v any) bool {
	switch v := v.(type) {
	case nil, bool:
		return true
	case string:
		return v == ""
	}
	return false
}

// namedSecret reports whether the value in an object is secret by its name, as in {"name":
// "DB_PASSWORD", "value": "…"}, or by its type, as in a parameter of Systems Manager.
func namedSecret(object map[string]any) bool {
	for key, v := range object {
		if strings.EqualFold(key, "type") && v == "SecureString" {
			return true
		}
		if k := strings.ToLower(key); k == "name" || k == "key" || k == "attributename" || k == "parametername" ||
			k == "parameterkey" {
			if name, ok := v.(string); ok && secrecyOf(name) != notSecret {
				return true
			}
		}
	}
	return false
}

// isPairValue reports whether a key is that of the value in a pair: "value", "parameterValue",
// "values".
func isPairValue(key string) bool {
	key = strings.ToLower(key)
	return strings.HasSuffix(key, "value") || strings.HasSuffix(key, "values")
}

// besideAccessKey reports whether a member of an object is an access key id. Then another member of
// forty characters is a secret key.
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
	// secretKey is the form of a secret access key. A Git commit has it too, so it counts only with
	// an access key id.
	secretKey = regexp.MustCompile(`(^|[^A-Za-z0-9+/])[A-Za-z0-9+/]{40}([^A-Za-z0-9+/]|$)`)
)

// embeddedJSON decodes a text that is JSON, such as a policy. IAM's responses have it URL-encoded.
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
