package message

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/trailbus/trailbus/internal/cloudtrail"
)

const (
	// valueLimit is the length of one value, before lines are cut.
	valueLimit = 300
	// membersLimit and itemsLimit are the most members of an object and items of a list that are
	// shown.
	membersLimit, itemsLimit = 12, 5
	// nesting is the deepest level that is shown.
	nesting = 8
	// valuesLimit is the most values that are sanitized. More would not fit in the lines.
	valuesLimit = 150
)

// parameters gives the request parameters to show: those at the given paths, or a selection if
// there are no paths or nothing is there. A record without request parameters gives its other
// details.
func parameters(r *cloudtrail.Record, paths []string) yaml.MapSlice {
	t := &sanitizer{left: valuesLimit, direction: direction(r.EventName), account: r.RecipientAccount}
	root, line, keys := t.condense(r)
	var picked yaml.MapSlice
	if len(paths) > 0 {
		picked = t.selectPaths(root, withPolicy(r, withLine(paths, line, keys)))
	}
	for _, from := range []any{root, r.ServiceEventDetails, r.InsightDetails, signIn(r)} {
		if len(picked) > 0 {
			break
		}
		picked = t.selectAll(from)
	}
	return picked
}

// withLine replaces the paths that are condensed to one line by the name of that line.
func withLine(paths []string, line string, keys []string) []string {
	if line == "" {
		return paths
	}
	var all []string
	for _, path := range paths {
		if first, _, _ := strings.Cut(path, "."); slices.Contains(keys, normalizeKey(first)) {
			path = line
		}
		if !slices.Contains(all, path) {
			all = append(all, path)
		}
	}
	return all
}

// withPolicy adds the policy document of a call to IAM, which matters also when the rule names
// other parameters.
func withPolicy(r *cloudtrail.Record, paths []string) []string {
	const document = "policyDocument"
	if r.Service() != "iam" || slices.Contains(paths, document) {
		return paths
	}
	return append(slices.Clip(paths), document)
}

// signIn gives the additional data of a sign-in, which has no parameters: whether a second factor
// was used. A failed one ended before it asked for that. The additional data of other calls is
// about the connection, and is not given.
func signIn(r *cloudtrail.Record) any {
	if s := r.Service(); s != "signin" && s != "sso" && r.EventType != "AwsConsoleSignIn" {
		return nil
	}
	data, ok := r.AdditionalEventData.(map[string]any)
	if !ok || !r.Failed() {
		return r.AdditionalEventData
	}
	data = maps.Clone(data)
	delete(data, "MFAUsed")
	return data
}

// format writes parameters as YAML, redacted and cut.
func format(v yaml.MapSlice) string {
	if len(v) == 0 {
		return ""
	}
	out, err := yaml.MarshalWithOptions(v, yaml.IndentSequence(false), yaml.UseLiteralStyleIfMultiline(true))
	if err != nil {
		return ""
	}
	// YAML may join parts that are no credential alone.
	all := strings.Split(strings.TrimRight(redactText(visibleLines(string(out))), "\n"), "\n")
	more := len(all) > paramsLines
	if more {
		all = all[:paramsLines]
	}
	for i, line := range all {
		all[i] = cut(strings.TrimRight(line, " "), paramWidth)
	}
	s := cut(strings.Join(all, "\n"), paramsLimit)
	if more {
		s += "\n…"
	}
	return s
}

// valuesAt gives the values at a path. It decodes JSON in texts, and follows the path in every item
// of a list.
func valuesAt(v any, path []string) []any {
	if s, ok := v.(string); ok && len(path) > 0 {
		if inner, ok := embeddedJSON(s); ok {
			v = inner
		}
	}
	if len(path) == 0 {
		if v == nil {
			return nil
		}
		return []any{v}
	}
	switch v := v.(type) {
	case map[string]any:
		if isIndivisible(v) {
			return []any{v}
		}
		if n := keyLength(v, path); n > 0 {
			if inner := redactedMember(v, strings.Join(path[:n], ".")); inner != redacted {
				return valuesAt(inner, path[n:])
			}
			return []any{redacted}
		}
	case []any:
		var found []any
		for _, item := range v {
			found = append(found, valuesAt(item, path)...)
		}
		return found
	}
	return nil
}

// noiseKeys are normalized keys of parameters that are of no use to a reader.
var noiseKeys = []string{"host", "clienttoken", "clientrequesttoken", "nexttoken", "maxresults", "maxitems", "marker",
	"idempotencytoken",
	"creatorrequestid", "dryrun", "xmlns", "xmlnsxsi", "xsitype", "requestid", "callerreference", "clientidempotencytoken",
	"policystatus",
	"loginto", "mobileversion"}

