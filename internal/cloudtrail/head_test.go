package cloudtrail

import (
	"encoding/json"
	"strings"
	"testing"
)

// checkHead compares ReadHead with Parse, and reports whether it read the head.
func checkHead(t *testing.T, event string) bool {
	t.Helper()
	if !json.Valid([]byte(event)) {
		return false
	}
	e, err := Parse([]byte(event))
	if strings.HasPrefix(strings.TrimSpace(event), "{") {
		if h, ok := ReadHead([]byte(event)); ok && (err != nil || h != e.Head()) {
			t.Errorf("%s\nread  %+v\nparse %+v, %v", event, h, e, err)
		} else {
			return ok
		}
	}
	return false
}

func TestReadHead(t *testing.T) {
	t.Parallel()
	usual := `{"id":"1","detail-type":"x","source":"aws.iam","account":"111111111111","region":"eu-west-1","detail":` + created + `}`
	for _, event := range []string{
		usual, " \n" + strings.ReplaceAll(usual, `":`, `" : `), `{"detail":{"eventID":"1"}}`, `{"detail":{"eventID":null,"eventName":"x"},"source":null}`,
		`{"detail":1,"detail":{"eventID":"1","eventID":"2"},"source":"a","source":"aws.iam"}`, `{"detail":{"eventID":"1","detail":{"eventID":"2"}}}`,
		`{"detail":{"event\u0049D":"1","eventName":"x"}}`, `{"det\u0061il":{"eventID":"1"}}`,
	} {
		if !checkHead(t, event) {
			t.Errorf("%s was not read", event)
		}
	}
	for _, event := range []string{
		`{}`, `{"detail":null}`, `{"detail":[{"eventID":"1"}]}`, `{"detail":{}}`, `{"detail":{"eventID":"1"},"account":111111111111}`, `{"id":7,"detail":{"eventID":"1"}}`,
		`{"detail":{"eventID":["1"]}}`, `{"detail":{"eventID":"Gr\u00fc\u00dfe"}}`,
		`{"detail":{"eventID":"1"},"source":"aws.\u0069am"}`, `{"detail":{"eventID":"1","recipientAccountId":1e11}}`,
	} {
		if checkHead(t, event) {
			t.Errorf("%s was read, although Parse must", event)
		}
	}
}

func FuzzReadHead(f *testing.F) {
	for _, seed := range seeds {
		f.Add(seed)
		f.Add(`{"detail":` + seed + `,"source":"aws.iam"}`)
	}
	f.Fuzz(func(t *testing.T, s string) { checkHead(t, s) })
}

func BenchmarkReadHead(b *testing.B) {
	e, err := FromRecord([]byte(created))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	b.SetBytes(int64(len(e.JSON)))
	for b.Loop() {
		if _, ok := ReadHead(e.JSON); !ok {
			b.Fatal("not read")
		}
	}
}
