package cloudtrail

import (
	"bytes"
	"encoding/json"
	"io"
	"iter"
	"time"
)

// RawEvent is an event whose record is not decoded: what is needed to match it and to count it. Reading these is some times faster
// than reading each record whole, which pays where few of many records are wanted.
type RawEvent struct {
	// Source, Account and Time are those of [Event].
	Source, Account string
	Time            time.Time
	// EventID and RecipientAccount are those of [Record].
	EventID, RecipientAccount string
	// ReadOnlyManagement is what [Record.ReadOnlyManagement] says.
	ReadOnlyManagement bool
	// UserIdentity is the record's userIdentity as it stands, nil where there is none.
	UserIdentity json.RawMessage
	// JSON is the whole EventBridge event, valid JSON.
	JSON []byte
}

// Event decodes the event. It keeps nothing of the RawEvent.
func (e *RawEvent) Event() (*Event, error) { return Parse(bytes.Clone(e.JSON)) }

// ReadRaw is [Read] without the decoding. An event and all that it holds are overwritten when the next one is read.
func ReadRaw(r io.Reader, name string) iter.Seq2[*RawEvent, error] {
	raw := &RawEvent{}
	return read(r, name, func(b []byte) (*RawEvent, error) { return raw, raw.read(b) })
}

// read takes the bytes of an object. What is unusual about a record (a type that is not expected, a key or a text with escapes, an
// event around it) is left to the decoder that [Read] uses.
func (e *RawEvent) read(b []byte) error {
	buffer := e.JSON[:0]
	*e = RawEvent{}
	if json.Valid(b) {
		if f := (rawFields{}); f.read(b) {
			e.take(&f, buffer, b)
			return nil
		}
	}
	event, err := decodeEvent(b)
	if err != nil {
		return err
	}
	e.JSON = append(buffer, event.JSON...)
	e.Source, e.Account, e.Time = event.Source, event.Account, event.Time
	r := &event.Record
	e.EventID, e.RecipientAccount = r.EventID, r.RecipientAccount
	var fields struct{ Detail map[string]json.RawMessage }
	if err := json.Unmarshal(e.JSON, &fields); err != nil {
		return err
	}
	e.UserIdentity = fields.Detail["userIdentity"]
	e.ReadOnlyManagement = r.ReadOnlyManagement()
	return nil
}

// take fills the event from the fields of a record.
func (e *RawEvent) take(f *rawFields, buffer, record []byte) {
	r := Record{EventName: string(f.eventName), EventSource: string(f.eventSource), EventType: string(f.eventType), EventCategory: string(f.eventCategory),
		ReadOnly: string(f.readOnly) == "true", NotManagement: string(f.managementEvent) == "false"}
	e.EventID, e.RecipientAccount = string(f.eventID), string(f.recipientAccount)
	e.Source, e.Account, e.Time = source(&r), e.RecipientAccount, timestamp(string(f.eventTime))
	e.ReadOnlyManagement = r.ReadOnlyManagement()
	head := Event{ID: e.EventID, DetailType: detailType(&r), Source: e.Source, Account: e.Account, Region: string(f.region)}
	e.JSON = envelope(buffer, &head, string(f.eventTime), record)
	if f.userIdentity != nil {
		// The envelope ends with the record and a brace.
		trimmed := bytes.TrimLeft(record, " \t\r\n")
		at := len(e.JSON) - 1 - len(bytes.TrimSpace(record)) + f.identityAt - (len(record) - len(trimmed))
		e.UserIdentity = e.JSON[at : at+len(f.userIdentity)]
	}
}

// rawFields are members of a record as they stand there, texts without their quotes, nil where there is none or null.
type rawFields struct {
	eventID, eventName, eventType, eventCategory, eventSource, eventTime, region, recipientAccount []byte
	readOnly, managementEvent                                                                      []byte
	userIdentity                                                                                   []byte
	identityAt                                                                                     int // where userIdentity begins
}

// read walks over the members of an object, which is valid JSON. It says whether this is a plain record, whose fields are what they
// are expected to be.
func (f *rawFields) read(b []byte) bool {
	record := false
	i := bytes.IndexByte(b, '{') + 1
	for {
		i = skipTo(b, i, '"', '}')
		if b[i] == '}' {
			// Without recipientAccountId, the account has to be looked for in the identity.
			return record && len(f.recipientAccount) > 0
		}
		end := endOfString(b, i)
		key := b[i+1 : end-1]
		if !plainText(key) {
			return false
		}
		i = endOfSpace(b, skipTo(b, end, ':', ':')+1)
		end = endOfValue(b, i)
		value := b[i:end]
		text := (*[]byte)(nil)
		switch string(key) {
		case "detail", "detail-type", "CloudTrailEvent": // no bare record
			return false
		case "insightDetails":
			record = true
		case "userIdentity":
			f.userIdentity, f.identityAt, record = value, i, true
		case "readOnly", "managementEvent":
			if value[0] != 't' && value[0] != 'f' && value[0] != 'n' {
				return false
			}
			if key[0] == 'r' {
				f.readOnly = value
			} else {
				f.managementEvent = value
			}
		case "eventID":
			text, record = &f.eventID, true
		case "eventName":
			text, record = &f.eventName, true
		case "eventType":
			text, record = &f.eventType, true
		case "eventSource":
			text, record = &f.eventSource, true
		case "eventCategory":
			text = &f.eventCategory
		case "eventTime":
			text = &f.eventTime
		case "awsRegion":
			text = &f.region
		case "recipientAccountId":
			text = &f.recipientAccount
		}
		if text != nil {
			*text = nil // of a key that is there twice, the last counts
			if value[0] == '"' && plainText(value[1:len(value)-1]) {
				*text = value[1 : len(value)-1]
			} else if value[0] != 'n' {
				return false
			}
		}
		i = end
	}
}

// The following walk over valid JSON, from the byte at i on.

// skipTo gives where the first of two bytes is.
func skipTo(b []byte, i int, one, other byte) int {
	for b[i] != one && b[i] != other {
		i++
	}
	return i
}

func endOfSpace(b []byte, i int) int {
	for isSpace(b[i]) {
		i++
	}
	return i
}

// endOfString gives where the string that begins at i has ended.
func endOfString(b []byte, i int) int {
	for i++; ; i++ {
		for !endsString[b[i]] {
			i++
		}
		if b[i] == '"' {
			return i + 1
		}
		i++ // what is escaped
	}
}

// endOfValue gives where the value that begins at i has ended.
func endOfValue(b []byte, i int) int {
	switch b[i] {
	case '"':
		return endOfString(b, i)
	case '{', '[':
		for depth := 0; ; {
			for !structural[b[i]] {
				i++
			}
			switch b[i] {
			case '"':
				i = endOfString(b, i)
				continue
			case '{', '[':
				depth++
			case '}', ']':
				depth--
			}
			if i++; depth == 0 {
				return i
			}
		}
	}
	for b[i] != ',' && b[i] != '}' && !isSpace(b[i]) {
		i++
	}
	return i
}
