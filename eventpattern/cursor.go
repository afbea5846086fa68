package eventpattern

import (
	"fmt"
	"unicode/utf16"
	"unicode/utf8"
)

// maxDepth is how deep objects and arrays may be nested, in patterns and in events. It keeps hostile input from
// exhausting the stack; the JSON parser behind EventBridge has the same limit.
const maxDepth = 1000

// cursor reads JSON, strictly by RFC 8259, one token after the other. It exists beside encoding/json because matching
// needs three things that encoding/json does not give: keys that occur twice, numbers as they are spelled, and parts
// nobody asked for skipped at the speed of a byte loop.
type cursor struct {
	data []byte
	pos  int
}

// syntaxError says at which byte the JSON goes wrong, what stands there and what may stand there.
func (c *cursor) syntaxError(want string) error {
	if c.pos >= len(c.data) {
		return fmt.Errorf("not valid JSON: ends at byte %d, want %s", c.pos, want)
	}
	r, _ := utf8.DecodeRune(c.data[c.pos:])
	return fmt.Errorf("not valid JSON: found %q at byte %d, want %s", r, c.pos, want)
}

// peek skips white space and returns the byte that follows, or 0 at the end.
func (c *cursor) peek() byte {
	for c.pos < len(c.data) {
		switch b := c.data[c.pos]; b {
		case ' ', '\t', '\n', '\r':
			c.pos++
		default:
			return b
		}
	}
	return 0
}

// expect skips white space and takes the byte b.
func (c *cursor) expect(b byte, want string) error {
	if c.peek() != b {
		return c.syntaxError(want)
	}
	c.pos++
	return nil
}

// end says whether nothing but white space is left.
func (c *cursor) end() error {
	if c.peek(); c.pos < len(c.data) {
		return c.syntaxError("nothing after the object")
	}
	return nil
}

// nextMember reads up to the value of an object's next member and returns its key. It is called after the opening brace
// with first set, then after each value; ok is false when the closing brace was taken. The key points into the data or,
// if it had escapes, into scratch, and is valid until scratch is used again.
func (c *cursor) nextMember(first bool, scratch *[]byte) (key []byte, ok bool, err error) {
	if ok, err = c.nextKey(first); err != nil || !ok {
		return nil, false, err
	}
	quoted, err := c.quotedString(scratch)
	if err != nil {
		return nil, false, err
	}
	return quoted[1 : len(quoted)-1], true, c.expect(':', "a colon")
}

// nextKey is the part of nextMember that reads up to the key.
func (c *cursor) nextKey(first bool) (ok bool, err error) {
	b := c.peek()
	switch {
	case b == '}':
		c.pos++
		return false, nil
	case first:
	case b == ',':
		c.pos++
		b = c.peek()
	default:
		return false, c.syntaxError("a comma or the end of the object")
	}
	if b != '"' {
		return false, c.syntaxError("a key in double quotes")
	}
	return true, nil
}

// nextElement reads up to an array's next element. It is called after the opening bracket with first set, then after
// each element; ok is false when the closing bracket was taken.
func (c *cursor) nextElement(first bool) (ok bool, err error) {
	switch b := c.peek(); {
	case b == ']' && first:
		c.pos++
		return false, nil
	case first:
		return true, nil
	case b == ']':
		c.pos++
		return false, nil
	case b == ',':
		c.pos++
		if c.peek() == ']' {
			return false, c.syntaxError("a value")
		}
		return true, nil
	default:
		return false, c.syntaxError("a comma or the end of the array")
	}
}

// plain holds the bytes that stand for themselves in a string: all but the quote, the backslash and control characters.
var plain = func() (t [256]bool) {
	for i := 0x20; i < 256; i++ {
		t[i] = i != '"' && i != '\\'
	}
	return t
}()

// skipString skips a string and says whether it has escapes. The cursor stands on the opening quote.
func (c *cursor) skipString() (escaped bool, err error) {
	data := c.data
	i := c.pos + 1
	for {
		for i < len(data) && plain[data[i]] {
			i++
		}
		c.pos = i
		if i >= len(data) {
			return escaped, c.syntaxError("the end of the string")
		}
		switch data[i] {
		case '"':
			c.pos = i + 1
			return escaped, nil
		case '\\':
			escaped = true
			if c.pos++; c.pos >= len(data) {
				return escaped, c.syntaxError("the rest of an escape")
			}
			switch data[c.pos] {
			case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
				i = c.pos + 1
			case 'u':
				for k := 1; k <= 4; k++ {
					if c.pos+k >= len(data) || unhex(data[c.pos+k]) < 0 {
						c.pos = min(c.pos+k, len(data))
						return escaped, c.syntaxError("four hexadecimal digits")
					}
				}
				i = c.pos + 5
			default:
				return escaped, c.syntaxError("an escape of JSON")
			}
		default:
			return escaped, c.syntaxError("no control character in a string")
		}
	}
}

