// Package jsontext is the one reader of JSON here that is no part of the standard library. It is for what handles every event and wants few
// of them: what matches patterns, what takes an event out of a batch, and what finds a record in a log file. Whoever wants all of a value
// decodes it by encoding/json, which takes two to five times as long.
//
// Beside the time, matching needs what encoding/json does not give: keys that occur twice, numbers as they are spelled, and each key as it
// is and not also in other letters.
package jsontext

import (
	"encoding/binary"
	"fmt"
	"math/bits"
	"unicode/utf16"
	"unicode/utf8"
)

// MaxDepth is how deep objects and arrays may be nested. It keeps hostile input from exhausting the stack; the JSON parser behind
// EventBridge has the same limit.
const MaxDepth = 1000

// Cursor goes over Data, strictly by RFC 8259, one token after the other. After an error, Pos is the byte where it goes wrong.
type Cursor struct {
	Data []byte
	Pos  int
}

// syntaxError says at which byte the JSON goes wrong, what stands there and what may stand there.
func (c *Cursor) syntaxError(want string) error {
	if c.Pos >= len(c.Data) {
		return fmt.Errorf("not valid JSON: ends at byte %d, want %s", c.Pos, want)
	}
	r, _ := utf8.DecodeRune(c.Data[c.Pos:])
	return fmt.Errorf("not valid JSON: found %q at byte %d, want %s", r, c.Pos, want)
}

// Peek skips white space and gives the byte that follows, 0 at the end.
func (c *Cursor) Peek() byte {
	for ; c.Pos < len(c.Data); c.Pos++ {
		if b := c.Data[c.Pos]; b > ' ' || !isSpace(b) {
			return b
		}
	}
	return 0
}

func isSpace(b byte) bool { return b == ' ' || b == '\t' || b == '\n' || b == '\r' }

// Expect skips white space and takes the byte b.
func (c *Cursor) Expect(b byte, want string) error {
	if c.Peek() != b {
		return c.syntaxError(want)
	}
	c.Pos++
	return nil
}

// End says whether nothing but white space is left.
func (c *Cursor) End() error {
	if c.Peek(); c.Pos < len(c.Data) {
		return c.syntaxError("nothing after the object")
	}
	return nil
}

// Members goes over the object that begins here, within depth others. Of each member, value is called with the key when the cursor stands
// before the value, and has to read that. The key points into the data or, if it had escapes, into scratch.
func (c *Cursor) Members(depth int, scratch *[]byte, value func(key []byte) error) error {
	if err := c.open('{', "an object", depth); err != nil {
		return err
	}
	for first := true; ; first = false {
		ok, err := c.next(first, '}', "a comma or the end of the object")
		if err != nil || !ok {
			return err
		}
		key, err := c.Key(scratch)
		if err != nil {
			return err
		}
		if err := value(key); err != nil {
			return err
		}
	}
}

// Key reads a key and its colon.
func (c *Cursor) Key(scratch *[]byte) ([]byte, error) {
	if c.Peek() != '"' {
		return nil, c.syntaxError("a key in double quotes")
	}
	quoted, err := c.QuotedString(scratch)
	if err != nil {
		return nil, err
	}
	return quoted[1 : len(quoted)-1], c.Expect(':', "a colon")
}

// Elements is Members for an array: element has to read the element of an index.
func (c *Cursor) Elements(depth int, element func(index int) error) error {
	if err := c.open('[', "an array", depth); err != nil {
		return err
	}
	for index := 0; ; index++ {
		ok, err := c.next(index == 0, ']', "a comma or the end of the array")
		if err != nil || !ok {
			return err
		}
		if err := element(index); err != nil {
			return err
		}
	}
}

// open takes the bracket that begins an object or an array.
func (c *Cursor) open(bracket byte, want string, depth int) error {
	switch {
	case c.Peek() != bracket:
		return c.syntaxError(want)
	case depth >= MaxDepth:
		return fmt.Errorf("nested too deep at byte %d, want at most %d levels", c.Pos, MaxDepth)
	}
	c.Pos++
	return nil
}

