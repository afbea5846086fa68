package message

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/trailbus/trailbus/internal/cloudtrail"
)

// call gives what was called as service:Operation. The versions that Lambda and CloudFront write into their operations are left out.
func call(r *cloudtrail.Record) string {
	name, service := r.EventName, r.Service()
	if details, ok := r.InsightDetails.(map[string]any); ok && name == "" {
		name, _ = details["eventName"].(string)
		source, _ := details["eventSource"].(string)
		service, _, _ = strings.Cut(source, ".")
	}
	switch {
	case name == "" && service == "":
		return "an event without a name"
	case name == "":
		return service
	case service == "":
		return name
	case service == "lambda", service == "cloudfront":
		name = withoutVersion(name)
	}
	return service + ":" + name
}

// withoutVersion takes 20150331v2 or 2020_05_31 from the end of an operation's name.
func withoutVersion(name string) string {
	end := len(name)
	if i := strings.LastIndexByte(name, 'v'); i > 0 && isDigits(name[i+1:]) && i >= 8 && isDigits(name[i-8:i]) {
		end = i
	}
	if end >= 8 && isDigits(name[end-8:end]) {
		return name[:end-8]
	}
	if date := strings.ReplaceAll(name[max(0, end-10):end], "_", ""); len(date) == 8 && isDigits(date) {
		return name[:end-10]
	}
	return name
}

func isDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

func count(n int) string { return strconv.Itoa(n) }

// namings are how the keys of names end, the most telling first.
var namings = []string{"name", "identifier", "arn", "id", "url"}

// things are what a call is done to where the operation does not say so: CreateAccessKey is done to a user.
var things = []string{"user", "role", "group", "bucket", "function", "secret", "trail", "detector", "table", "topic", "queue", "repository",
	"instance", "dbinstance", "dbcluster", "resource", "cluster", "account", "domain", "stack", "vault", "key"}

// details are what a call changes about a thing, and seldom the thing.
var details = []string{"policy", "attribute", "version", "session", "document", "rolesession", "filter", "parametergroup"}

// candidate is a parameter that may name what a call was done to.
type candidate struct {
	value string
	more  int // how many there are besides
	score int
}

// target gives the one thing that a call was done to, "" where nothing stands out: a request parameter whose name occurs in the
// operation's, as userName in CreateUser; else one that names a usual thing; else what the response calls so; else the
// record's first resource.
func target(r *cloudtrail.Record) string {
	operation := strings.ToLower(withoutVersion(r.EventName))
	best := search(r.RequestParameters, operation, 0, true)
	if best.score == 0 {
		best = search(r.ResponseElements, operation, 0, false)
	}
	if best.score == 0 {
		for _, res := range r.Resources {
			if res.ARN != "" {
				return shortARN(res.ARN)
			}
		}
		return ""
	}
	value := shortARN(best.value)
	if best.more > 0 {
		return value + " and " + count(best.more) + " more"
	}
	return value
}

// search finds the best candidate in an object, three levels deep. In a response only names that occur in the operation count,
// since a response names everything.
func search(v any, operation string, depth int, request bool) candidate {
	const deepest = 3
	var best candidate
	switch v := v.(type) {
	case map[string]any:
		for key, inner := range v {
			var c candidate
			switch inner := inner.(type) {
			case string:
				c = candidate{value: inner, score: score(key, operation, request)}
			case json.Number:
				continue
			default:
				if depth == deepest || strings.EqualFold(key, "credentials") || strings.Contains(strings.ToLower(key), "filter") {
					continue
				}
				if texts, ok := inner.([]any); ok && len(texts) > 0 {
					if first, ok := texts[0].(string); ok { // "instanceIds": ["i-1", "i-2"]
						c = candidate{value: first, more: len(texts) - 1, score: score(strings.TrimSuffix(key, "s"), operation, request)}
						break
					}
				}
				c = search(inner, operation, depth+1, request)
				c.score -= min(c.score, 1) // what lies deeper counts a little less
			}
			if strings.TrimSpace(c.value) == "" || c.value == "-" || secrecyOf(key) != open {
				continue
			}
			// The order of a map is not: of equals the first by name counts.
			if c.score > best.score || c.score == best.score && c.score > 0 && c.value < best.value {
				best = c
			}
		}
	case []any:
		if len(v) > 0 && depth <= deepest {
			best = search(v[0], operation, depth, request)
			best.more += len(v) - 1
		}
	}
	return best
}

// score says how well a key fits as the name of what the operation was done to; 0 for not at all.
func score(key, operation string, request bool) int {
	key = letters(key)
	for i, end := range namings {
		stem, ok := strings.CutSuffix(key, end)
		if !ok {
			continue
		}
		bonus := len(namings) - i
		switch {
		case stem == "":
			if request {
				return 100 + bonus
			}
			return 0
		case !request && !strings.Contains(operation, stem):
			return 0
		case slices.Contains(details, stem):
			return 20 + bonus
		case strings.Contains(operation, stem):
			return 200 + 10*len(stem) + bonus
		case slices.Contains(things, stem):
			return 60 + bonus
		}
		return 0
	}
	return 0
}

// shortARN leaves the resource of an ARN, which is what people call it.
func shortARN(s string) string {
	if !strings.HasPrefix(s, "arn:") {
		return s
	}
	parts := strings.SplitN(s, ":", 6)
	if len(parts) < 6 || parts[5] == "" {
		return s
	}
	resource := parts[5]
	if kind, name, ok := strings.Cut(resource, "/"); ok && (kind == "role" || kind == "user" || kind == "group" || kind == "policy") {
		return name
	}
	return resource
}
