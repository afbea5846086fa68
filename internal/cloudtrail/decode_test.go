package cloudtrail

import (
	"reflect"
	"strings"
	"testing"
)

// A caller can choose names and parameters, but cannot set a field of the record by a key in
// another case.
func TestKeysAreExact(t *testing.T) {
	t.Parallel()
	record := `{"eventName":"StopLogging","eventSource":"cloudtrail.amazonaws.com","eventID":"1","recipientAccountId":"111111111111","userIdentity":{"type":"Root","TYPE":"AWSService"},` +
		`"EVENTNAME":"ListUsers","EventSource":"iam.amazonaws.com","eventid":"2","RecipientAccountId":"222222222222","readonly":true,"USERIDENTITY":{"type":"AWSService"}}`
	event := `{"id":"1","ID":"2","source":"aws.cloudtrail","Source":"aws.iam","account":"111111111111","Account":"222222222222","detail":` + record +
		`,"Detail":{"eventID":"3","userIdentity":{"type":"AWSService"}},"DETAIL":{}}`
	check := func(what string, head Head, identity string) {
		t.Helper()
		if head.EventID != "1" || head.EventSource != "cloudtrail.amazonaws.com" || head.EventName != "StopLogging" || head.Source != "aws.cloudtrail" ||
			head.Account != "111111111111" || head.RecipientAccount != "111111111111" || identity != "Root" {
			t.Errorf("%s: %+v by %s", what, head, identity)
		}
	}
	for _, text := range []string{record, event, strings.Replace(record, `"1"`, `"\u0031"`, 1), strings.Replace(event, `"1"`, `"\u0031"`, 2)} {
		for e, err := range Read(strings.NewReader(text), "f") {
			if err != nil {
				t.Fatal(err)
			}
			check("decoded", e.Head(), e.Record.Identity.Type)
			if e.Record.ReadOnly {
				t.Error("readonly is taken for readOnly")
			}
			if head, ok := ReadHead(e.JSON); ok {
				check("head", head, "Root")
			}
		}
		for e, err := range ReadRaw(strings.NewReader(text), "f") {
			if err != nil || e.EventID != "1" || e.Source != "aws.cloudtrail" || e.Account != "111111111111" || e.ReadOnlyManagement ||
				string(e.UserIdentity) != `{"type":"Root","TYPE":"AWSService"}` {
				t.Errorf("raw: %+v, %s, %v", e, e.UserIdentity, err)
			}
		}
	}
}

// Of a duplicate key the last counts, and nothing is left of the first.
func TestLastDuplicateKeyCounts(t *testing.T) {
	t.Parallel()
	first := `"eventID":"1","userIdentity":{"type":"Root","accountId":"1"},"recipientAccountId":"1"`
	last := `"eventID":"2","userIdentity":{"type":"IAMUser"},"recipientAccountId":"2"`
	for _, text := range []string{
		`{` + first + `,` + last + `}`, `{"detail":{` + first + `},"detail":{` + last + `}}`, `{"detail":{` + first + `,` + last + `}}`,
		`{"d\u0065tail":{` + first + `},"detail":{` + last + `}}`, `{"detail":{` + first + `},"d\u0065tail":{` + last + `}}`,
	} {
		for e, err := range Read(strings.NewReader(text), "f") {
			if err != nil || e.Record.EventID != "2" || !reflect.DeepEqual(e.Record.Identity, Identity{Type: "IAMUser"}) {
				t.Errorf("%s\ndecoded %+v, %v", text, e, err)
			}
		}
		for e, err := range ReadRaw(strings.NewReader(text), "f") {
			if err != nil || e.EventID != "2" || string(e.UserIdentity) != `{"type":"IAMUser"}` {
				t.Errorf("%s\nraw %+v, %s, %v", text, e, e.UserIdentity, err)
			}
		}
		if head, ok := ReadHead([]byte(text)); ok && head.EventID != "2" {
			t.Errorf("%s\nhead %+v", text, head)
		}
	}
}

// Invalid UTF-8 is replaced, as encoding/json does.
func TestInvalidUTF8(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"\xff\xfe": "\ufffd\ufffd", `\ud800`: "\ufffd", `\ud800\u0041`: "\ufffdA", `\udc00\ud800`: "\ufffd\ufffd", `\ud83c\udf89`: "🎉", `\u0000`: "\x00",
	} {
		for _, read := range []func(string) string{
			func(s string) string {
				for e, err := range Read(strings.NewReader(s), "f") {
					if err == nil {
						return e.Record.EventID
					}
				}
				return ""
			},
			func(s string) string {
				for e, err := range ReadRaw(strings.NewReader(s), "f") {
					if err == nil {
						return e.EventID
					}
				}
				return ""
			},
		} {
			if got := read(`{"eventID":"` + text + `","recipientAccountId":"1"}`); got != want {
				t.Errorf("%q is %q, want %q", text, got, want)
			}
		}
	}
}

// The splitter and encoding/json both reject nesting that is too deep.
func TestNestingLimit(t *testing.T) {
	t.Parallel()
	nested := func(depth int) []byte {
		return []byte(`{"detail":{"eventID":"1","a":` + strings.Repeat("[", depth) + strings.Repeat("]", depth) + `}}`)
	}
	if _, err := Parse(nested(9000)); err != nil {
		t.Error(err)
	}
	if _, err := Parse(nested(20_000)); err == nil {
		t.Error("20,000 brackets are parsed")
	}
	if _, ok := ReadHead(nested(998)); !ok {
		t.Error("a head with 1,000 levels is not read")
	}
	if _, ok := ReadHead(nested(999)); ok {
		t.Error("a head with 1,001 levels is read")
	}
}
