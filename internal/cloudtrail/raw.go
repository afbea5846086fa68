package cloudtrail

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"iter"
	"time"

	"github.com/trailbus/trailbus/internal/jsontext"
)

// RawEvent is an event whose record is not decoded: it has what is needed to match and to count it.
// Reading raw events is several times faster than reading events, and pays off when few of many
// records are needed.
type RawEvent struct {
	// Source, Account and Time are those of [Event].
	Source, Account string
	Time            time.Time
	// EventID and RecipientAccount are those of [Record].
	EventID, RecipientAccount string
	// ReadOnlyManagement is the result of [Record.ReadOnlyManagement].
	ReadOnlyManagement bool
	// UserIdentity is the record's userIdentity, nil if there is none.
	UserIdentity json.RawMessage
	// JSON is the whole EventBridge event, valid JSON.
	JSON []byte
}

// Event decodes the event. The result shares no memory with the RawEvent.
func (e *RawEvent) Event() (*Event, error) { return Parse(bytes.Clone(e.JSON)) }

// ReadRaw is [Read] without the decoding. It reuses the event: reading the next one overwrites it.
func ReadRaw(r io.Reader, name string) iter.Seq2[*RawEvent, error] {
	raw := &RawEvent{}
	return read(r, name, func(b []byte) (*RawEvent, error) { return raw, raw.read(b) })
}

// read reads the bytes of an object. A record with fields of unexpected types, strings with escapes
// or an event around it goes to the decoder that [Read] uses.
func (e *RawEvent) read(b []byte) error {
	buffer := e.JSON[:0]
	*e = RawEvent{}
	// Without recipientAccountId, the account is in the identity.
	c, f := jsontext.Cursor{Data: b}, rawFields{}
	if f.read(&c, 0) == nil && c.End() == nil && f.record && !f.wrapper && len(f.recipientAccount) > 0 {
		e.setFields(&f, buffer, b)
		return nil
	}
	event, err := decodeEvent(b)
	if err != nil {
		return err
	}
	e.JSON = append(buffer, event.JSON...)
	e.Source, e.Account, e.Time = event.Source, event.Account, event.Time
	r := &event.Record
	e.EventID, e.RecipientAccount = r.EventID, r.RecipientAccount
	e.ReadOnlyManagement = r.ReadOnlyManagement()
	var fields, detail map[string]json.RawMessage
	if err := json.Unmarshal(e.JSON, &fields); err != nil {
		return err
	}
	if err := json.Unmarshal(fields["detail"], &detail); err != nil {
		return err
	}
	e.UserIdentity = detail["userIdentity"]
	return nil
}

// setFields sets the event from the fields of a record.
func (e *RawEvent) setFields(f *rawFields, buffer, record []byte) {
	r := Record{EventName: string(f.eventName), EventSource: string(f.eventSource), EventType: string(f.eventType),
		EventCategory: string(f.eventCategory),
		ReadOnly:      string(f.readOnly) == "true", NotManagement: string(f.managementEvent) == "false"}
	e.EventID, e.RecipientAccount = string(f.eventID), string(f.recipientAccount)
	e.Source, e.Account, e.Time = source(&r), e.RecipientAccount, timestamp(string(f.eventTime))
	e.ReadOnlyManagement = r.ReadOnlyManagement()
	e.UserIdentity = f.userIdentity
	head := Event{ID: e.EventID, DetailType: detailType(&r), Source: e.Source, Account: e.Account,
		Region: string(f.region)}
	e.JSON = envelope(buffer, &head, string(f.eventTime), record)
}

// rawFields are members of a record, not decoded. Strings have no quotes; nil means missing or
// null.
type rawFields struct {
	eventID, eventName, eventType, eventCategory, eventSource, eventTime, region, recipientAccount []byte
	readOnly, managementEvent                                                                      []byte
	userIdentity                                                                                   []byte
	// record says that the object has a key that only records have, wrapper that it has a key of an
	// object around a record.
	record, wrapper bool
}

var errNeedsDecoder = errors.New("not as expected")

// read reads the object at the cursor, which is nested in depth others. It fails if there is no
// object, or with errNeedsDecoder.
func (f *rawFields) read(c *jsontext.Cursor, depth int) error {
	var escaped []byte
	return c.Members(depth, &escaped, func(key []byte) error {
		value, err := c.Value(depth + 1)
		if err != nil {
			return err
		}
		switch string(key) {
		case "detail", "detail-type", "CloudTrailEvent":
			f.wrapper = true
		case "insightDetails":
			f.record = true
		case "userIdentity":
			f.userIdentity, f.record = value, true
		case "readOnly":
			return boolOrNull(&f.readOnly, value)
		case "managementEvent":
			return boolOrNull(&f.managementEvent, value)
		case "eventID":
			f.record = true
			return stringOrNull(&f.eventID, value)
		case "eventName":
			f.record = true
			return stringOrNull(&f.eventName, value)
		case "eventType":
			f.record = true
			return stringOrNull(&f.eventType, value)
		case "eventSource":
			f.record = true
			return stringOrNull(&f.eventSource, value)
		case "eventCategory":
			return stringOrNull(&f.eventCategory, value)
		case "eventTime":
			return stringOrNull(&f.eventTime, value)
		case "awsRegion":
			return stringOrNull(&f.region, value)
		case "recipientAccountId":
			return stringOrNull(&f.recipientAccount, value)
		}
		return nil
	})
}

// boolOrNull sets word to a value that is true, false or null, and fails for others.
func boolOrNull(word *[]byte, value []byte) error {
	*word = value
	if value[0] != 't' && value[0] != 'f' && value[0] != 'n' {
		return errNeedsDecoder
	}
	return nil
}

// stringOrNull sets text to the content of a plain string, or to nil for null, and fails for other
// values. Of a duplicate key, the last counts.
func stringOrNull(text *[]byte, value []byte) error {
	*text = nil
	switch {
	case value[0] == '"' && isPlainASCII(value[1:len(value)-1]):
		*text = value[1 : len(value)-1]
	case value[0] != 'n':
		return errNeedsDecoder
	}
	return nil
}
