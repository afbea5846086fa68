// Package jsontext reads JSON without decoding it. It is for code that handles every event and
// needs few of them: the matcher of patterns, the reader of the queue's envelope, and the splitter
// of log files. Code that needs a whole value uses encoding/json, which takes two to five times as
// long.
//
// The matcher also needs what encoding/json does not give: duplicate keys, numbers as they are
// spelled, and keys with their case.
package jsontext

import (
	"encoding/binary"
	"fmt"
	"math/bits"
	"unicode/utf16"
	"unicode/utf8"
)

// MaxDepth is the deepest nesting of objects and arrays. It keeps hostile input from exhausting the
// stack; the JSON parser of EventBridge has the same limit.
const MaxDepth = 1000

// Cursor reads Data token by token, strictly by RFC 8259. After an error, Pos is the offset of the
// byte that is wrong.
type Cursor struct {
	Data []byte
	Pos  int
}

// syntaxError says at which byte the JSON is wrong, what was found and what is allowed.
func (c *Cursor) syntaxError(want string) error {
	if c.Pos >= len(c.Data) {
		return fmt.Errorf("not valid JSON: ends at byte %d, want %s", c.Pos, want)
	}
	r, _ := utf8.DecodeRune(c.Data[c.Pos:])
	return fmt.Errorf("not valid JSON: found %q at byte %d, want %s", r, c.Pos, want)
}

// Peek skips white space and gives the next byte without taking it, 0 at the end.
func (c *Cursor) Peek() byte {
	for ; c.Pos < len(c.Data); c.Pos++ {
		if b := c.Data[c.Pos]; b > ' ' || !isSpace(b) {
			return b
		}
	}
	return 0
}

func isSpace(b byte) bool { return b == ' ' || b == '\t' || b == '\n' || b == '\r' }

// Expect skips white space and takes the byte b. Its error says that want is allowed here.
func (c *Cursor) Expect(b byte, want string) error {
	if c.Peek() != b {
		return c.syntaxError(want)
	}
	c.Pos++
	return nil
}

// End fails if anything but white space is left.
func (c *Cursor) End() error {
	if c.Peek(); c.Pos < len(c.Data) {
		return c.syntaxError("nothing after the object")
	}
	return nil
}

// Members reads the object that begins here, which is nested in depth others. For each member it
// calls value with the key; value must read the member's value, which the cursor is at. The key
// points into the data or, if it had escapes, into scratch.
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

// Elements is [Cursor.Members] for an array: element must read the element of an index.
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

// open takes the opening bracket of an object or an array.
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

// next moves to the next member or element, over a comma unless it is the first. It takes the
// closing bracket at the end, and ok is false.
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

// unescaped are the bytes that need no escape in a string: all but the quote, the backslash and
// control characters.
var unescaped = func() (t [256]bool) {
	for i := 0x20; i < 256; i++ {
		t[i] = i != '"' && i != '\\'
	}
	return t
}()

// ones is the lowest bit of each of eight bytes.
const ones = 0x0101010101010101

// skipUnescaped moves to the next byte of a string that is not in unescaped, and gives it; 0 at the
// end.
func (c *Cursor) skipUnescaped() byte {
	data, i := c.Data, c.Pos
	for ; i+8 <= len(data); i += 8 {
		// For eight bytes at once: found has the high bit of each that is less than a space, a
		// quote or a backslash.
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

// skipString skips the string whose opening quote is here.
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

// QuotedString reads the string whose opening quote is here, and gives it decoded and in double
// quotes. Without escapes that is a part of the data; with escapes it is appended to scratch.
// Invalid UTF-8 stays as it is.
func (c *Cursor) QuotedString(scratch *[]byte) ([]byte, error) {
	start := c.Pos
	c.Pos++
	if c.skipUnescaped() == '"' {
		c.Pos++
		return c.Data[start:c.Pos], nil
	}
	from, to := len(*scratch), append(*scratch, c.Data[start:c.Pos]...)
	for {
		// An event in a batch has an escape every few bytes, so copying byte by byte is faster than
		// copying what is between escapes.
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

// escapes are the characters that the letter after a backslash stands for.
var escapes = [256]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

// escape decodes the escape whose backslash is here. It gives half of a surrogate pair as such,
// which [utf8.AppendRune] turns into U+FFFD.
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
	if behind := c.Pos; err == nil && utf16.IsSurrogate(r) && behind+1 < len(c.Data) && c.Data[behind] == '\\' &&
		c.Data[behind+1] == 'u' {
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

// codeUnit reads the four digits after the u of an escape.
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

// Scalar reads a number, true, false or null and gives its text.
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

// Value reads the next value, which is nested in depth objects and arrays, and gives its text.
func (c *Cursor) Value(depth int) ([]byte, error) {
	c.Peek()
	start := c.Pos
	err := c.SkipValue(depth)
	return c.Data[start:c.Pos], err
}

// SkipValue skips the next value, which is nested in depth objects and arrays, and checks that it
// is JSON.
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