// next reads up to the next member or element, over a comma unless it is the first; ok is false when the closing bracket was taken.
func (c *Cursor) next(first bool, closing byte, want string) (ok bool, err error) {
	switch b := c.Peek(); {
	case b == closing:
		c.Pos++
		return false, nil
	case first:
		return true, nil
	case b != ',':
		return false, c.syntaxError(want)
	}
	c.Pos++
	if closing == ']' && c.Peek() == ']' {
		return false, c.syntaxError("a value")
	}
	return true, nil
}

// unescaped holds the bytes that stand for themselves in a string: all but the quote, the backslash and control characters.
var unescaped = func() (t [256]bool) {
	for i := 0x20; i < 256; i++ {
		t[i] = i != '"' && i != '\\'
	}
	return t
}()

// ones has the lowest bit of each of eight bytes.
const ones = 0x0101010101010101

// skipUnescaped goes to the next byte of a string that does not stand for itself, and gives it; 0 at the end.
func (c *Cursor) skipUnescaped() byte {
	data, i := c.Data, c.Pos
	for ; i+8 <= len(data); i += 8 {
		// Of eight bytes at once: the high bits of those that are less than a space, a quote or a backslash.
		x := binary.LittleEndian.Uint64(data[i:])
		quote, backslash := x^('"'*ones), x^('\\'*ones)
		if found := ((x-' '*ones)&^x | (quote-ones)&^quote | (backslash-ones)&^backslash) & (0x80 * ones); found != 0 {
			c.Pos = i + bits.TrailingZeros64(found)/8
			return data[c.Pos]
		}
	}
	for i < len(data) && unescaped[data[i]] {
		i++
	}
	if c.Pos = i; i == len(data) {
		return 0
	}
	return data[i]
}

// skipString skips the string whose opening quote stands here.
func (c *Cursor) skipString() error {
	c.Pos++
	for {
		switch c.skipUnescaped() {
		case '"':
			c.Pos++
			return nil
		case '\\':
			if _, err := c.escape(); err != nil {
				return err
			}
		default:
			return c.stringError()
		}
	}
}

func (c *Cursor) stringError() error {
	if c.Pos == len(c.Data) {
		return c.syntaxError("the end of the string")
	}
	return c.syntaxError("no control character in a string")
}

// QuotedString reads the string whose opening quote stands here, and gives it decoded and in double quotes. Without escapes that is the
// data itself; with escapes it is appended to scratch. Bytes that are no UTF-8 stay as they are.
func (c *Cursor) QuotedString(scratch *[]byte) ([]byte, error) {
	start := c.Pos
	c.Pos++
	if c.skipUnescaped() == '"' {
		c.Pos++
		return c.Data[start:c.Pos], nil
	}
	from, to := len(*scratch), append(*scratch, c.Data[start:c.Pos]...)
	for {
		// An event within a batch has an escape every few bytes: looking for the next one and copying what is before takes longer.
		data, i := c.Data, c.Pos
		for ; i < len(data); i++ {
			if unescaped[data[i]] {
				to = append(to, data[i])
			} else if data[i] == '\\' && i+1 < len(data) && escapes[data[i+1]] != 0 {
				i++
				to = append(to, escapes[data[i]])
			} else {
				break
			}
		}
		c.Pos = i
		switch {
		case i < len(data) && data[i] == '"':
			c.Pos++
			*scratch = append(to, '"')
			return (*scratch)[from:len(*scratch):len(*scratch)], nil
		case i < len(data) && data[i] == '\\':
			r, err := c.escape()
			if err != nil {
				return nil, err
			}
			to = utf8.AppendRune(to, r)
		default:
			return nil, c.stringError()
		}
	}
}

// escapes holds what the letter behind a backslash stands for.
var escapes = [256]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

