package cloudtrail

import "strings"

// The detail-types of CloudTrail's events in EventBridge.
const (
	apiCall            = "AWS API Call via CloudTrail"
	consoleSignIn      = "AWS Console Sign In via CloudTrail"
	consoleSignInGuide = "AWS Console Signin via CloudTrail"
	consoleAction      = "AWS Console Action via CloudTrail"
	serviceEvent       = "AWS Service Event via CloudTrail"
	insight            = "AWS Insight via CloudTrail"
	networkActivity    = "AWS Network Activity Event via CloudTrail"
)

// DetailTypes lists the detail-types of CloudTrail's events in EventBridge. Sign-ins have two
// spellings, "Sign In" as AWS sends it and "Signin" as the guide writes it, because no document
// says which one is stable:
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html
func DetailTypes() []string {
	return []string{apiCall, consoleSignIn, consoleSignInGuide, consoleAction, serviceEvent, insight, networkActivity}
}

// detailType gives the detail-type under which EventBridge delivers a record.
func detailType(r *Record) string {
	switch r.EventType {
	case "AwsConsoleSignIn":
		return consoleSignIn
	case "AwsConsoleAction":
		return consoleAction
	case "AwsServiceEvent":
		return serviceEvent
	case "AwsCloudTrailInsight":
		return insight
	case "AwsVpceEvent":
		return networkActivity
	case "":
		// Old and shortened records lack the eventType. Other fields identify these two.
		if r.EventCategory == "Insight" {
			return insight
		}
		if r.EventSource == "signin.amazonaws.com" {
			return consoleSignIn
		}
	}
	return apiCall
}

// source gives the EventBridge source of a record: "aws." and the first label of its eventSource.
// An Insight has the source of CloudTrail, and names its service in insightDetails.
func source(r *Record) string {
	if s := r.Service(); s != "" {
		return "aws." + s
	}
	if detailType(r) == insight {
		return "aws.cloudtrail"
	}
	return ""
}

// Service gives the first label of the eventSource, such as "iam" of iam.amazonaws.com. Rules name
// calls by it.
func (r *Record) Service() string {
	service, _, _ := strings.Cut(r.EventSource, ".")
	return service
}

// Call gives the call as rules name it, such as "iam:CreateUser".
func (r *Record) Call() string { return r.Service() + ":" + r.EventName }
