package cloudtrail

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/trailbus/trailbus/internal/jsontext"
)

const (
	one   = `{"eventID":"1","eventName":"CreateUser","eventSource":"iam.amazonaws.com"}`
	two   = `{"eventID":"2","eventName":"DeleteUser","eventSource":"iam.amazonaws.com"}`
	three = `{"eventID":"3","eventName":"StopLogging","eventSource":"cloudtrail.amazonaws.com"}`
)

// readAll gives what Read yields, events as the eventID of their record and errors as their text.
func readAll(r io.Reader) []string {
	var got []string
	for e, err := range Read(r, "f.json") {
		switch {
		case err != nil && e != nil:
			got = append(got, "both an event and an error")
		case err != nil:
			got = append(got, err.Error())
		default:
			got = append(got, e.Record.EventID)
		}
	}
	return got
}

func TestRead(t *testing.T) {
	pretty := strings.NewReplacer(`{`, "{\n  ", `,`, ",\n  ", `}`, "\n}").Replace
	tests := map[string]struct {
		file string
		want []string
	}{
		"nothing":             {"", nil},
		"white space":         {" \n\t\r\n ", nil},
		"one record":          {one, []string{"1"}},
		"byte order mark":     {"\ufeff" + one, []string{"1"}},
		"log file":            {`{"Records":[` + one + `,` + two + `]}`, []string{"1", "2"}},
		"empty log file":      {`{"Records":[]}`, nil},
		"log file, more keys": {`{"a":{"Records":[1]},"Records":[` + one + `],"b":[{"c":"}"}]}` + "\n" + two, []string{"1", "2"}},
		"Records not a list": {`{"Records":{"eventName":"x"}}` + "\n" + one, []string{
			"f.json:1: CloudTrail record: none of eventName, eventSource, eventType, eventID, userIdentity, insightDetails is there", "1"}},
		"Records as a value":     {`{"eventName":"Records","eventID":"Records","requestParameters":["Records"]}`, []string{"Records"}},
		"Records further down":   {`{"eventID":"9","requestParameters":{"Records":[{"eventID":"no"}]}}`, []string{"9"}},
		"pretty log file":        {"{\n \"Records\": [\n" + pretty(one) + ",\n" + pretty(two) + "\n]\n}\n" + pretty(three), []string{"1", "2", "3"}},
		"EventBridge event":      {`{"detail-type":"x","source":"aws.iam","detail":` + one + `}`, []string{"1"}},
		"no detail":              {`{"detail-type":"x","detail":7}` + "\n" + two, []string{"f.json:1: EventBridge event: detail is a number, want an object", "2"}},
		"lookup-events":          {`{"Events":[{"EventId":"x","CloudTrailEvent":"` + strings.ReplaceAll(one, `"`, `\"`) + `"}]}`, []string{"1"}},
		"list":                   {"[" + one + ",\n" + two + "]", []string{"1", "2"}},
		"JSON Lines":             {one + "\n" + two + "\r\n\n" + three, []string{"1", "2", "3"}},
		"JSON Lines of log":      {`{"Records":[` + one + `]}` + "\n" + `{"Records":[` + two + `]}`, []string{"1", "2"}},
		"concatenated":           {pretty(one) + pretty(two) + three, []string{"1", "2", "3"}},
		"quotes and brackets":    {`{"eventID":"1","eventName":"a\"}{\\"}` + two, []string{"1", "2"}},
		"garbage between":        {one + "\nhello\n" + two, []string{"1", "f.json:2: not JSON: 'h' where a record should begin", "2"}},
		"each line of garbage":   {"a\nb\n" + one, []string{"f.json:1: not JSON: 'a' where a record should begin", "f.json:2: not JSON: 'b' where a record should begin", "1"}},
		"garbage behind":         {one + " x\n" + two, []string{"1", "f.json:1: not JSON: 'x' where a record should begin", "2"}},
		"bad JSON, closed":       {one + "\n" + `{"eventID":nope}` + "\n" + two, []string{"1", "f.json:2: not JSON: invalid character 'o' in literal null (expecting 'u')", "2"}},
		"bad JSON, line within":  {"{\n\"eventID\":\n\"x\" 7\n}\n" + two, []string{"f.json:3: not JSON: invalid character '7' after object key:value pair", "2"}},
		"cut off in a string":    {`{"eventID":"1` + "\n" + two, []string{"f.json:1: not JSON: a string that does not end on its line", "2"}},
		"cut off after a value":  {`{"eventID":"1"` + "\n" + two, []string{"f.json:1: not JSON: unexpected '{', on line 2", "2"}},
		"cut off after a comma":  {`{"eventID":"1",` + "\n" + two, []string{"f.json:1: not JSON: unexpected '{', on line 2", "2"}},
		"cut off in a list":      {`{"eventID":"1","a":[` + "\n" + two + "\n" + three, []string{"f.json:1: not JSON: unexpected '{', on line 3", "2", "3"}},
		"cut off at the end":     {one + "\n" + `{"eventID":"2",`, []string{"1", "f.json:2: not JSON: it ends too early"}},
		"log file cut off":       {`{"Records":[` + one + ",", []string{"1", "f.json:1: not JSON: it ends too early"}},
		"wrong bracket":          {`{"eventID":"1"]` + "\n" + two, []string{"f.json:1: not JSON: unexpected ']'", "2"}},
		"rest of a pretty one":   {"{\n  \"eventID\": \"1\n  \"b\": {\n  }\n}\n" + two, []string{"f.json:1: not JSON: a string that does not end on its line, on line 2", "2"}},
		"one bad among Records":  {`{"Records":[` + one + `,{"eventID":x},` + two + `]}`, []string{"1", "f.json:1: not JSON: invalid character 'x' looking for beginning of value", "2"}},
		"no record among lines":  {`{"a":1}` + "\n" + two, []string{"f.json:1: CloudTrail record: none of eventName, eventSource, eventType, eventID, userIdentity, insightDetails is there", "2"}},
		"a number":               {"7\n" + two, []string{"f.json:1: not JSON: '7' where a record should begin", "2"}},
		"a number among Records": {`{"Records":[7]}` + "\n" + two, []string{"f.json:1: found a number, allowed: a CloudTrail record", "2"}},
		"null among Records":     {`{"Records":[` + one + `,null,` + two + "," + three + "]}", []string{"1", "f.json:1: found null, allowed: a CloudTrail record", "2", "3"}},
		"scalars in a list": {"[" + one + ",5,\n\"a,]\",true, 1e5 ,[1,[\"]\",{}]],\n" + two + "]" + three, []string{"1",
			"f.json:1: found a number, allowed: a CloudTrail record", "f.json:2: found a text, allowed: a CloudTrail record",
			"f.json:2: found a boolean, allowed: a CloudTrail record", "f.json:2: found a number, allowed: a CloudTrail record",
			"f.json:2: found a list, allowed: a CloudTrail record", "2", "3"}},
		"garbage in a list":      {"[" + one + ",hello," + two + "]\n" + three, []string{"1", "f.json:1: not JSON: 'h' where a record should begin", "3"}},
		"number cut off":         {"[" + one + ",5", []string{"1", "f.json:1: found a number, allowed: a CloudTrail record", "f.json:1: not JSON: it ends too early"}},
		"list cut off":           {"[" + one + ",[5", []string{"1", "f.json:1: not JSON: it ends too early"}},
		"log file within a list": {`[{"Records":[` + one + `]}]` + "\n" + two, []string{"f.json:1: a log file within a list", "2"}},
		"too deep":               {`{"eventID":` + strings.Repeat("[", jsontext.MaxDepth) + "\n" + two, []string{"f.json:1: nested more than 1000 deep", "2"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := readAll(strings.NewReader(test.file)); !slices.Equal(got, test.want) {
				t.Errorf("got  %q\nwant %q", got, test.want)
			}
			// The result does not depend on the size of reads or on compression.
			if got := readAll(iotest.OneByteReader(strings.NewReader(test.file))); !slices.Equal(got, test.want) {
				t.Errorf("byte by byte: got  %q\nwant %q", got, test.want)
			}
			if got := readAll(bytes.NewReader(pack(t, test.file))); !slices.Equal(got, test.want) {
				t.Errorf("gzip: got  %q\nwant %q", got, test.want)
			}
		})
	}
}

