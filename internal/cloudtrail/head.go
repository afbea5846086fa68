package cloudtrail

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

// ReadHead reads the head of an EventBridge event, which must be valid JSON, without decoding it. It is not ok where something about the
// event is unusual, such as a number or an escape where a plain text is expected: then [Parse] has to read it.
func ReadHead(event []byte) (h Head, ok bool) {
	var id, source, account, region []byte
	var f rawFields
	end := members(event, 0, func(key []byte, at int) (end int) {
		text := (*[]byte)(nil)
		switch string(key) {
		case "detail":
			f, ok = rawFields{}, false // of a key that is there twice, the last counts
			if event[at] == '{' {
				end, ok = f.readAt(event, at)
				return end
			}
		case "id":
			text = &id
		case "source":
			text = &source
		case "account":
			text = &account
		case "region":
			text = &region
		}
		end = endOfValue(event, at)
		if text != nil && !plainOrNull(text, event[at:end]) {
			return unusual
		}
		return end
	})
	if end == unusual || !ok {
		return Head{}, false
	}
	return Head{string(id), string(source), string(account), string(region), string(f.eventID), string(f.eventSource), string(f.eventName),
		string(f.recipientAccount)}, true
}