// quotedString reads a string and returns it decoded and in double quotes. Without escapes that is the data itself;
// with escapes it is appended to scratch.
func (c *cursor) quotedString(scratch *[]byte) ([]byte, error) {
	start := c.pos
	escaped, err := c.skipString()
	if err != nil {
		return nil, err
	}
	if !escaped {
		return c.data[start:c.pos], nil
	}
	from := len(*scratch)
	*scratch = append(*scratch, '"')
	*scratch = appendUnescaped(*scratch, c.data[start+1:c.pos-1])
	*scratch = append(*scratch, '"')
	return (*scratch)[from:len(*scratch):len(*scratch)], nil
}

// appendUnescaped decodes the inside of a string that skipString has found to be well formed.
func appendUnescaped(to, s []byte) []byte {
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' {
			to = append(to, s[i])
			continue
		}
		i++
		switch s[i] {
		case 'b':
			to = append(to, '\b')
		case 'f':
			to = append(to, '\f')
		case 'n':
			to = append(to, '\n')
		case 'r':
			to = append(to, '\r')
		case 't':
			to = append(to, '\t')
		case 'u':
			r := hex4(s[i+1:])
			i += 4
			if utf16.IsSurrogate(r) && i+6 < len(s) && s[i+1] == '\\' && s[i+2] == 'u' {
				if both := utf16.DecodeRune(r, hex4(s[i+3:])); both != utf8.RuneError {
					r = both
					i += 6
				}
			}
			to = utf8.AppendRune(to, r)
		default:
			to = append(to, s[i])
		}
	}
	return to
}

func hex4(s []byte) rune {
	var r rune
	for _, b := range s[:4] {
		r = r<<4 | rune(unhex(b))
	}
	return r
}

func unhex(b byte) int {
	switch {
	case '0' <= b && b <= '9':
		return int(b - '0')
	case 'a' <= b && b <= 'f':
		return int(b-'a') + 10
	case 'A' <= b && b <= 'F':
		return int(b-'A') + 10
	}
	return -1
}

// scalar reads a number, true, false or null and returns it as it is spelled.
func (c *cursor) scalar() ([]byte, error) {
	start := c.pos
	switch c.data[c.pos] {
	case 't':
		return c.literal("true")
	case 'f':
		return c.literal("false")
	case 'n':
		return c.literal("null")
	case '-':
		c.pos++
	}
	switch {
	case c.pos < len(c.data) && c.data[c.pos] == '0':
		c.pos++
	case c.digits() == 0:
		return nil, c.syntaxError("a value")
	}
	if c.pos < len(c.data) && c.data[c.pos] == '.' {
		c.pos++
		if c.digits() == 0 {
			return nil, c.syntaxError("a digit after the point")
		}
	}
	if c.pos < len(c.data) && c.data[c.pos]|0x20 == 'e' {
		c.pos++
		if c.pos < len(c.data) && (c.data[c.pos] == '+' || c.data[c.pos] == '-') {
			c.pos++
		}
		if c.digits() == 0 {
			return nil, c.syntaxError("a digit in the exponent")
		}
	}
	return c.data[start:c.pos], nil
}

func (c *cursor) digits() int {
	start := c.pos
	for c.pos < len(c.data) && '0' <= c.data[c.pos] && c.data[c.pos] <= '9' {
		c.pos++
	}
	return c.pos - start
}

func (c *cursor) literal(word string) ([]byte, error) {
	if end := c.pos + len(word); end <= len(c.data) && string(c.data[c.pos:end]) == word {
		c.pos = end
		return c.data[end-len(word) : end], nil
	}
	return nil, c.syntaxError("a value")
}

// skipValue skips the value that follows, checking that it is JSON.
func (c *cursor) skipValue(depth int) error {
	switch c.peek() {
	case 0:
		return c.syntaxError("a value")
	case '"':
		_, err := c.skipString()
		return err
	case '{':
		if depth >= maxDepth {
			return tooDeep(c.pos)
		}
		c.pos++
		for first := true; ; first = false {
			ok, err := c.nextKey(first)
			if err != nil || !ok {
				return err
			}
			if _, err := c.skipString(); err != nil {
				return err
			}
			if err := c.expect(':', "a colon"); err != nil {
				return err
			}
			if err := c.skipValue(depth + 1); err != nil {
				return err
			}
		}
	case '[':
		if depth >= maxDepth {
			return tooDeep(c.pos)
		}
		c.pos++
		for first := true; ; first = false {
			ok, err := c.nextElement(first)
			if err != nil || !ok {
				return err
			}
			if err := c.skipValue(depth + 1); err != nil {
				return err
			}
		}
	default:
		_, err := c.scalar()
		return err
	}
}

func tooDeep(pos int) error {
	return fmt.Errorf("nested too deep at byte %d, want at most %d levels", pos, maxDepth)
}