func pack(t *testing.T, s string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(s)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestReadStops(t *testing.T) {
	for _, file := range []string{one + two + three, "x\ny\nz", `{"a":1}{"b":2}`, `{"Records":[` + one + "," + two + "]}"} {
		n := 0
		for range Read(strings.NewReader(file), "f") {
			n++
			break
		}
		if n != 1 {
			t.Errorf("%q: went on after %d", file, n)
		}
	}
}

func TestReadErrors(t *testing.T) {
	packed := pack(t, one+"\n"+two)
	got := readAll(bytes.NewReader(packed[:len(packed)-12]))
	if len(got) == 0 || !strings.HasSuffix(got[len(got)-1], ": the gzip data ends too early") {
		t.Errorf("gzip cut off: got %q, want that it ends too early at the end", got)
	}
	if got, want := readAll(bytes.NewReader(packed[:5])), []string{"f.json:1: the gzip data ends too early"}; !slices.Equal(got, want) {
		t.Errorf("gzip's header cut off: got %q, want %q", got, want)
	}
	directory, err := os.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer directory.Close()
	if got, want := readAll(directory), []string{"f.json: cannot be read: is a directory"}; !slices.Equal(got, want) {
		t.Errorf("a directory: got %q, want %q", got, want)
	}
	broken := io.MultiReader(strings.NewReader(one+"\n{"), iotest.ErrReader(errors.New("disk on fire")))
	if got, want := readAll(broken), []string{"1", "f.json:2: disk on fire"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := readAll(iotest.ErrReader(errors.New("disk on fire"))), []string{"f.json:1: disk on fire"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// A log file is read record by record: memory stays small although the file is large.
func TestReadStreams(t *testing.T) {
	const records = 20_000
	file, w := io.Pipe()
	go func() {
		fmt.Fprint(w, `{"Records":[`+one)
		for range records - 1 {
			fmt.Fprint(w, ","+one)
		}
		fmt.Fprint(w, `]}`)
		w.Close()
	}()
	r := &reader[*Event]{window: window{src: file, line: 1}, name: "f", decode: decodeEvent}
	n := 0
	r.yield = func(_ *Event, err error) bool {
		if err != nil {
			t.Fatal(err)
		}
		n++
		return true
	}
	r.run()
	if n != records {
		t.Errorf("read %d records, want %d", n, records)
	}
	if got, limit := cap(r.buf), 8*readSize; got > limit {
		t.Errorf("held %d bytes, want at most %d of %d", got, limit, records*len(one))
	}
}

func TestReadTooLong(t *testing.T) {
	long := `{"eventID":"` + strings.Repeat("x", maxValue) + `"}` + "\n" + one
	if got, want := readAll(strings.NewReader(long)), []string{"f.json:1: a value of more than 16 MiB", "1"}; !slices.Equal(got, want) {
		t.Errorf("got %.200q, want %q", got, want)
	}
}
