package sqsevent

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"

	"github.com/trailbus/trailbus/internal/jsontext"
)

// message is one as Lambda sends it, with all that it has.
func message(id, body, receives string) events.SQSMessage {
	text := "text"
	return events.SQSMessage{
		MessageId: id, ReceiptHandle: "handle/" + id + "+==", Body: body, Md5OfBody: "abc", EventSource: "aws:sqs",
		EventSourceARN: "arn:aws:sqs:eu-west-1:111111111111:queue", AWSRegion: "eu-west-1",
		Attributes:        map[string]string{"SentTimestamp": "1", receiveCount: receives, "AWSTraceHeader": `Root="1"`},
		MessageAttributes: map[string]events.SQSMessageAttribute{"a,]}": {StringValue: &text, DataType: "String", BinaryListValues: [][]byte{{1}, {2}}}},
	}
}

// read reads a payload and holds what comes of it against encoding/json. It says whether it was
// read without that.
func read(t *testing.T, payload []byte) (plain bool) {
	t.Helper()
	got, err := Read(payload)
	var want events.SQSEvent
	wantErr := json.Unmarshal(payload, &want)
	if wantErr != nil {
		return false // a payload that is no JSON may be taken, and must not crash
	}
	if err != nil || len(got.Records) != len(want.Records) {
		t.Fatalf("%.300q\n%d messages, %v; want %d", payload, len(got.Records), err, len(want.Records))
	}
	plain = (&reader{Cursor: jsontext.Cursor{Data: payload}}).event() == nil
	for i, g := range got.Records {
		w := want.Records[i]
		if plain {
			w = events.SQSMessage{MessageId: w.MessageId, ReceiptHandle: w.ReceiptHandle, Body: w.Body, Attributes: w.Attributes}
			maps.DeleteFunc(w.Attributes, func(k, _ string) bool { return k != receiveCount })
			if len(w.Attributes) == 0 {
				w.Attributes = nil
			}
		}
		if !reflect.DeepEqual(g, w) {
			t.Errorf("%.300q\ngot  %+v\nwant %+v", payload, g, w)
		}
	}
	return plain
}

func TestReadsWhatLambdaSends(t *testing.T) {
	t.Parallel()
	bodies := []string{
		"", `{"a":"b\"c\\d"}`, "\x00\x01\b\f\n\r\t\u007f", "Grüße 日本 🎉 \u2028 <&>", `\`, `\\`, `"`, `""`, `\u0041`, "\u202e", strings.Repeat(`"\`, 1000), "}],", "\ufffd",
	}
	var event events.SQSEvent
	for i, body := range bodies {
		event.Records = append(event.Records, message(fmt.Sprint(i), body, fmt.Sprint(i)))
	}
	event.Records = append(event.Records, events.SQSMessage{
		MessageId: "bare", Attributes: map[string]string{}, MessageAttributes: map[string]events.SQSMessageAttribute{},
	})
	payload, err := json.Marshal(event)
	if err != nil {
		t.Fatal(err)
	}
	indented, err := json.MarshalIndent(event, " \r\n", "\t")
	if err != nil {
		t.Fatal(err)
	}
	// Lambda's own encoder may write another escape for the same character.
	other := strings.NewReplacer(`\u0000`, `\u0000\/`, "🎉", `\ud83c\udf89`, "ü", `\u00fC`).Replace(string(payload))
	for _, payload := range []string{string(indented), other, `{"Records":[]}`, `{}`, `{"x":{"y":[1,"]",{}],"z":null},"Records":[{"n":-1e5,"attributes": null }]}`, `{"Records":[{"b\u006fdy":"x"}]}`,
		`{"Records":[{"body":"\ud800"}]}`, `{"Records":[{"body":"\ud800\u0041"}]}`, `{"Records":[{"body":"\udc00\ud800"}]}`} {
		if !read(t, []byte(payload)) {
			t.Errorf("%.300q is not read", payload)
		}
	}
}

// What is unusual is read by encoding/json, and what is wrong is an error.
func TestReadsTheRestAsWell(t *testing.T) {
	t.Parallel()
	for _, payload := range []string{
		`{"Records":null}`, `{"Records":[null]}`, `{"Records":[{"body":null}]}`, `{"Records":[],"Records":[{"body":"x"}]}`, `{"Records":[{"body":"x","body":"y"}]}`,
		"{\"Records\":[{\"body\":\"\xff\"}]}", `{"Records":[{"attributes":{"ApproximateReceiveCount":null}}]}`, ` null`,
	} {
		if read(t, []byte(payload)) {
			t.Errorf("%s is not left to encoding/json", payload)
		}
	}
	for _, payload := range []string{
		"", "{", "[]", `"x"`, `{"Records":[{"body":"x}]}`, `{"Records":[{"body":"\x"}]}`, `{"Records":[{"body":"\u12"}]}`, `{"Records":[{"body":"\`, `{"Records":[{"body":"x"}}]`,
		`{"Records":[{"body":"x"}]`, `{"Records":[{"body":"x"}]}}`, `{"Records":[{"body":7}]}`, `{"Records":[{"body":"x"},]}`, `{"Records":{}}`, `{"Records":[{"attributes":nul}]}`, `{"Records":[{"body":"\u+123"}]}`,
	} {
		if event, err := Read([]byte(payload)); err == nil {
			t.Errorf("%s is read as %+v", payload, event)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(`{"detail":{"eventID":"1"}}`, []byte(`{"Records":[{"body":"x"}]}`))
	f.Add("\\\"\u2028\x00\xff", []byte(`{"Records":[{"body":"\ud83c\udf89","attributes":{"ApproximateReceiveCount":"1"}}],"x":[{}]}`))
	f.Fuzz(func(t *testing.T, body string, payload []byte) {
		marshalled, err := json.Marshal(events.SQSEvent{Records: []events.SQSMessage{message("1", body, "2"), message("2", "{}", body)}})
		if err != nil {
			t.Fatal(err)
		}
		if !read(t, marshalled) {
			t.Errorf("%q is not read", marshalled)
		}
		_, _ = Read(payload)
	})
}

func BenchmarkRead(b *testing.B) {
	var event events.SQSEvent
	for i := range 1000 {
		event.Records = append(event.Records, message(fmt.Sprint(i), strings.Repeat(`{"eventSource":"sqs.amazonaws.com","eventName":"TagQueue"},`, 30), "1"))
	}
	payload, err := json.Marshal(event)
	if err != nil {
		b.Fatal(err)
	}
	for name, read := range map[string]func([]byte) (events.SQSEvent, error){
		"sqsevent":      Read,
		"encoding/json": func(p []byte) (e events.SQSEvent, err error) { return e, json.Unmarshal(p, &e) },
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(payload)))
			for b.Loop() {
				if e, err := read(payload); err != nil || len(e.Records) != 1000 {
					b.Fatal(len(e.Records), err)
				}
			}
		})
	}
}