// selectAll gives all parameters that are not noise, those that name something first.
func (t *sanitizer) selectAll(v any) yaml.MapSlice {
	object, ok := v.(map[string]any)
	if !ok {
		if v, ok := t.sanitize(v, 0); ok {
			return yaml.MapSlice{{Key: "parameters", Value: v}}
		}
		return nil
	}
	object = unwrap(object)
	shown, _ := t.object(object, 0)
	return shown
}

// unwrap gives the inner object of parameters that are under the name of the request, as some of
// EC2's are.
func unwrap(object map[string]any) map[string]any {
	if len(object) == 1 {
		for key, v := range object {
			if inner, ok := v.(map[string]any); ok && strings.HasSuffix(key, "Request") {
				return inner
			}
		}
	}
	return object
}

// rank orders parameters: names, other scalars, objects and lists.
func rank(key string, v any) int {
	switch v.(type) {
	case map[string]any, []any:
		return 2
	case string:
		if endsWithAny(strings.ToLower(key), nameSuffixes) {
			return 0
		}
	}
	return 1
}

// sanitizer makes values safe and short enough to show.
type sanitizer struct {
	left int // how many more values to sanitize
	// direction is the word before the addresses of a permission.
	direction string
	// account is the account of the event. Its security groups are shown without it.
	account string
}

// sanitize gives a value without credentials and empty parts, and cuts its depth and length. It
// reports whether anything is left.
func (t *sanitizer) sanitize(v any, depth int) (any, bool) {
	if t.left--; t.left < 0 {
		return "…", true
	}
	switch v := v.(type) {
	case nil:
		return nil, false
	case string:
		return t.text(v, depth)
	case json.Number:
		// YAML would write a long number as a float.
		return rawText(cut(v.String(), 40)), true
	case map[string]any:
		if depth >= nesting {
			return "…", len(v) > 0
		}
		if items, ok := v["items"].([]any); ok && len(v) == 1 { // EC2 wraps each list
			return t.list(items, depth)
		}
		if content, ok := v["content"]; ok && len(v) == 2 && v["tag"] != nil { // and writes elements of XML like this
			return t.sanitize(content, depth)
		}
		if statements, ok := policy(v); ok {
			return statements, true
		}
		if isPermission(v) {
			return t.text(t.permission(v), depth)
		}
		shown, ok := t.object(v, depth)
		return shown, ok
	case []any:
		if depth >= nesting {
			return "…", len(v) > 0
		}
		return t.list(v, depth)
	}
	return v, true
}

// rawText is text that YAML writes without quotes: digits, and words that are booleans in YAML 1.1.
type rawText string

// MarshalYAML writes the text.
func (s rawText) MarshalYAML() ([]byte, error) { return []byte(s), nil }

func (t *sanitizer) text(s string, depth int) (any, bool) {
	if s == "" {
		return nil, false
	}
	if inner, ok := embeddedJSON(s); ok {
		switch inner.(type) {
		case map[string]any, []any:
			return t.sanitize(inner, min(depth+1, nesting-1))
		}
	}
	if s == "Yes" || s == "No" {
		return rawText(s), true
	}
	s = redactText(s)
	if strings.Contains(s, "\n") {
		s = firstLines(strings.TrimSpace(visibleLines(s)))
	} else {
		s = oneLine(s)
	}
	return cut(s, valueLimit), s != ""
}

// firstLines gives the first lines of a text, such as a certificate or a script.
func firstLines(s string) string {
	const most = 4
	all := strings.SplitN(s, "\n", most+1)
	if len(all) > most {
		all[most] = "…"
	}
	for i := range all {
		all[i] = strings.TrimRight(all[i], " ")
	}
	return strings.Join(all, "\n")
}

func (t *sanitizer) object(object map[string]any, depth int) (yaml.MapSlice, bool) {
	keys := make([]string, 0, len(object))
	for key := range object {
		if name := normalizeKey(key); !slices.Contains(noiseKeys, name) {
			keys = append(keys, key)
		}
	}
	slices.SortFunc(keys, func(a, b string) int {
		return cmp.Or(rank(a, object[a])-rank(b, object[b]), strings.Compare(a, b))
	})
	var shown yaml.MapSlice
	for _, key := range keys {
		if len(shown) == membersLimit || t.left <= 0 {
			shown = append(shown, yaml.MapItem{Key: "…", Value: "…"})
			break
		}
		if v, ok := t.sanitize(redactedMember(object, key), depth+1); ok {
			shown = append(shown, yaml.MapItem{Key: cut(oneLine(redactText(key)), nameLimit), Value: v})
		}
	}
	return shown, len(shown) > 0
}

func (t *sanitizer) list(list []any, depth int) (any, bool) {
	var shown []any
	for i, item := range list {
		if len(shown) == itemsLimit || t.left <= 0 {
			shown = append(shown, "… "+count(len(list)-i)+" more")
			break
		}
		if v, ok := t.sanitize(item, depth+1); ok {
			shown = append(shown, v)
		}
	}
	return shown, len(shown) > 0
}
