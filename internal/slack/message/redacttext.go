package message

import (
	"regexp"
	"slices"
	"strings"
)

// shapes are the forms of credentials that have one of their own. Each is searched only in texts
// with one of its keywords, which is fast to check.
var shapes = []struct {
	keywords []string
	form     *regexp.Regexp
	with     string
}{
	{[]string{"PRIVATE KEY"}, regexp.MustCompile(`-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----(?s:.*?)(?:-----END [A-Z0-9 ]*PRIVATE KEY-----|$)`), redacted},
	{[]string{"eyJ"}, regexp.MustCompile(`eyJ[A-Za-z0-9_-]{16,}(?:\.[A-Za-z0-9_-]*){0,4}`), redacted},
	{[]string{"xox", "xapp-", "xoxe"}, regexp.MustCompile(`\b(?:xox[a-z](?:\.xox[a-z])?|xapp)-[A-Za-z0-9-]{8,}`),
		redacted},
	{[]string{"slack.com", "slack-gov.com"}, regexp.MustCompile(`hooks\.slack(?:-gov)?\.com/[^\s"'<>|\\]+`),
		"hooks.slack.com/" + redacted},
	{[]string{"discord"}, regexp.MustCompile(`discord(?:app)?\.com/api/webhooks/[^\s"'<>|\\]+`),
		"discord.com/api/webhooks/" + redacted},
	{[]string{"://"}, regexp.MustCompile(`://([^\s/:@"'<>]*):[^\s/"'<>]+@`), "://$1:" + redacted + "@"},
	{[]string{"FwoG", "IQoJ", "AQoD", "FQoG", "FQoD"},
		regexp.MustCompile(`(?:FwoG|IQoJ|AQoD|FQoG|FQoD)[A-Za-z0-9+/=_%-]{60,}`), redacted},
	{[]string{"ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-"},
		regexp.MustCompile(`(?:gh[opusr]_|github_pat_|glpat-)[A-Za-z0-9_-]{16,}`), redacted},
	{[]string{"k_live_", "k_test_"}, regexp.MustCompile(`[sr]k_(?:live|test)_[A-Za-z0-9]{10,}`), redacted},
	{[]string{"sk-"}, regexp.MustCompile(`\bsk-(?:(?:ant|proj|svcacct|admin|or)-[A-Za-z0-9_-]{6,}|[A-Za-z0-9]{20,})`),
		redacted},
	{[]string{"AIza"}, regexp.MustCompile(`\bAIza[A-Za-z0-9_-]{35}`), redacted},
	// A signature or a key in the query of an address is all that it takes to use the address.
	{[]string{"?", "&"}, regexp.MustCompile(`(?i)([?&](?:amp;)?(?:sig|key|code|auth|pass|pwd)=)[^&\s"'<>#\\\[]+`), "${1}" +
		redacted},
	{[]string{"mysql", "mariadb"}, regexp.MustCompile(`(\b(?:mysql|mariadb)[a-z_-]*[ \t][^\n;|]*?-p)(?:"[^"\n]*"?|'[^'\n]*'?|[^\s"';|\[]+)`), "${1}" + redacted},
	{[]string{"sshpass"}, regexp.MustCompile(`(\bsshpass[ \t]+-p[ \t]*)(?:"[^"\n]*"?|'[^'\n]*'?|[^\s"';|\[]+)`), "${1}" +
		redacted},
}

// secretWord matches the names of secrets in texts.
const secretWord = `(?:password|passwd|passphrase|pwd|secret|secret_?access_?key|secret_?key|secret_?string|secret_?binary|session_?token|security-?_?token|` +
	`access_?token|auth_?token|refresh_?token|id_?token|token|client_?secret|api[_-]?key|private_?key|pre_?shared_?keys?|account_?key|` +
	`shared_?access_?key|auth_?key|hmac_?key|authorization|x-amz-signature|(?:\b|_)(?:pass|psk|sig|jwt))`

