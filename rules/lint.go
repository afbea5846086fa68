package rules

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/trailbus/trailbus/internal/yamldoc"
	"github.com/trailbus/trailbus/rules/operations"
)

// checkCall reports whether a text has the form of a call. It warns of a call that AWS is not known
// to have: a rule for it would never match.
func checkCall(item yamldoc.Value, text string) bool {
	if !call.MatchString(text) {
		item.Problemf("found call %q, allowed: service:Operation as in iam:CreateUser", text)
		return false
	}
	service, operation, _ := strings.Cut(text, ":")
	if label, _, found := strings.Cut(service, ".amazonaws.com"); found {
		item.Problemf("found call %q, allowed: %s:%s, without the end that every eventSource has", text, label, operation)
		return false
	}
	if known := operations.Of(service); len(known) == 0 {
		item.Warningf("AWS is not known to have a service %q%s: a call is the first label of CloudTrail's eventSource and the operation", service,
			yamldoc.DidYouMean(service, operations.Services()))
	} else if !operations.Known(service, operation) {
		item.Warningf("%s is not known to have an operation %q%s", service, operation, yamldoc.DidYouMean(operation, known))
	}
	return true
}

// deliveredReads are calls that EventBridge delivers to every rule although their names are those
// of read-only calls:
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-ct-api-tutorial.html
var deliveredReads = []string{"sts:GetFederationToken", "sts:GetSessionToken"}

// onlyReads reports whether all calls are read-only, by their names.
func onlyReads(calls []string) bool {
	return len(calls) > 0 && !slices.ContainsFunc(calls, func(text string) bool {
		_, operation, _ := strings.Cut(text, ":")
		reads := strings.HasPrefix(operation, "List") || strings.HasPrefix(operation, "Get") ||
			strings.HasPrefix(operation, "Describe")
		return !reads || slices.Contains(deliveredReads, text)
	})
}

// objects are the fields of a CloudTrail record that are objects.
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
var objects = []string{"additionalEventData", "requestParameters", "responseElements", "userIdentity"}

// objectsAskedToExist returns the objects that a pattern requires to exist.
func objectsAskedToExist(pattern json.RawMessage) []string {
	decoded, err := decode(pattern)
	if err != nil {
		return nil // cannot happen: the pattern compiles
	}
	var found []string
	for _, whole := range alternatives(decoded) {
		for _, detail := range alternatives(map[string]any{"detail": whole, "$or": hoistOr(whole["$or"])}) {
			for _, field := range objects {
				if asksToExist(detail[field]) && !slices.Contains(found, field) {
					found = append(found, field)
				}
			}
		}
	}
	return found
}

// hoistOr turns a $or within detail into one beside it.
func hoistOr(or any) any {
	list, ok := or.([]any)
	if !ok {
		return nil
	}
	var all []any
	for _, item := range list {
		all = append(all, map[string]any{"detail": item})
	}
	return all
}

func asksToExist(leaf any) bool {
	list, _ := leaf.([]any)
	return slices.ContainsFunc(list, func(item any) bool {
		operator, _ := item.(map[string]any)
		return operator["exists"] == true
	})
}
