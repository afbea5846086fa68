package cloudtrail

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// decodeObject decodes one JSON object with nothing behind it. Numbers keep their digits. Its texts are parts of s where share says so,
// and copies else: one short text would keep all of s.
func decodeObject(s string, share bool) (map[string]any, error) {
	d := decoder{s: s, share: share}
	if v, ok := d.value(0); ok && d.space() == 0 && d.i == len(s) {
		if fields, ok := v.(map[string]any); ok {
			return fields, nil
		}
	}
	return decodeSlowly([]byte(s))
}

// decodeSlowly is decodeObject by encoding/json, which knows what is wrong.
func decodeSlowly(b []byte) (map[string]any, error) {
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return nil, errEnd
		}
		return nil, fmt.Errorf("not JSON: %w", err)
	}
	if rest := bytes.TrimSpace(b[dec.InputOffset():]); len(rest) > 0 {
		return nil, fmt.Errorf("not JSON: %q after the object", rest[0])
	}
	fields, ok := v.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("%s, want an object", kind(v))
	}
	return fields, nil
}

var errEnd = errors.New("not JSON: it ends too early")

// decoder decodes JSON as encoding/json does, in a third of the time. Its methods say whether all is well.
type decoder struct {
	s     string
	i     int
	share bool
}

// space goes to the next byte that is no white space and gives it, 0 at the end.
func (d *decoder) space() byte {
	for ; d.i < len(d.s); d.i++ {
		if !isSpace(d.s[d.i]) {
			return d.s[d.i]
		}
	}
	return 0
}

func (d *decoder) take(c byte) bool {
	if d.space() != c {
		return false
	}
	d.i++
	return true
}

func (d *decoder) value(depth int) (any, bool) {
	if depth > maxDepth { // what is deeper is left to encoding/json
		return nil, false
	}
	switch d.space() {
	case '{':
		return d.object(depth)
	case '[':
		return d.array(depth)
	case '"':
		return d.text()
	case 't':
		return true, d.word("true")
	case 'f':
		return false, d.word("false")
	case 'n':
		return nil, d.word("null")
	}
	return d.number()
}

func (d *decoder) object(depth int) (any, bool) {
	d.i++
	fields := map[string]any{}
	if d.take('}') {
		return fields, true
	}
	for {
		if d.space() != '"' {
			return nil, false
		}
		key, ok := d.text()
		if !ok || !d.take(':') {
			return nil, false
		}
		if fields[key], ok = d.value(depth + 1); !ok {
			return nil, false
		}
		if !d.take(',') {
			return fields, d.take('}')
		}
	}
}

func (d *decoder) array(depth int) (any, bool) {
	d.i++
	items := []any{}
	if d.take(']') {
		return items, true
	}
	for {
		item, ok := d.value(depth + 1)
		if !ok {
			return nil, false
		}
		items = append(items, item)
		if !d.take(',') {
			return items, d.take(']')
		}
	}
}

// text reads the string that begins here. What is not printable ASCII, or an escape, is left to encoding/json.
func (d *decoder) text() (s string, ok bool) {
	begin := d.i
	plain := true
	for d.i++; d.i < len(d.s); d.i++ {
		switch c := d.s[d.i]; {
		case c == '"':
			d.i++
			if plain {
				return d.part(begin+1, d.i-1), true
			}
			return s, json.Unmarshal([]byte(d.s[begin:d.i]), &s) == nil
		case c == '\\':
			plain = false
			d.i++
		case c < ' ' || c > '~':
			plain = false
		}
	}
	return "", false
}

// part gives a part of the text.
func (d *decoder) part(begin, end int) string {
	if d.share {
		return d.s[begin:end]
	}
	return strings.Clone(d.s[begin:end])
}

func (d *decoder) word(word string) bool {
	if !strings.HasPrefix(d.s[d.i:], word) {
		return false
	}
	d.i += len(word)
	return true
}

// number takes what may be one, and asks encoding/json whether it is.
func (d *decoder) number() (any, bool) {
	begin := d.i
	for d.i < len(d.s) && (d.s[d.i] >= '0' && d.s[d.i] <= '9' || strings.IndexByte("+-.eE", d.s[d.i]) >= 0) {
		d.i++
	}
	if begin == d.i || !json.Valid([]byte(d.s[begin:d.i])) {
		return nil, false
	}
	return json.Number(d.part(begin, d.i)), true
}
