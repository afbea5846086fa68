package cloudtrail

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Event is an EventBridge event that carries a CloudTrail record as its detail:
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html
type Event struct {
	// ID is EventBridge's id. The same record may come with several ids; Record.EventID identifies
	// it.
	ID string
	// DetailType is one of [DetailTypes] in an event from CloudTrail.
	DetailType string
	// Source is "aws." and the service, such as "aws.iam".
	Source string
	// Account is the account of the default event bus on which the event appeared: twelve digits.
	Account string
	// Region is the Region of that bus.
	Region string
	// Time is the time of the call, in UTC; zero if the event has none.
	Time time.Time
	// Record is the CloudTrail record, decoded.
	Record Record
	// JSON is the whole EventBridge event, for matching event patterns. It must not be modified.
	JSON []byte
}

// Parse decodes an EventBridge event. The event keeps the given bytes as its JSON.
func Parse(event []byte) (*Event, error) {
	fields, err := decodeObject(event)
	if err != nil {
		return nil, fmt.Errorf("EventBridge event: %w", err)
	}
	return parse(event, fields)
}

// parse is [Parse] after the decoding.
func parse(event []byte, fields map[string]any) (*Event, error) {
	detail, ok := fields["detail"].(map[string]any)
	if !ok {
		return nil, fmt.Errorf("EventBridge event: detail is %s, want an object", jsonType(fields["detail"]))
	}
	e := &Event{
		ID:         text(fields["id"]),
		DetailType: text(fields["detail-type"]),
		Source:     text(fields["source"]),
		Account:    account(fields["account"]),
		Region:     text(fields["region"]),
		Time:       timestamp(fields["time"]),
		JSON:       event,
	}
	e.Record.decode(detail)
	return e, nil
}

// FromRecord wraps a bare CloudTrail record in an EventBridge event, as AWS does. The detail of the
// event's JSON is the record byte for byte, so that numbers match patterns as they do in
// EventBridge. The event's id is the record's eventID; EventBridge's own ids are random.
func FromRecord(record []byte) (*Event, error) {
	fields, err := decodeObject(record)
	if err != nil {
		return nil, fmt.Errorf("CloudTrail record: %w", err)
	}
	return fromRecord(record, fields)
}

// fromRecord is [FromRecord] after the decoding.
func fromRecord(record []byte, fields map[string]any) (*Event, error) {
	if !isRecord(fields) {
		return nil, errors.New("CloudTrail record: none of " + strings.Join(recordKeys, ", ") + " is there")
	}
	e := &Event{}
	r := &e.Record
	r.decode(fields)
	e.ID = r.EventID
	e.DetailType = detailType(r)
	e.Source = source(r)
	e.Account = cmp.Or(r.RecipientAccount, r.Identity.AccountID)
	e.Region = r.Region
	e.Time = r.Time
	e.JSON = envelope(nil, e, envelopeTime(e, fields["eventTime"]), record)
	return e, nil
}

// envelopeTime writes the event's time as EventBridge does: as in the record, unless that has a
// number from an export.
func envelopeTime(e *Event, eventTime any) string {
	if s, ok := eventTime.(string); ok {
		return s
	}
	if e.Time.IsZero() {
		return ""
	}
	return e.Time.Format(time.RFC3339Nano)
}

// envelope appends to b the EventBridge event around the bytes of a record.
func envelope(b []byte, e *Event, eventTime string, record []byte) []byte {
	record = bytes.TrimSpace(record)
	b = slices.Grow(b, len(record)+320)
	b = append(b, `{"version":"0"`...)
	for _, f := range [...]struct{ key, value string }{
		{`,"id":`, e.ID},
		{`,"detail-type":`, e.DetailType},
		{`,"source":`, e.Source},
		{`,"account":`, e.Account},
		{`,"time":`, eventTime},
		{`,"region":`, e.Region},
	} {
		b = append(b, f.key...)
		b = appendString(b, f.value)
	}
	b = append(b, `,"resources":[],"detail":`...)
	b = append(b, record...)
	return append(b, '}')
}

// appendString appends a JSON string. It does not escape < > &, as EventBridge does not.
func appendString(b []byte, s string) []byte {
	if isPlainASCII(s) {
		b = append(b, '"')
		b = append(b, s...)
		return append(b, '"')
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(s)                              // a string always encodes
	return append(b, out.Bytes()[:out.Len()-1]...) // without the newline that Encode adds
}

// isPlainASCII reports whether a text is printable ASCII that JSON does not escape.
func isPlainASCII[T string | []byte](s T) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}
