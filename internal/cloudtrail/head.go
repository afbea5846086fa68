package cloudtrail

import "github.com/trailbus/trailbus/internal/jsontext"

// Head holds the fields of an [Event] and its [Record] that identify it: those that are logged, and
// those that tell whether AWS sent it.
type Head struct {
	ID, Source, Account, Region                       string
	EventID, EventSource, EventName, RecipientAccount string
}

// Head gives the head of a decoded event.
func (e *Event) Head() Head {
	r := &e.Record
	return Head{e.ID, e.Source, e.Account, e.Region, r.EventID, r.EventSource, r.EventName, r.RecipientAccount}
}

// ReadHead reads the head of an EventBridge event without decoding it. It is not ok if a field is
// not a plain string, such as a number or a string with an escape: then the event needs [Parse].
func ReadHead(event []byte) (h Head, ok bool) {
	var id, source, account, region, escaped []byte
	var f rawFields
	c := jsontext.Cursor{Data: event}
	err := c.Members(0, &escaped, func(key []byte) error {
		if string(key) == "detail" {
			if f = (rawFields{}); c.Peek() == '{' { // of a duplicate key, the last counts
				return f.read(&c, 1)
			}
		}
		value, err := c.Value(1)
		if err != nil {
			return err
		}
		switch string(key) {
		case "id":
			return stringOrNull(&id, value)
		case "source":
			return stringOrNull(&source, value)
		case "account":
			return stringOrNull(&account, value)
		case "region":
			return stringOrNull(&region, value)
		}
		return nil
	})
	if err != nil || c.End() != nil || !f.record {
		return Head{}, false
	}
	return Head{string(id), string(source), string(account), string(region), string(f.eventID), string(f.eventSource),
		string(f.eventName),
		string(f.recipientAccount)}, true
}
