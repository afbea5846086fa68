package rules

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/trailbus/trailbus/internal/yamldoc"
	"github.com/trailbus/trailbus/rules/operations"
)

// checkCall says whether a text can be a call. It warns of a call that nobody can make: a rule for it would never fire, and nothing
// would say so.
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

// deliveredReads are calls that EventBridge delivers to every rule although they are called like one that reads:
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-ct-api-tutorial.html
var deliveredReads = []string{"sts:GetFederationToken", "sts:GetSessionToken"}

// onlyReads says whether all calls are called like one that reads.
func onlyReads(calls []string) bool {
	return len(calls) > 0 && !slices.ContainsFunc(calls, func(text string) bool {
		_, operation, _ := strings.Cut(text, ":")
		reads := strings.HasPrefix(operation, "List") || strings.HasPrefix(operation, "Get") || strings.HasPrefix(operation, "Describe")
		return !reads || slices.Contains(deliveredReads, text)
	})
}

// objects are the fields of a CloudTrail record that are objects.
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
var objects = []string{"additionalEventData", "requestParameters", "responseElements", "userIdentity"}

// objectsAskedToExist are those of objects of which a pattern asks whether they exist.
func objectsAskedToExist(pattern json.RawMessage) []string {
	decoded, err := decode(pattern)
	if err != nil {
		return nil // it was compiled, and so it is an object
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

// hoistOr makes a $or within detail one beside it.
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