// escape reads the escape whose backslash stands here and gives what it stands for. Half of a surrogate pair it gives as such, which no
// encoding of text has: it becomes U+FFFD.
func (c *Cursor) escape() (rune, error) {
	if c.Pos++; c.Pos >= len(c.Data) {
		return 0, c.syntaxError("the rest of an escape")
	}
	letter := c.Data[c.Pos]
	if stands := escapes[letter]; stands != 0 {
		c.Pos++
		return rune(stands), nil
	}
	if letter != 'u' {
		return 0, c.syntaxError("an escape of JSON")
	}
	r, err := c.codeUnit()
	if behind := c.Pos; err == nil && utf16.IsSurrogate(r) && behind+1 < len(c.Data) && c.Data[behind] == '\\' && c.Data[behind+1] == 'u' {
		c.Pos++
		low, err := c.codeUnit()
		if err != nil {
			return 0, err
		}
		if both := utf16.DecodeRune(r, low); both != utf8.RuneError {
			return both, nil
		}
		c.Pos = behind
	}
	return r, err
}

// codeUnit reads the four digits behind the u of an escape.
func (c *Cursor) codeUnit() (unit rune, err error) {
	c.Pos++
	for end := c.Pos + 4; c.Pos < end; c.Pos++ {
		var b byte
		if c.Pos < len(c.Data) {
			b = c.Data[c.Pos]
		}
		switch {
		case '0' <= b && b <= '9':
			b -= '0'
		case 'a' <= b|0x20 && b|0x20 <= 'f':
			b = b | 0x20 - 'a' + 10
		default:
			return 0, c.syntaxError("four hexadecimal digits")
		}
		unit = unit<<4 | rune(b)
	}
	return unit, nil
}

// Scalar reads a number, true, false or null and gives it as it is spelled.
func (c *Cursor) Scalar() ([]byte, error) {
	begin := c.Peek()
	start := c.Pos
	switch begin {
	case 't':
		return c.literal("true")
	case 'f':
		return c.literal("false")
	case 'n':
		return c.literal("null")
	case '-':
		c.Pos++
	}
	switch {
	case c.Pos < len(c.Data) && c.Data[c.Pos] == '0':
		c.Pos++
	case c.digits() == 0:
		return nil, c.syntaxError("a value")
	}
	if c.Pos < len(c.Data) && c.Data[c.Pos] == '.' {
		c.Pos++
		if c.digits() == 0 {
			return nil, c.syntaxError("a digit after the point")
		}
	}
	if c.Pos < len(c.Data) && c.Data[c.Pos]|0x20 == 'e' {
		c.Pos++
		if c.Pos < len(c.Data) && (c.Data[c.Pos] == '+' || c.Data[c.Pos] == '-') {
			c.Pos++
		}
		if c.digits() == 0 {
			return nil, c.syntaxError("a digit in the exponent")
		}
	}
	return c.Data[start:c.Pos], nil
}

func (c *Cursor) digits() int {
	start := c.Pos
	for c.Pos < len(c.Data) && '0' <= c.Data[c.Pos] && c.Data[c.Pos] <= '9' {
		c.Pos++
	}
	return c.Pos - start
}

func (c *Cursor) literal(word string) ([]byte, error) {
	if end := c.Pos + len(word); end <= len(c.Data) && string(c.Data[c.Pos:end]) == word {
		c.Pos = end
		return c.Data[end-len(word) : end], nil
	}
	return nil, c.syntaxError("a value")
}

// Value reads the value that follows, within depth objects and arrays, and gives it as it stands.
func (c *Cursor) Value(depth int) ([]byte, error) {
	c.Peek()
	start := c.Pos
	err := c.SkipValue(depth)
	return c.Data[start:c.Pos], err
}

// SkipValue skips the value that follows, within depth objects and arrays, checking that it is JSON.
func (c *Cursor) SkipValue(depth int) error {
	switch c.Peek() {
	case '"':
		return c.skipString()
	case '{':
		var keys []byte
		return c.Members(depth, &keys, func([]byte) error { return c.SkipValue(depth + 1) })
	case '[':
		return c.Elements(depth, func(int) error { return c.SkipValue(depth + 1) })
	}
	_, err := c.Scalar()
	return err
}
