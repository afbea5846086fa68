package cloudtrail

import (
	"bytes"
	"encoding/json"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/trailbus/trailbus/internal/jsontext"
)

// rawOf gives the RawEvent that ReadRaw must give for an event.
func rawOf(t *testing.T, e *Event) RawEvent {
	t.Helper()
	var fields, detail map[string]json.RawMessage
	if err := json.Unmarshal(e.JSON, &fields); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(fields["detail"], &detail); err != nil {
		t.Fatal(err)
	}
	r := &e.Record
	return RawEvent{Source: e.Source, Account: e.Account, Time: e.Time, EventID: r.EventID, RecipientAccount: r.RecipientAccount,
		ReadOnlyManagement: r.ReadOnlyManagement(), UserIdentity: detail["userIdentity"], JSON: e.JSON}
}

// compareRaw compares ReadRaw with Read: the same events, the same errors, in the same order.
func compareRaw(t *testing.T, file string) (events int) {
	t.Helper()
	var want []any
	for e, err := range Read(strings.NewReader(file), "f") {
		if err != nil {
			want = append(want, err.Error())
		} else {
			want = append(want, rawOf(t, e))
			events++
		}
	}
	var got []any
	for e, err := range ReadRaw(iotest.HalfReader(strings.NewReader(file)), "f") {
		if err != nil {
			got = append(got, err.Error())
			continue
		}
		copied := *e
		copied.JSON, copied.UserIdentity = bytes.Clone(e.JSON), bytes.Clone(e.UserIdentity)
		got = append(got, copied)
		if event, err := e.Event(); err != nil || event.Record.EventID != e.EventID {
			t.Errorf("decoded %s to %+v, %v", e.JSON, event, err)
		}
	}
	if len(got) != len(want) {
		t.Fatalf("%q\ngot  %v\nwant %v", file, got, want)
	}
	for i := range got {
		if !reflect.DeepEqual(got[i], want[i]) {
			t.Errorf("%q\ngot  %+v\nwant %+v", file, got[i], want[i])
		}
	}
	return events
}

func TestReadRaw(t *testing.T) {
	with := func(member string) string {
		return `{"eventID":"1","eventSource":"iam.amazonaws.com","recipientAccountId":"111111111111",` + member + `}`
	}
	files := []string{
		created, one, one + two, `{"Records":[` + created + "," + one + `]}`, "[" + created + "]",
		`{"detail-type":"x","source":"aws.iam","account":"111111111111","detail":` + created + `}`,
		`{"Events":[{"CloudTrailEvent":"` + strings.ReplaceAll(one, `"`, `\"`) + `"}]}`,
		`{"a":1}`, `{}`, with(`"x":`), with(`"x":nope`), with(`"x":1,`), with(`"readOnly":true`), with(`"readOnly":"True"`), with(`"readOnly":null`),
		with(`"readOnly":true,"managementEvent":false`), with(`"readOnly":true,"managementEvent":true`), with(`"readOnly":true,"eventCategory":"Data"`),
		with(`"readOnly":true,"readOnly":false`), with(`"readOnly":"true","managementEvent":false`), with(`"eventTime":"2026-11-20T08:00:00Z"`),
		with(`"eventTime":1773480413.5`), with(`"readOnly":true,"managementEvent":"false"`), with(`"readOnly":true,"eventName":null`), with(`"readOnly":true,"eventName":["x"]`),
		with(`"readOnly":true,"eventName":"GetSessionToken","eventSource":"sts.amazonaws.com"`), with(`"eventTime":null`), with(`"eventTime":"yesterday"`), with(`"event\u0049D":"2"`), with(`"eventID":"2"`),
		with(`"eventID":null`), with(`"eventID":7`), with(`"eventID":"a\"b"`), with(`"eventID":"Grüße"`), with(`"eventID":"a` + "\u2028" + `b"`),
		with(`"userIdentity": { "type" : "Root","x":"}{\"\\" } `), with(`"userIdentity":null`), with(`"userIdentity":[1,[{}],"]"]`), with(`"userIdentity":1e5 `),
		with(`"userIdentity":{},"userIdentity":{"type":"Root"}`), with(`"recipientAccountId":123123123123.0`), with(`"recipientAccountId":""`),
		`{"eventID":"1","userIdentity":{"accountId":"222222222222"}}`, `{"eventType":"AwsCloudTrailInsight","recipientAccountId":"1","insightDetails":{}}`,
		with(`"eventType":"AwsConsoleSignIn","awsRegion":"eu-west-1"`), with(`"awsRegion":["eu-west-1"]`), with(`"detail":{}`), with(`"a.b":{"eventID":"3"}`),
		" \n{ \"eventID\" : \"1\" , \"userIdentity\" :\n{ } ,\"recipientAccountId\":\"1\" }\n",
		with(`"x":` + strings.Repeat("[", 900) + strings.Repeat("]", 900)), "{\"eventID\":\n\"x\" 7\n}\n" + one, "x\n" + created,
		`{"eventID":"1","recipientAccountId":"1","eventSource":"\ud800"}`, "{\"eventID\":\"\xff\",\"recipientAccountId\":\"1\"}",
	}
	events := 0
	for _, file := range files {
		events += compareRaw(t, file)
	}
	if events < len(files)*2/3 {
		t.Errorf("only %d events in %d files", events, len(files))
	}
	demo, err := os.ReadFile("../local/records.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	if n := compareRaw(t, string(demo)); n != strings.Count(string(demo), "\n") {
		t.Errorf("%d events of the demo", n)
	}
}

func FuzzReadRaw(f *testing.F) {
	for _, seed := range seeds {
		f.Add(seed)
		f.Add(seed + "\n" + seed)
	}
	f.Fuzz(func(t *testing.T, s string) { compareRaw(t, s) })
}

// A plain record, which nearly all are, is not decoded.
func TestReadRawDoesNotDecodePlainRecords(t *testing.T) {
	if f := (rawFields{}); f.read(&jsontext.Cursor{Data: []byte(created)}, 0) != nil || !slices.Equal(f.eventSource, []byte("iam.amazonaws.com")) {
		t.Errorf("%q is not read as a plain record", created)
	}
}