// assignment is a secret given by name within a text: password=…, "SecretAccessKey": "…",
// --token=…, Authorization: Bearer …. Where its value is quoted it may hold spaces. The ARN of a
// secret has the form of one, and is none.
var assignment = regexp.MustCompile(`(?i)arn:[a-z-]+:secretsmanager:[^\s"']+|(` + secretWord +
	`\\?["']?(?:\s*[=:]\s*|%3d)` +
	`(?:(?:bearer|basic|token)\s+)?)(?:(\\")((?:[^"\\\n]|\\[^"\n])*)|(")((?:[^"\\\n]|\\.)*)|(')([^'\n]*)|()([^\s"'&,;<>\\]+))`)

// spacedSecret is a secret that is separated from its name by a space: --password hunter2, "the
// password is hunter2".
var spacedSecret = regexp.MustCompile(`(?i)((?:(?:^|[\s"'\[,])--?(?:[a-z0-9]+[_-])*` + secretWord + `\s+|` +
	secretWord + `['"]? (?:is|was) )(?:(?:bearer|basic)\s+)?)(?:(")([^"\n]*)|(')([^'\n]*)|()([^\s"',;<>\\]+))`)

// validationError is the message of AWS services about an invalid value:
// https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html
var validationError = regexp.MustCompile(`(?i)(value ['"]?)(.+?)(['"]? at ['"])([^'"\n]+)(['"])`)

// xmlElement is an XML element with a text.
var xmlElement = regexp.MustCompile(`(<([A-Za-z_][A-Za-z0-9_.:-]*)(?:\s[^<>]*)?>)([^<]+)`)

// nonSecretWords are words after "the password is" that are not the password.
var nonSecretWords = []string{"not", "no", "too", "in", "a", "an", "the", "invalid", "expired", "required", "missing",
	"incorrect", "wrong",
	"empty", "null", "already", "still", "only", "being", "weak", "unknown", "disabled", "enabled", "malformed", "longer",
	"shorter", "set",
	"used", "reset", "valid", "denied", "revoked", "unsupported", "allowed", "from", "for", "to", "of", "and", "or", "at",
	"with", "by"}

// shapeKeywords are the keywords of all shapes and of access key ids.
var shapeKeywords = func() *keywordSet {
	keywords := []string{"AKIA", "ASIA"}
	for _, shape := range shapes {
		keywords = append(keywords, shape.keywords...)
	}
	return newKeywordSet(false, keywords...)
}()

// nameKeywords has a part of every assignment, spacedSecret and xmlElement that is secret.
var nameKeywords = newKeywordSet(true, "pass", "pwd", "secret", "token", "key", "authorization", "signature", "psk",
	"sig", "jwt", "credential", "cak", "ckn",
	"bearer", "basicauth", "saml", "seed", "code", "webhook", "plaintext", "cookie", "otp", "pin", "userdata",
	"connectionstring")

// secretWordKeywords has a part of every match of [secretWord]. The regular expressions with
// secretWord cost a hundred times as much as a search for keywords, and nameKeywords match most
// texts: each tag has a key.
var secretWordKeywords = newKeywordSet(true, secretWords...)

var secretWords = []string{"pass", "pwd", "secret", "token", "apikey", "api_key", "api-key", "privatekey",
	"private_key", "sharedkey",
	"shared_key", "shared_access", "sharedaccess", "accountkey", "account_key", "authkey", "auth_key", "hmac",
	"authorization", "signature", "psk", "sig", "jwt"}

const (
	// scanLimit is the most of a text that is searched for credentials, in bytes. The rest is never
	// shown; the limit is many times the length of what is shown. An attacker can make each byte
	// cost 5 µs of a processor, of which the Lambda has a bit more than half.
	scanLimit = 16 << 10
	// scanRest is removed from the end of a text that was cut, in bytes: a credential that is cut
	// may not look like one.
	scanRest = 1 << 10
	// redactLimit is the longest JSON in a text that is decoded, in bytes.
	redactLimit = 64 << 10
)

// redactText removes credentials from a text by their form.
func redactText(s string) string {
	if len(s) > scanLimit {
		s = redactShapes(s[:scanLimit])
		if len(s) <= scanRest {
			return redacted // there was nothing else
		}
		return s[:len(s)-scanRest]
	}
	return redactShapes(s)
}

