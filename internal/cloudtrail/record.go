package cloudtrail

import "time"

// Record is a CloudTrail record, decoded as far as it could be: what is missing, null or of a type that makes no sense is the
// zero value. Names are those of the record, short where the record repeats itself.
type Record struct {
	EventVersion  string
	EventID       string
	EventName     string
	EventSource   string
	EventType     string
	EventCategory string
	// Region is awsRegion.
	Region string
	// SourceIP is sourceIPAddress: an address, two with a comma, the name of a service, or "AWS Internal".
	SourceIP string
	// UserAgent is whatever the caller claims to be.
	UserAgent string
	// ErrorCode and ErrorMessage say why a call failed; see [Record.Failed], the code may be "200".
	ErrorCode    string
	ErrorMessage string
	// RecipientAccount is recipientAccountId, the account whose trail this is. In a call across accounts it is not the caller's.
	RecipientAccount string
	// SharedEventID ties the records of one call in two accounts.
	SharedEventID string
	RequestID     string
	// VPCEndpointID is the VPC endpoint that the call came through.
	VPCEndpointID string
	ReadOnly      bool
	// NotManagement is set where managementEvent is there and false.
	NotManagement bool
	// FromConsole is sessionCredentialFromConsole: the credentials of the call came from a console session.
	FromConsole bool
	// Time is eventTime in UTC, zero where it is missing or no time.
	Time     time.Time
	Identity Identity
	// RequestParameters, ResponseElements, AdditionalEventData, ServiceEventDetails and InsightDetails are as decoded from
	// JSON, with [json.Number] for numbers; nil where they are null, the string "null" or absent. They may hold secrets.
	RequestParameters   any
	ResponseElements    any
	AdditionalEventData any
	ServiceEventDetails any
	InsightDetails      any
	Resources           []Resource
	// Addendum is set where the record corrects or completes an earlier one; nil otherwise.
	Addendum *Addendum
}

// Resource is something that a call touched, as far as the service tells.
type Resource struct {
	ARN, AccountID, Type string
}

// Addendum says why a record was sent again, and which one it changes.
type Addendum struct {
	Reason, OriginalEventID string
}

// recordKeys are keys of which every CloudTrail record has at least one.
var recordKeys = []string{"eventName", "eventSource", "eventType", "eventID", "userIdentity", "insightDetails"}

func isRecord(fields map[string]any) bool {
	for _, key := range recordKeys {
		if _, ok := fields[key]; ok {
			return true
		}
	}
	return false
}

// decode takes what the decoded record holds.
func (r *Record) decode(f map[string]any) {
	*r = Record{
		EventVersion:        text(f["eventVersion"]),
		EventID:             text(f["eventID"]),
		EventName:           text(f["eventName"]),
		EventSource:         text(f["eventSource"]),
		EventType:           text(f["eventType"]),
		EventCategory:       text(f["eventCategory"]),
		Region:              text(f["awsRegion"]),
		SourceIP:            text(f["sourceIPAddress"]),
		UserAgent:           text(f["userAgent"]),
		ErrorCode:           text(f["errorCode"]),
		ErrorMessage:        text(f["errorMessage"]),
		RecipientAccount:    account(f["recipientAccountId"]),
		SharedEventID:       text(f["sharedEventID"]),
		RequestID:           text(f["requestID"]),
		VPCEndpointID:       text(f["vpcEndpointId"]),
		ReadOnly:            boolean(f["readOnly"]),
		NotManagement:       f["managementEvent"] != nil && !boolean(f["managementEvent"]),
		FromConsole:         boolean(f["sessionCredentialFromConsole"]),
		Time:                timestamp(f["eventTime"]),
		RequestParameters:   value(f["requestParameters"]),
		ResponseElements:    value(f["responseElements"]),
		AdditionalEventData: value(f["additionalEventData"]),
		ServiceEventDetails: value(f["serviceEventDetails"]),
		InsightDetails:      value(f["insightDetails"]),
		Resources:           resources(f["resources"]),
	}
	r.Identity.decode(object(f["userIdentity"]))
	if a := object(f["addendum"]); a != nil {
		r.Addendum = &Addendum{Reason: text(a["reason"]), OriginalEventID: text(a["originalEventID"])}
	}
}

// ReadOnlyManagement says whether EventBridge delivers the event only to rules in the state ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS:
// it is a read-only management event, and none of the two of AWS STS that are delivered to every rule.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html
func (r *Record) ReadOnlyManagement() bool {
	if call := r.Call(); call == "sts:GetFederationToken" || call == "sts:GetSessionToken" {
		return false
	}
	return r.ReadOnly && !r.NotManagement && (r.EventCategory == "" || r.EventCategory == "Management")
}

func resources(v any) []Resource {
	list, _ := v.([]any)
	var out []Resource
	for _, item := range list {
		f := object(item)
		if f == nil {
			continue
		}
		out = append(out, Resource{ARN: firstText(f, "ARN", "arn"), AccountID: account(f["accountId"]), Type: text(f["type"])})
	}
	return out
}
