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
		// Without recipientAccountId, the account has to be looked for in the identity.
		if f := (rawFields{}); f.read(b) && !f.wrapper && len(f.recipientAccount) > 0 {
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
	// wrapper says that it has a key of what carries a record, and is none itself.
	wrapper bool
}

// read walks over the members of an object, which is valid JSON. It says whether this is a record whose fields are what they are
// expected to be.
func (f *rawFields) read(b []byte) bool {
	_, ok := f.readAt(b, 0)
	return ok
}

// readAt is read for an object that begins at i, and gives where it has ended.
func (f *rawFields) readAt(b []byte, i int) (end int, ok bool) {
	record := false
	end = members(b, i, func(key []byte, at int) (end int) {
		end = endOfValue(b, at)
		value := b[at:end]
		text := (*[]byte)(nil)
		switch string(key) {
		case "detail", "detail-type", "CloudTrailEvent":
			f.wrapper = true
		case "insightDetails":
			record = true
		case "userIdentity":
			f.userIdentity, f.identityAt, record = value, at, true
		case "readOnly", "managementEvent":
			if value[0] != 't' && value[0] != 'f' && value[0] != 'n' {
				return unusual
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
		if text != nil && !plainOrNull(text, value) {
			return unusual
		}
		return end
	})
	return end, record && end != unusual
}

// unusual stands for the end of what is not as expected.
const unusual = -1

// members walks over the members of an object that begins at i, in valid JSON. Of each, value is given where its value begins, and gives
// where that has ended. It gives the end of the object, or unusual where value did, and where a key has an escape.
func members(b []byte, i int, value func(key []byte, at int) (end int)) (end int) {
	i = skipTo(b, i, '{', '{') + 1
	for {
		i = skipTo(b, i, '"', '}')
		if b[i] == '}' {
			return i + 1
		}
		end := endOfString(b, i)
		key := b[i+1 : end-1]
		if !plainText(key) {
			return unusual
		}
		if i = value(key, endOfSpace(b, skipTo(b, end, ':', ':')+1)); i == unusual {
			return unusual
		}
	}
}

// plainOrNull keeps a text without its quotes, or nothing for null; of a key that is there twice, the last counts. It refuses the rest.
func plainOrNull(text *[]byte, value []byte) bool {
	*text = nil
	if value[0] == '"' && plainText(value[1:len(value)-1]) {
		*text = value[1 : len(value)-1]
		return true
	}
	return value[0] == 'n'
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
	// Most have no escapes.
	if end := i + 1 + bytes.IndexByte(b[i+1:], '"'); b[end-1] != '\\' {
		return end + 1
	}
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