func redactShapes(s string) string {
	if len(s) < 8 {
		return s
	}
	if shapeKeywords.matchesAny(s) {
		for _, shape := range shapes {
			if containsAny(s, shape.keywords) {
				s = shape.form.ReplaceAllString(s, shape.with)
			}
		}
		if accessKeyID.MatchString(s) {
			s = redactSecretKeys(s)
		}
	}
	if !strings.ContainsAny(s, "=: <") && !strings.Contains(s, "%3") || !nameKeywords.matchesAny(s) {
		return s
	}
	assigned, spaced := namesSecrets(s)
	if assigned {
		s = replace(assignment, s, redactAssignment)
	}
	if spaced {
		s = replace(spacedSecret, s, redactSpaced)
	}
	if lower := strings.ToLower(s); strings.Contains(lower, "value ") && strings.Contains(lower, " at ") {
		s = replace(validationError, s, redactValidationError)
	}
	if strings.Contains(s, "<") {
		s = replace(xmlElement, s, redactElement)
	}
	return s
}

// namesSecrets reports whether a text may have an [assignment], and a [spacedSecret]: a word that
// names a secret, and the separator after it. In most texts such words are a part of something
// else, as in token.actions.githubusercontent.com.
func namesSecrets(s string) (assigned, spaced bool) {
	for at := secretWordKeywords.next(s, 0); at >= 0 && (!assigned || !spaced); at = secretWordKeywords.next(s, at) {
		if s[at] >= 0x80 {
			return true, true
		}
		for at < len(s) && isWord(s[at]) { // to the end of the word
			at++
		}
		rest := strings.TrimLeft(s[at:], `\"'`)
		trimmed := strings.TrimLeft(rest, " \t\n\f\r")
		spaced = spaced || len(trimmed) < len(rest)
		assigned = assigned || strings.HasPrefix(trimmed, "=") || strings.HasPrefix(trimmed, ":") ||
			strings.HasPrefix(trimmed, "%3")
	}
	return assigned, spaced
}

// isWord reports whether a byte may be in a word that names a secret.
func isWord(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-'
}

// redactSecretKeys removes what looks like a secret access key. Adjacent matches share the
// character between them, so it takes two passes.
func redactSecretKeys(s string) string {
	for range 2 {
		s = secretKey.ReplaceAllString(s, "${1}"+redacted+"${2}")
	}
	return s
}

// replace replaces each match by the result of with for its groups. Matching the text of a match
// again would not do: some expressions depend on what is before it.
func replace(form *regexp.Regexp, s string, with func(groups []string) string) string {
	var b strings.Builder
	end := 0
	for _, at := range form.FindAllStringSubmatchIndex(s, -1) {
		groups := make([]string, len(at)/2)
		for i := range groups {
			if begin := at[2*i]; begin >= 0 {
				groups[i] = s[begin:at[2*i+1]]
			}
		}
		b.WriteString(s[end:at[0]] + with(groups))
		end = at[1]
	}
	return b.String() + s[end:]
}

// isRedacted reports whether a value is redacted already. The match may end before its closing
// bracket.
func isRedacted(value string) bool {
	return strings.HasPrefix(value, strings.TrimSuffix(redacted, "]"))
}

// redactAssignment keeps the name, and values that are not secret: booleans, null, what is redacted
// already.
func redactAssignment(m []string) string {
	name := m[1]
	quote, value := m[2]+m[4]+m[6], m[3]+m[5]+m[7]+m[9]
	if name == "" || value == "" || value == "true" || value == "false" || value == "null" || isRedacted(value) {
		return m[0]
	}
	return name + quote + redacted
}

// redactSpaced keeps the name, and values that are not secret: other options, and nonSecretWords.
func redactSpaced(m []string) string {
	name, quote, value := m[1], m[2]+m[4], m[3]+m[5]+m[7]
	if value == "" || strings.HasPrefix(value, "--") || isRedacted(value) ||
		slices.Contains(nonSecretWords, strings.ToLower(strings.TrimRight(value, ".:)"))) {
		return m[0]
	}
	return name + quote + redacted
}

func redactValidationError(m []string) string {
	for part := range strings.SplitSeq(m[4], ".") { // tunnelOptions.1.member.preSharedKey
		if secrecyOf(part) != notSecret {
			return m[1] + redacted + m[3] + m[4] + m[5]
		}
	}
	return m[0]
}

func redactElement(m []string) string {
	if secrecyOf(m[2]) == notSecret || strings.TrimSpace(m[3]) == "" {
		return m[0]
	}
	return m[1] + redacted
}
