// Package sqsevent reads the event with a batch of SQS messages that Lambda sends. It is several
// times faster than encoding/json, and keeps the bodies of all messages in one string, where
// encoding/json makes a copy or more of each: a batch may be 6 MB.
package sqsevent

import (
	"encoding/json"
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/aws/aws-lambda-go/events"

	"github.com/trailbus/trailbus/internal/jsontext"
)

// Read reads an event:
// https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html#example-standard-queue-message-event
//
// A message has what the notifier uses: MessageId, ReceiptHandle, Body and Attributes, and of those
// the ApproximateReceiveCount. encoding/json reads an event that is not as Lambda writes it, and
// the error is that of encoding/json.
func Read(payload []byte) (events.SQSEvent, error) {
	r := reader{Cursor: jsontext.Cursor{Data: payload}}
	r.bodies.Grow(len(payload)) // a body is never longer than its JSON
	if r.event() != nil {
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

// reader reads the messages. Its methods fail where the payload is not as expected.
type reader struct {
	jsontext.Cursor
	scratch  []byte // the last text
	messages []events.SQSMessage
	bodies   strings.Builder
	ends     []int // of each message, the end of its body in bodies
}

var errUnusual = errors.New("not as Lambda writes it")

func (r *reader) event() error {
	seen := false
	err := r.Members(0, &r.scratch, func(key []byte) error {
		switch {
		case string(key) != "Records":
			return r.SkipValue(1)
		case seen:
			return errUnusual
		}
		seen = true
		return r.Elements(1, r.message)
	})
	if err != nil {
		return err
	}
	return r.End()
}

func (r *reader) message(int) error {
	var m events.SQSMessage
	begin := r.bodies.Len()
	err := r.Members(2, &r.scratch, func(key []byte) (err error) {
		switch string(key) {
		case "messageId":
			m.MessageId, err = r.string()
		case "receiptHandle":
			m.ReceiptHandle, err = r.string()
		case "body":
			if r.bodies.Len() > begin { // a second one
				return errUnusual
			}
			var body []byte
			body, err = r.text()
			r.bodies.Write(body)
		case "attributes":
			m.Attributes, err = r.attributes()
		default:
			return r.SkipValue(3)
		}
		return err
	})
	r.messages, r.ends = append(r.messages, m), append(r.ends, r.bodies.Len())
	return err
}

const receiveCount = "ApproximateReceiveCount"

func (r *reader) attributes() (attributes map[string]string, err error) {
	if r.Peek() == 'n' {
		return nil, r.SkipValue(3)
	}
	err = r.Members(3, &r.scratch, func(key []byte) error {
		if string(key) != receiveCount {
			return r.SkipValue(4)
		}
		count, err := r.string()
		attributes = map[string]string{receiveCount: count}
		return err
	})
	return attributes, err
}

// text reads a string. The next call overwrites it.
func (r *reader) text() ([]byte, error) {
	if r.Peek() != '"' {
		return nil, errUnusual
	}
	r.scratch = r.scratch[:0]
	quoted, err := r.QuotedString(&r.scratch)
	if err != nil || !utf8.Valid(quoted) {
		return nil, errUnusual
	}
	return quoted[1 : len(quoted)-1], nil
}

func (r *reader) string() (string, error) {
	text, err := r.text()
	return string(text), err
}
