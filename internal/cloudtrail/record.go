package cloudtrail

import (
	"cmp"
	"slices"
	"time"
)

// Record is a decoded CloudTrail record. A field that is missing, null or of an unexpected type is
// the zero value. Fields are named as in the record, shorter where the record repeats itself.
type Record struct {
	EventID       string
	EventName     string
	EventSource   string
	EventType     string
	EventCategory string
	// Region is awsRegion.
	Region string
	// SourceIP is sourceIPAddress: an address, two with a comma, the name of a service, or "AWS
	// Internal".
	SourceIP string
	// UserAgent is what the caller claims to be.
	UserAgent string
	// ErrorCode and ErrorMessage say why a call failed. The code may be "200": see [Record.Failed].
	ErrorCode    string
	ErrorMessage string
	// RecipientAccount is recipientAccountId, the account of the trail. In a call across accounts
	// it is not that of the caller.
	RecipientAccount string
	// VPCEndpointID is the VPC endpoint of the call.
	VPCEndpointID string
	ReadOnly      bool
	// NotManagement says that managementEvent is false, and not missing.
	NotManagement bool
	// FromConsole is sessionCredentialFromConsole: the credentials of the call are those of a
	// console session.
	FromConsole bool
	// Time is eventTime in UTC, zero if it is missing or invalid.
	Time     time.Time
	Identity Identity
	// RequestParameters, ResponseElements, AdditionalEventData, ServiceEventDetails and
	// InsightDetails are decoded JSON, with [json.Number] for numbers; nil if they are null, the
	// string "null" or missing. They may hold secrets.
	RequestParameters   any
	ResponseElements    any
	AdditionalEventData any
	ServiceEventDetails any
	InsightDetails      any
	// ResourceARNs are the ARNs of resources.
	ResourceARNs []string
	// Addendum is set if the record corrects or completes an earlier one, nil otherwise.
	Addendum *Addendum
}

// Addendum says why a record was sent again, and which record it changes.
type Addendum struct {
	Reason, OriginalEventID string
}

// recordKeys are keys of which every CloudTrail record has at least one.
var recordKeys = []string{"eventName", "eventSource", "eventType", "eventID", "userIdentity", "insightDetails"}

func isRecord(fields map[string]any) bool {
	return slices.ContainsFunc(recordKeys, func(key string) bool { _, ok := fields[key]; return ok })
}

// decode sets the fields from the object of a record.
func (r *Record) decode(f map[string]any) {
	*r = Record{
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
		ResourceARNs:        resourceARNs(f["resources"]),
	}
	r.Identity.decode(object(f["userIdentity"]))
	if a := object(f["addendum"]); a != nil {
		r.Addendum = &Addendum{Reason: text(a["reason"]), OriginalEventID: text(a["originalEventID"])}
	}
}

// ReadOnlyManagement reports whether EventBridge delivers the event only to rules in the state
// ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS: those are the read-only management events but for
// two of AWS STS.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html
func (r *Record) ReadOnlyManagement() bool {
	if call := r.Call(); call == "sts:GetFederationToken" || call == "sts:GetSessionToken" {
		return false
	}
	return r.ReadOnly && !r.NotManagement && (r.EventCategory == "" || r.EventCategory == "Management")
}

func resourceARNs(v any) (arns []string) {
	list, _ := v.([]any)
	for _, item := range list {
		if f := object(item); f != nil {
			arns = append(arns, cmp.Or(text(f["ARN"]), text(f["arn"])))
		}
	}
	return arns
}
