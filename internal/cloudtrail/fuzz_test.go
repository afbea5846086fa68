package cloudtrail

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

var seeds = []string{
	created,
	`{"detail-type":"x","source":"aws.iam","account":111111111111,"time":7,"detail":` + created + `}`,
	`{"eventType":"AwsCloudTrailInsight","insightDetails":{"state":"Start"}}`,
	`{"eventName":"X","userIdentity":{"sessionContext":{"sessionIssuer":{}}},"recipientAccountId":123123123123.0,"readOnly":"True","userAgent":["a"]}`,
	`{"eventName":null,"userIdentity":"x","resources":{},"eventTime":1e99}`,
	`{"detail":{}}`,
	`{"eventName":"X","eventTime":1773480413.5}`,
	`{"Records":[{"eventID":"1"},{"eventID":2}]}`,
	"{\"eventID\":\"1\nx\n{\"eventID\":\"2\"}",
	`[{"eventID":"\u2028"}`,
}

// No bytes make Parse or FromRecord panic; what they accept becomes an EventBridge event with the
// same record.
func FuzzParse(f *testing.F) {
	for _, seed := range seeds {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if e, err := Parse(b); err == nil && (e == nil || !bytes.Equal(e.JSON, b)) {
			t.Errorf("parsed %q as %+v", b, e)
		}
		e, err := FromRecord(b)
		if err != nil {
			return
		}
		if !json.Valid(e.JSON) || !bytes.Contains(e.JSON, bytes.TrimSpace(b)) {
			t.Errorf("wrapped %q as %q", b, e.JSON)
		}
		again, err := Parse(e.JSON)
		if err != nil {
			t.Fatalf("%v in %q", err, e.JSON)
		}
		if again.Source != e.Source || again.DetailType != e.DetailType || again.Record.EventName != e.Record.EventName ||
			again.Record.Identity != e.Record.Identity || !again.Time.Equal(e.Time) {
			t.Errorf("got %+v, want %+v", again, e)
		}
		if r := &e.Record; r.Denied() && !r.Failed() {
			t.Error("denied and yet no failure")
		}
	})
}

// Read comes to an end, names a line in every error, and finds a valid record after any other
// bytes, unless those have an open bracket or quote.
func FuzzRead(f *testing.F) {
	for _, seed := range seeds {
		f.Add(seed)
		f.Add(seed + "\n" + seed)
	}
	f.Add("{\n\"eventID\":[\n1\n]\n}")
	f.Fuzz(func(t *testing.T, s string) {
		n := 0
		lines := strings.Count(s, "\n") + 1
		for e, err := range Read(strings.NewReader(s), "f") {
			if n++; n > len(s) {
				t.Fatal("more results than bytes")
			}
			switch {
			case err != nil && e != nil, err == nil && e == nil:
				t.Errorf("got %v and %v", e, err)
			case err == nil && !json.Valid(e.JSON):
				t.Errorf("event of %q", e.JSON)
			case err != nil && !hasLine(err.Error(), lines):
				t.Errorf("%v names no line of %d", err, lines)
			}
		}
		// A valid record on its own line is found if everything before it is closed.
		if json.Valid([]byte(s)) {
			found := false
			for e, err := range Read(strings.NewReader(s+"\n"+one), "f") {
				found = err == nil && e.Record.EventID == "1"
			}
			if !found {
				t.Errorf("lost the record behind %q", s)
			}
		}
	})
}

// hasLine reports whether an error begins with f:LINE: and a line that exists.
func hasLine(err string, lines int) bool {
	for line := range lines + 1 {
		if strings.HasPrefix(err, "f:"+itoa(line)+": ") {
			return line > 0
		}
	}
	return strings.Contains(err, "gzip")
}

func itoa(n int) string {
	b, _ := json.Marshal(n)
	return string(b)
}
