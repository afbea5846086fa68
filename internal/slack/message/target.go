package message

import (
	"cmp"
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/trailbus/trailbus/internal/cloudtrail"
)

// call gives service:Operation, without the version that Lambda and CloudFront write into their
// operations.
func call(r *cloudtrail.Record) string {
	name, service := r.EventName, r.Service()
	if details, ok := r.InsightDetails.(map[string]any); ok && name == "" {
		name, _ = details["eventName"].(string)
		source, _ := details["eventSource"].(string)
		service, _, _ = strings.Cut(source, ".")
	}
	switch {
	case name == "" && service == "":
		return unnamedEvent
	case name == "":
		return service
	case service == "":
		return name
	case service == "lambda", service == "cloudfront":
		name = withoutVersion(name)
	}
	return service + ":" + name
}

// withoutVersion removes a version such as 20150331v2 or 2020_05_31 from the end of an operation.
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

// nameSuffixes are the endings of keys whose values are names, the best first.
var nameSuffixes = []string{"name", "identifier", "arn", "id", "url"}

// resourceNouns are kinds of targets that the operation may not name: the target of CreateAccessKey
// is a user.
var resourceNouns = []string{"user", "role", "group", "bucket", "function", "secret", "trail", "detector", "table",
	"topic", "queue", "repository",
	"instance", "dbinstance", "dbcluster", "resource", "cluster", "account", "domain", "stack", "vault", "key"}

// attributeNouns are what a call changes about a resource. They are seldom the target.
var attributeNouns = []string{"policy", "attribute", "version", "session", "document", "rolesession", "filter",
	"parametergroup"}

// candidate is a parameter that may name the target.
type candidate struct {
	value string
	more  int // the number of further values
	score int
}

// target gives the main resource of a call, "" if none is found: a request parameter whose key is a
// part of the operation, as userName in CreateUser; else one that names a common kind of resource;
// else one of the response; else the first resource of the record.
func target(r *cloudtrail.Record) string {
	if r.Service() == "s3" {
		if s := s3Object(r); s != "" {
			return s
		}
	}
	for _, path := range targetPaths[r.EventName] {
		for _, v := range valuesAt(r.RequestParameters, strings.Split(path, ".")) {
			if s, ok := v.(string); ok && s != "" && !isHidden(s) && !isAddress(s) {
				return displayName(r, s)
			}
		}
	}
	operation := strings.ToLower(withoutVersion(r.EventName))
	best := search(r.RequestParameters, operation, "", 0, true)
	if best.score == 0 || isHidden(best.value) {
		best = search(r.ResponseElements, operation, "", 0, false)
	}
	switch {
	case best.score == 0:
		return resource(r)
	case best.more > 0:
		return displayName(r, best.value) + " and " + count(best.more) + " more"
	}
	return displayName(r, best.value)
}

// targetPaths are the paths to the target for operations whose keys would give another one.
var targetPaths = map[string][]string{
	"ModifySecurityGroupRules":     {"ModifySecurityGroupRulesRequest.GroupId", "groupId"},
	"CreateRoute":                  {"routeTableId"},
	"ReplaceRoute":                 {"routeTableId"},
	"DeleteRoute":                  {"routeTableId"},
	"AssociateRouteTable":          {"routeTableId"},
	"DisassociateRouteTable":       {"routeTableId", "associationId"},
	"ReplaceRouteTableAssociation": {"routeTableId"},
	"InviteAccountToOrganization":  {"target.id"},
}

// displayName is the short name of the target.
func displayName(r *cloudtrail.Record, value string) string {
	s := shortARN(redactText(value))
	switch {
	case r.Service() == "cloudtrail" && s == value && strings.Contains(r.EventName, "Trail"),
		r.Service() == "cloudtrail" && s == value && (strings.HasSuffix(r.EventName, "Logging") ||
			strings.HasSuffix(r.EventName, "Selectors")):
		return "trail " + s
	case r.Service() == "organizations" && isAccount(s):
		return "account " + s
	}
	return s
}

// isHidden reports whether a value replaces one that CloudTrail or the exporter removed.
func isHidden(s string) bool {
	return s == "HIDDEN_DUE_TO_SECURITY_REASONS" || strings.Trim(s, "*") == ""
}

// createVerbs begin operations whose response names the created resource.
var createVerbs = []string{"Create", "Copy", "Allocate", "Upload", "Import", "Restore", "Issue", "Register", "Run"}

// result gives the name of the resource that a call created, such as the access key of
// CreateAccessKey, whose target is the user.
func result(r *cloudtrail.Record) string {
	if r.Failed() || !slices.ContainsFunc(createVerbs, func(m string) bool { return strings.HasPrefix(r.EventName, m) }) {
		return ""
	}
	found := search(r.ResponseElements, strings.ToLower(withoutVersion(r.EventName)), "", 0, false)
	if found.score == 0 {
		return ""
	}
	return displayName(r, found.value)
}

// note says that CloudTrail sent a record late, or changed it.
func note(r *cloudtrail.Record) string {
	switch a := r.Addendum; {
	case a == nil:
		return ""
	case a.OriginalEventID != "":
		return "CloudTrail changed this record later (" + a.Reason + "), the first was " + a.OriginalEventID
	default:
		return "CloudTrail sent this record late (" + a.Reason + ")"
	}
}

// s3Object gives the bucket of a call to S3, and the key if there is one.
func s3Object(r *cloudtrail.Record) string {
	parameters, _ := r.RequestParameters.(map[string]any)
	bucket, _ := parameters["bucketName"].(string)
	if key, _ := parameters["key"].(string); key != "" && bucket != "" && !isAddress(key) {
		return bucket + "/" + key
	}
	return bucket
}

