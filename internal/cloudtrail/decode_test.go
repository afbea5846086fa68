package cloudtrail

import (
	"os"
	"reflect"
	"strings"
	"testing"
)

// compareDecoders holds decodeObject against encoding/json: the same object, or the same error.
func compareDecoders(t *testing.T, s string) (plain bool) {
	t.Helper()
	got, err := decodeObject(s, false)
	want, wantErr := decodeSlowly([]byte(s))
	if !reflect.DeepEqual(got, want) || (err == nil) != (wantErr == nil) || err != nil && err.Error() != wantErr.Error() {
		t.Errorf("%.300q\ngot  %v, %v\nwant %v, %v", s, got, err, want, wantErr)
	}
	if shared, err := decodeObject(s, true); !reflect.DeepEqual(shared, got) || (err == nil) != (wantErr == nil) {
		t.Errorf("%.300q\nshared %v, %v\ncopied %v", s, shared, err, got)
	}
	d := decoder{s: s}
	_, plain = d.value(0)
	return plain
}

func TestDecodeObject(t *testing.T) {
	t.Parallel()
	records, err := os.ReadFile("../demo/records.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(records)) {
		if !compareDecoders(t, line) {
			t.Errorf("%s is left to encoding/json", line)
		}
	}
	for _, s := range []string{
		" {\t}\r\n", `{"a":[],"b":[ ],"c":{},"d":[1,-0,0.5,1e5,-1.5E+10,12345678901234567890123],"e":[true,false,null],"a":2}`,
		`{"a":"\"\\\/\b\f\n\r\t\u0041\ud83c\udf89\ud800","ü":"日本","` + "\x7f" + `":"` + "\u2028" + `"}`, "{\"a\":\"\xff\"}", `{"":""}`,
	} {
		if !compareDecoders(t, s) {
			t.Errorf("%s is left to encoding/json", s)
		}
	}
	for _, s := range []string{
		"", "{", `{"a"`, `{"a":`, `{"a":1`, `{"a":1,`, `{"a":1,}`, `{a:1}`, `{"a" 1}`, `{"a":01}`, `{"a":1.}`, `{"a":+1}`, `{"a":-}`, `{"a":.5}`, `{"a":1e}`, `{"a":tru}`,
		`{"a":nulL}`, `{"a":"` + "\n" + `"}`, `{"a":"\x"}`, `{"a":"\u12"}`, `{"a":"\`, `{"a":[1}`, `{"a":[1,]}`, `{"a":[,1]}`, `{"a":'b'}`,
		`{"a":` + strings.Repeat("[", maxDepth+1) + strings.Repeat("]", maxDepth+1) + `}`,
	} {
		if compareDecoders(t, s) {
			t.Errorf("%.300s is decoded", s)
		}
	}
	for _, s := range []string{`{} x`, `{}{}`, `[]`, `"x"`, `7`, `null`, "{}\x00"} {
		compareDecoders(t, s)
	}
}

func FuzzDecodeObject(f *testing.F) {
	for _, seed := range seeds {
		f.Add(seed)
	}
	f.Add(`{"a":"\ud83c\udf89\u0000","b":[1.5e-7,{}],"b":null}`)
	f.Fuzz(func(t *testing.T, s string) { compareDecoders(t, s) })
}
