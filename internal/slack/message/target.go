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

// nameSuffixes are how the keys of names end, the most telling first.
var nameSuffixes = []string{"name", "identifier", "arn", "id", "url"}

// resourceNouns are what a call is done to where the operation does not say so: CreateAccessKey is done to a user.
var resourceNouns = []string{"user", "role", "group", "bucket", "function", "secret", "trail", "detector", "table", "topic", "queue", "repository",
	"instance", "dbinstance", "dbcluster", "resource", "cluster", "account", "domain", "stack", "vault", "key"}

// attributeNouns are what a call changes about a thing, and seldom the thing.
var attributeNouns = []string{"policy", "attribute", "version", "session", "document", "rolesession", "filter", "parametergroup"}

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

// targetPaths are the paths to what a call is done to, where the names of its parameters tell otherwise.
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

// displayName is what people call the thing that a value names.
func displayName(r *cloudtrail.Record, value string) string {
	s := shortARN(redactText(value))
	switch {
	case r.Service() == "cloudtrail" && s == value && strings.Contains(r.EventName, "Trail"),
		r.Service() == "cloudtrail" && s == value && (strings.HasSuffix(r.EventName, "Logging") || strings.HasSuffix(r.EventName, "Selectors")):
		return "trail " + s
	case r.Service() == "organizations" && isAccount(s):
		return "account " + s
	}
	return s
}

// isHidden says that a value stands where CloudTrail or somebody else took the real one out.
func isHidden(s string) bool {
	return s == "HIDDEN_DUE_TO_SECURITY_REASONS" || strings.Trim(s, "*") == ""
}

// createVerbs begin the operations whose response names what they made.
var createVerbs = []string{"Create", "Copy", "Allocate", "Upload", "Import", "Restore", "Issue", "Register", "Run"}

// result gives the name of what a call made: the access key of CreateAccessKey, whose target is the user.
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

// note tells of a record that CloudTrail sent later than the event, or again.
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

// s3Object gives the bucket, and the key in it, of a call to S3.
func s3Object(r *cloudtrail.Record) string {
	parameters, _ := r.RequestParameters.(map[string]any)
	bucket, _ := parameters["bucketName"].(string)
	if key, _ := parameters["key"].(string); key != "" && bucket != "" && !isAddress(key) {
		return bucket + "/" + key
	}
	return bucket
}

// resource gives the first resource of a record, or else the one that a denial names, for EC2 and others leave the parameters of
// denied calls out.
func resource(r *cloudtrail.Record) string {
	for _, res := range r.Resources {
		if res.ARN != "" && !isAddress(res.ARN) && !strings.HasSuffix(res.ARN, "/") {
			return shortARN(redactText(res.ARN))
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

// search finds the best candidate in an object, three levels deep. In a response only names that occur in the operation count,
// since a response names everything. The parent is the key of the object, where the operation names it: the name in the
// configurationRecorder of PutConfigurationRecorder is the recorder's.
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
						c = candidate{value: first, more: len(texts) - 1, score: score(strings.TrimSuffix(key, "s"), operation, request, false)}
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
				c.score -= min(c.score, 1) // what lies deeper counts a little less
			}
			if c.score == 0 || strings.TrimSpace(c.value) == "" || isAddress(c.value) || c.value == "-" || redactedMember(v, own) == redacted || !request && isHidden(c.value) {
				continue
			}
			// A map has no order, and the same event must always give the same message.
			if cmp.Or(cmp.Compare(best.score, c.score), strings.Compare(c.value, best.value), cmp.Compare(c.more, best.more)) < 0 {
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

// queueURL is the address of a queue, which everybody calls by its last part.
var queueURL = regexp.MustCompile(`^https://[a-z0-9.-]+\.amazonaws\.com(?:\.cn)?/[0-9]{12}/[A-Za-z0-9_-]+(?:\.fifo)?$`)

// isAddress says that a value may be an address whose parts open what they lead to, such as a webhook's or a signed one, and so has no
// place in a headline.
func isAddress(s string) bool {
	return (strings.Contains(s, "://") || strings.Contains(s, "?")) && !queueURL.MatchString(s)
}

// content gives the text of an element that EC2 writes as {"content": "fl-1", "tag": 1}.
func content(v any) (string, bool) {
	object, _ := v.(map[string]any)
	text, ok := object["content"].(string)
	return text, ok && object["tag"] != nil
}

// score says how well a key fits as the name of what the operation was done to; 0 for not at all. A bare "name" or "id" counts at the
// top of a request only.
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

// shortARN leaves of an ARN what people call the thing: its name, behind the kind of resource. Of a queue's URL it leaves the queue.
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
		return "trail " + name // one called "organization" reads as AWS Organizations
	}
	if i := strings.IndexAny(resource, "/:"); i > 0 && i+1 < len(resource) {
		return resource[i+1:]
	}
	return resource
}
