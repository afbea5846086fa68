package jsontext

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

// valid reports whether a text is one JSON value, according to the cursor.
func valid(text []byte) error {
	c := Cursor{Data: text}
	if err := c.SkipValue(0); err != nil {
		return err
	}
	return c.End()
}

// decode reads a text of strings, numbers, literals, objects and arrays token by token.
func decode(c *Cursor, depth int) (any, error) {
	var scratch []byte
	switch c.Peek() {
	case '"':
		quoted, err := c.QuotedString(&scratch)
		if err != nil {
			return nil, err
		}
		return validUTF8(quoted[1 : len(quoted)-1]), nil
	case '{':
		members := map[string]any{}
		err := c.Members(depth, &scratch, func(key []byte) (err error) {
			name := validUTF8(key)
			members[name], err = decode(c, depth+1)
			return err
		})
		return members, err
	case '[':
		elements := []any{}
		err := c.Elements(depth, func(int) error {
			element, err := decode(c, depth+1)
			elements = append(elements, element)
			return err
		})
		return elements, err
	}
	spelled, err := c.Scalar()
	switch string(spelled) {
	case "true", "false":
		return spelled[0] == 't', err
	case "null":
		return nil, err
	}
	return json.Number(spelled), err
}

// validUTF8 replaces invalid bytes, as encoding/json does.
func validUTF8(text []byte) string { return string([]rune(string(text))) }

// compare compares the cursor with encoding/json: both accept the same texts and decode them to the
// same values.
func compare(t *testing.T, text []byte) (ok bool) {
	t.Helper()
	err := valid(text)
	if deep := bytes.Count(text, []byte("["))+bytes.Count(text, []byte("{")) > MaxDepth; !deep && (err == nil) != json.Valid(text) {
		t.Errorf("%.300q: %v", text, err)
	}
	c := Cursor{Data: text}
	got, decodeErr := decode(&c, 0)
	if decodeErr == nil {
		decodeErr = c.End()
	}
	if err != nil {
		if decodeErr == nil || err.Error() != decodeErr.Error() {
			t.Errorf("%.300q\nskipped %v\ndecoded %v", text, err, decodeErr)
		}
		return false
	}
	loose := Cursor{Data: text}
	if inside, err := loose.SkipLoosely(func([]byte) bool { return false }); inside || err == nil && loose.End() != nil || err != nil && strings.ContainsAny(string(text), "{[\"") {
		t.Errorf("%.300q: loosely skipped to %d, %v", text, loose.Pos, err)
	}
	var want any
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(&want); err != nil || decodeErr != nil {
		t.Fatalf("%.300q: %v, %v", text, err, decodeErr)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%.300q\ngot  %v\nwant %v", text, got, want)
	}
	return true
}

var good = []string{
	" {\t}\r\n", `{"a":[],"b":[ ],"c":{},"d":[1,-0,0.5,1e5,-1.5E+10,12345678901234567890123],"e":[true,false,null],"a":2,"A":3}`, `7`, `"x"`, `null`,
	`{"a":"\"\\\/\b\f\n\r\t\u0041\ud83c\udf89","\u00fC":"日本","` + "\x7f" + `":"` + "\u2028" + `"}`, "{\"a\":\"\xff\"}", `{"":""}`, `["\u0000"]`,
	`["\ud800"]`, `["\ud800x"]`, `["\ud800\u0041"]`, `["\udc00\ud800"]`, `["\ud800\ud83c\udf89"]`, `["\ud83c\n"]`, `["\uDBFF\uDFFF"]`,
	strings.Repeat("[", MaxDepth) + strings.Repeat("]", MaxDepth),
}

var bad = []string{
	"", " ", "{", `{"a"`, `{"a":`, `{"a":1`, `{"a":1,`, `{"a":1,}`, `{a:1}`, `{"a" 1}`, `{"a":01}`, `{"a":1.}`, `{"a":+1}`, `{"a":-}`, `{"a":.5}`, `{"a":1e}`, `{"a":tru}`,
	`{"a":nulL}`, `{"a":"` + "\n" + `"}`, "[\"\x00\"]", `{"a":"\x"}`, `{"a":"\u12"}`, `{"a":"\u+123"}`, `{"a":"\ud800\u12"}`, `{"a":"\ud800\`, `{"a":"\`, `{"a":[1}`,
	`{"a":[1,]}`, `{"a":[,1]}`, `{"a":'b'}`, `{} x`, `{}{}`, "{}\x00", "\x00", `{"\x":1}`, `{"a":1 "b":2}`, `[1 2]`, strings.Repeat("[", MaxDepth+1) + strings.Repeat("]", MaxDepth+1),
}

func TestCursor(t *testing.T) {
	t.Parallel()
	for _, text := range good {
		if !compare(t, []byte(text)) {
			t.Errorf("%.300q is refused", text)
		}
	}
	for _, text := range bad {
		if compare(t, []byte(text)) {
			t.Errorf("%.300q is taken", text)
		}
	}
}

func FuzzCursor(f *testing.F) {
	for _, text := range append(good, bad...) {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) { compare(t, text) })
}
