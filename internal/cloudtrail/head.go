package cloudtrail

import "github.com/trailbus/trailbus/internal/jsontext"

// Head is what a line of a log says of an event, and by what AWS is known to have sent it. Its fields are those of [Event] and of
// [Record].
type Head struct {
	ID, Source, Account, Region                       string
	EventID, EventSource, EventName, RecipientAccount string
}

// Head gives the head of an event that was decoded.
func (e *Event) Head() Head {
	r := &e.Record
	return Head{e.ID, e.Source, e.Account, e.Region, r.EventID, r.EventSource, r.EventName, r.RecipientAccount}
}

// ReadHead reads the head of an EventBridge event without decoding it. It is not ok where something about the event is unusual, such as a
// number or an escape where a plain text is expected: then [Parse] has to read it.
func ReadHead(event []byte) (h Head, ok bool) {
	var id, source, account, region, escaped []byte
	var f rawFields
	c := jsontext.Cursor{Data: event}
	err := c.Members(0, &escaped, func(key []byte) error {
		if string(key) == "detail" {
			if f = (rawFields{}); c.Peek() == '{' { // of a key that is there twice, the last counts
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
	return Head{string(id), string(source), string(account), string(region), string(f.eventID), string(f.eventSource), string(f.eventName),
		string(f.recipientAccount)}, true
}
