package rules

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// branch is one way for an event to match a rule, by its `detail` alone. A rule has a branch for
// each service of its calls, times the alternatives of a $or at the top of its pattern.
type branch struct {
	// source is the required detail.eventSource, "" for any.
	source string
	// names are the allowed values of detail.eventName, in the form of a pattern, nil for any.
	names []any
	// conditions are the rest of the pattern.
	conditions map[string]any
	// readOnly asks for read-only management events too.
	readOnly bool
}

// branchesOf splits a rule into branches, for packing. It drops the conditions on fields other than
// `detail`: a forwarding pattern may let more through than the rule wants.
func branchesOf(rule *Rule) ([]branch, error) {
	var details []map[string]any
	if rule.Pattern == nil {
		details = []map[string]any{{}}
	} else {
		pattern, err := decode(rule.Pattern)
		if err != nil {
			return nil, fmt.Errorf("rule %q: pattern: %w", rule.ID, err)
		}
		details = alternatives(pattern)
	}
	calls := callsByService(rule.Calls)
	var branches []branch
	for _, detail := range details {
		if len(calls) == 0 {
			found := splitSources(detail, rule.ReadOnly)
			if b := found[0]; b.source == "" && b.names == nil && len(b.conditions) == 0 {
				return nil, fmt.Errorf("rule %q: the pattern asks for nothing in detail, so every event would be forwarded",
					rule.ID)
			}
			branches = append(branches, found...)
			continue
		}
		for _, key := range []string{"eventSource", "eventName"} {
			if _, ok := detail[key]; ok {
				return nil, fmt.Errorf("rule %q: the pattern asks for detail.%s, and so do calls; allowed: one of them", rule.ID,
					key)
			}
		}
		for _, service := range slices.Sorted(maps.Keys(calls)) {
			branches = append(branches, branch{
				source: service + ".amazonaws.com", names: eventNames(service, calls[service]), conditions: detail,
				readOnly: rule.ReadOnly,
			})
		}
	}
	return branches, nil
}

// splitSources makes a branch for each source that a detail names. It drops an eventSource that is
// not a list of plain names, because the patterns on a default bus divide the events by
// eventSource.
func splitSources(detail map[string]any, readOnly bool) []branch {
	b := branch{conditions: maps.Clone(detail), readOnly: readOnly}
	delete(b.conditions, "eventSource")
	if names, ok := detail["eventName"].([]any); ok {
		b.names = names
		delete(b.conditions, "eventName")
	}
	sources, ok := stringsOf(detail["eventSource"])
	if !ok {
		return []branch{b}
	}
	var branches []branch
	for _, source := range sources {
		b.source = source
		branches = append(branches, b)
	}
	return branches
}

// alternatives returns the details of a pattern, one for each branch of a $or beside `detail`.
func alternatives(pattern map[string]any) []map[string]any {
	base, _ := pattern["detail"].(map[string]any)
	if base == nil {
		base = map[string]any{}
	}
	or, ok := pattern["$or"].([]any)
	if !ok {
		return []map[string]any{base}
	}
	var all []map[string]any
	for _, item := range or {
		inner, _ := item.(map[string]any)
		for _, detail := range alternatives(inner) {
			all = append(all, merge(base, detail))
		}
	}
	return all
}

// merge joins two patterns for the same object. A leaf is in one of them only: EventBridge refuses
// a path that occurs twice.
func merge(a, b map[string]any) map[string]any {
	merged := maps.Clone(a)
	for key, value := range b {
		left, isMap := merged[key].(map[string]any)
		if right, ok := value.(map[string]any); ok && isMap {
			value = merge(left, right)
		}
		merged[key] = value
	}
	return merged
}

// callsByService maps services to operations: iam:CreateUser becomes iam -> CreateUser.
func callsByService(calls []string) map[string][]string {
	services := map[string][]string{}
	for _, text := range calls {
		service, operation, _ := strings.Cut(text, ":")
		if !slices.Contains(services[service], operation) {
			services[service] = append(services[service], operation)
		}
	}
	return services
}

// versioned are the services whose operations CloudTrail may record with the date of the API
// version after the name, such as UpdateFunctionCode20150331v2
// (https://docs.aws.amazon.com/lambda/latest/dg/logging-using-cloudtrail.html) and
// CreateDistribution2018_11_05.
var versioned = []string{"lambda", "cloudfront"}

// versionPrefix is how the date of an API version begins.
const versionPrefix = "20"

func eventNames(service string, operations []string) []any {
	var names []any
	for _, operation := range operations {
		names = append(names, operation)
		if slices.Contains(versioned, service) {
			names = append(names, map[string]any{"prefix": operation + versionPrefix})
		}
	}
	return names
}

// stringsOf returns the items of a list, if it is not empty and all of them are strings.
func stringsOf(v any) ([]string, bool) {
	list, ok := v.([]any)
	if !ok {
		return nil, false
	}
	var out []string
	for _, item := range list {
		text, ok := item.(string)
		if !ok {
			return nil, false
		}
		out = append(out, text)
	}
	return out, len(out) > 0
}

func decode(pattern json.RawMessage) (map[string]any, error) {
	decoder := json.NewDecoder(bytes.NewReader(pattern))
	decoder.UseNumber() // keeps the spelling: 1.0 stays 1.0
	var m map[string]any
	err := decoder.Decode(&m)
	return m, err
}

// encode does not escape <, > and &: \u003c would take six of the 2,048 characters of a pattern.
func encode(v any) json.RawMessage {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		panic(err) // v has only what was decoded from JSON
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n"))
}
