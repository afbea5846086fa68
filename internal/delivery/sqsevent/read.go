// Package sqsevent reads the event that Lambda makes of a batch of SQS messages. It is some times faster than encoding/json, and keeps the
// bodies of all messages in one piece, where that makes a copy or more of each: a batch may be 6 MB.
package sqsevent

import (
	"encoding/json"
	"strings"
	"unicode/utf8"

	"github.com/aws/aws-lambda-go/events"

	"github.com/trailbus/trailbus/internal/jsontext"
)

// Read reads an event: https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html#example-standard-queue-message-event
//
// Of a message it gives what the notifier asks for: MessageId, ReceiptHandle, Body and Attributes, and of those the
// ApproximateReceiveCount. What does not look as Lambda writes it is left to encoding/json.
func Read(payload []byte) (events.SQSEvent, error) {
	r := reader{Cursor: jsontext.Cursor{Data: payload}}
	r.bodies.Grow(len(payload)) // a body is never longer than it stands in the payload
	if !r.event() {
		var event events.SQSEvent
		err := json.Unmarshal(payload, &event)
		return event, err
	}
	bodies, from := r.bodies.String(), 0
	for i, end := range r.ends {
		r.messages[i].Body = bodies[from:end]
		from = end
	}
	return events.SQSEvent{Records: r.messages}, nil
}

// reader gathers the messages. Its methods say whether all is as expected.
type reader struct {
	jsontext.Cursor
	scratch  []byte // the last text
	messages []events.SQSMessage
	bodies   strings.Builder
	ends     []int // of each message, where its body ends in bodies
}

func (r *reader) event() bool {
	seen := false
	return r.object(func(key []byte) bool {
		if string(key) != "Records" {
			return r.skip()
		}
		again := seen
		seen = true
		return !again && r.array(r.message)
	}) && r.End() == nil
}

func (r *reader) message() bool {
	var m events.SQSMessage
	begin := r.bodies.Len()
	ok := r.object(func(key []byte) (ok bool) {
		switch string(key) {
		case "messageId":
			m.MessageId, ok = r.string()
			return ok
		case "receiptHandle":
			m.ReceiptHandle, ok = r.string()
			return ok
		case "body":
			if r.bodies.Len() > begin { // a second one
				return false
			}
			body, ok := r.text()
			r.bodies.Write(body)
			return ok
		case "attributes":
			m.Attributes, ok = r.attributes()
			return ok
		}
		return r.skip()
	})
	r.messages, r.ends = append(r.messages, m), append(r.ends, r.bodies.Len())
	return ok
}

const receiveCount = "ApproximateReceiveCount"

func (r *reader) attributes() (map[string]string, bool) {
	if r.Peek() == 'n' {
		return nil, r.skip()
	}
	var attributes map[string]string
	ok := r.object(func(key []byte) bool {
		if string(key) != receiveCount {
			return r.skip()
		}
		count, ok := r.string()
		attributes = map[string]string{receiveCount: count}
		return ok
	})
	return attributes, ok
}

// object reads an object, whose values are read by member.
func (r *reader) object(member func(key []byte) bool) bool {
	if r.Expect('{', "") != nil {
		return false
	}
	for first := true; ; first = false {
		r.scratch = r.scratch[:0]
		key, ok, err := r.NextMember(first, &r.scratch)
		if err != nil || !ok {
			return err == nil
		}
		if !member(key) {
			return false
		}
	}
}

// array reads an array, whose elements are read by element.
func (r *reader) array(element func() bool) bool {
	if r.Expect('[', "") != nil {
		return false
	}
	for first := true; ; first = false {
		ok, err := r.NextElement(first)
		if err != nil || !ok {
			return err == nil
		}
		if !element() {
			return false
		}
	}
}

// skip skips a value, wherever it stands: Lambda's event is four deep.
func (r *reader) skip() bool { return r.SkipValue(0) == nil }

// text reads a string and gives what it stands for, which is valid UTF-8. It is overwritten by the next one.
func (r *reader) text() ([]byte, bool) {
	if r.Peek() != '"' {
		return nil, false
	}
	r.scratch = r.scratch[:0]
	quoted, err := r.QuotedString(&r.scratch)
	if err != nil {
		return nil, false
	}
	text := quoted[1 : len(quoted)-1]
	return text, utf8.Valid(text)
}

func (r *reader) string() (string, bool) {
	text, ok := r.text()
	return string(text), ok
}