// resource gives the first resource of a record, or else the one in the message of a denial,
// because EC2 and others omit the parameters of denied calls.
func resource(r *cloudtrail.Record) string {
	for _, arn := range r.ResourceARNs {
		if arn != "" && !isAddress(arn) && !strings.HasSuffix(arn, "/") {
			return shortARN(redactText(arn))
		}
	}
	if r.Denied() {
		if _, after, ok := strings.Cut(r.ErrorMessage, " on resource: arn:"); ok {
			arn, _, _ := strings.Cut(after, " ")
			// A list of users is denied on "user/", which names none of them.
			if !strings.Contains(arn, "*") && !strings.HasSuffix(arn, "/") && !isAddress(arn) {
				return shortARN(redactText("arn:" + arn))
			}
		}
	}
	return ""
}

// search finds the best candidate in an object, three levels deep. In a response only keys that are
// a part of the operation count, because a response names everything. The parent is the key of the
// object if it is a part of the operation: the name in the configurationRecorder of
// PutConfigurationRecorder is that of the recorder.
func search(v any, operation, parent string, depth int, request bool) candidate {
	const deepest = 3
	var best candidate
	switch v := v.(type) {
	case map[string]any:
		for key, inner := range v {
			own := key
			if parent != "" && slices.Contains(nameSuffixes, normalizeKey(key)) {
				key = parent + key
			}
			var c candidate
			switch inner := inner.(type) {
			case string:
				c = candidate{value: inner, score: score(key, operation, request, request && depth == 0)}
			case json.Number:
				continue
			default:
				if depth == deepest || strings.EqualFold(key, "credentials") || strings.Contains(strings.ToLower(key), "filter") {
					continue
				}
				if texts, ok := inner.([]any); ok && len(texts) > 0 {
					if first, ok := texts[0].(string); ok { // "instanceIds": ["i-1", "i-2"]
						c = candidate{value: first, more: len(texts) - 1, score: score(strings.TrimSuffix(key, "s"), operation, request,
							false)}
						break
					}
				}
				if text, ok := content(inner); ok {
					c = candidate{value: text, score: score(key, operation, request, false)}
					break
				}
				below := normalizeKey(key)
				if !strings.Contains(operation, below) {
					below = ""
				}
				c = search(inner, operation, below, depth+1, request)
				c.score -= min(c.score, 1) // deeper levels count a little less
			}
			if c.score == 0 || strings.TrimSpace(c.value) == "" || isAddress(c.value) || c.value == "-" ||
				redactedMember(v, own) == redacted || !request && isHidden(c.value) {
				continue
			}
			// The same event must always give the same message, and maps have no order.
			if cmp.Or(cmp.Compare(best.score, c.score), strings.Compare(c.value, best.value),
				cmp.Compare(c.more, best.more)) < 0 {
				best = c
			}
		}
	case []any:
		if len(v) > 0 && depth <= deepest {
			best = search(v[0], operation, parent, depth, request)
			best.more += len(v) - 1
		}
	}
	return best
}

// queueURL is the URL of a queue, whose last part is the name of the queue.
var queueURL = regexp.MustCompile(`^https://[a-z0-9.-]+\.amazonaws\.com(?:\.cn)?/[0-9]{12}/[A-Za-z0-9_-]+(?:\.fifo)?$`)

// isAddress reports whether a value may be a URL that gives access by itself, such as a webhook or
// a signed URL. Those are not shown in a headline.
func isAddress(s string) bool {
	return (strings.Contains(s, "://") || strings.Contains(s, "?")) && !queueURL.MatchString(s)
}

// content gives the text of an element in EC2's form, {"content": "fl-1", "tag": 1}.
func content(v any) (string, bool) {
	object, _ := v.(map[string]any)
	text, ok := object["content"].(string)
	return text, ok && object["tag"] != nil
}

// score rates a key as that of the target's name; 0 means that it is not. A bare "name" or "id"
// counts only at the top of a request.
func score(key, operation string, request, top bool) int {
	key = normalizeKey(key)
	for i, end := range nameSuffixes {
		stem, ok := strings.CutSuffix(key, end)
		if !ok {
			continue
		}
		bonus := len(nameSuffixes) - i
		switch {
		case stem == "":
			if top {
				return 100 + bonus
			}
			return 0
		case !request && !strings.Contains(operation, stem):
			return 0
		case slices.Contains(attributeNouns, stem):
			return 20 + bonus
		case strings.Contains(operation, stem):
			return 200 + 10*len(stem) + bonus
		case slices.Contains(resourceNouns, stem):
			return 60 + bonus
		}
		return 0
	}
	return 0
}

// shortARN gives the name of the resource in an ARN, without the kind of resource, or the name of a
// queue in its URL.
func shortARN(s string) string {
	if strings.HasPrefix(s, "https://") {
		return lastPart(strings.TrimRight(s, "/"))
	}
	parts := strings.SplitN(s, ":", 6)
	if parts[0] != "arn" || len(parts) < 6 || parts[5] == "" {
		return s
	}
	resource := parts[5]
	if parts[2] == "s3" { // a bucket, or a bucket and a key
		return resource
	}
	if name, ok := strings.CutPrefix(resource, "trail/"); ok && parts[2] == "cloudtrail" {
		return "trail " + name // a trail called "organization" would read as AWS Organizations
	}
	if i := strings.IndexAny(resource, "/:"); i > 0 && i+1 < len(resource) {
		return resource[i+1:]
	}
	return resource
}
