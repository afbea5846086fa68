package jsontext

import (
	"errors"
	"fmt"
	"io"
)

// SkipLoosely skips the value that begins here. It looks only at brackets and strings, so it also
// finds the end of most values that are not valid JSON. If stops is true of the key of a member
// that is a list, the cursor stops inside of that list, and inside is true. The error is
// [io.ErrUnexpectedEOF] if the data end before the value does; a value without brackets or quotes
// needs a byte after it.
func (c *Cursor) SkipLoosely(stops func(key []byte) bool) (inside bool, err error) {
	switch b := c.Peek(); b {
	case '"':
		return false, c.skipStringLoosely()
	case '{', '[':
		c.Pos++
		return c.closeLoosely(b, 1, stops)
	}
	for ; c.Pos < len(c.Data); c.Pos++ {
		if b := c.Data[c.Pos]; b == ',' || b == ']' || isSpace(b) {
			return false, nil
		}
	}
	return false, io.ErrUnexpectedEOF
}

// CloseLoosely is [Cursor.SkipLoosely] for the rest of an object.
func (c *Cursor) CloseLoosely() error {
	_, err := c.closeLoosely('{', 1, nil)
	return err
}

// structural are the bytes that closeLoosely looks at.
var structural = [256]bool{'"': true, '{': true, '}': true, '[': true, ']': true}

// closeLoosely skips to the end of the object or array whose opening bracket was the depth-th.
func (c *Cursor) closeLoosely(open byte, depth int, stops func(key []byte) bool) (inside bool, err error) {
	begin := c.Pos
	stop := false // whether stops is true of the last key
	for {
		for c.Pos < len(c.Data) && !structural[c.Data[c.Pos]] {
			c.Pos++
		}
		if c.Pos == len(c.Data) {
			return false, io.ErrUnexpectedEOF
		}
		switch b := c.Data[c.Pos]; b {
		case '"':
			isKey := stops != nil && open == '{' && c.previous(begin) != ':'
			start := c.Pos
			if err := c.skipStringLoosely(); err != nil {
				return false, err
			}
			stop = isKey && stops(c.Data[start+1:c.Pos-1])
		case '{', '[':
			before := c.previous(begin)
			switch {
			case before != ':' && (open == '{' || before != ',' && before != 0):
				return false, fmt.Errorf("not JSON: unexpected %q", b)
			case depth == MaxDepth:
				return false, fmt.Errorf("nested more than %d deep", MaxDepth)
			}
			c.Pos++
			if stop && b == '[' && before == ':' {
				return true, nil
			}
			if _, err := c.closeLoosely(b, depth+1, nil); err != nil {
				return false, err
			}
		default:
			if b != open+2 { // the code of a closing bracket is that of the opening one plus two
				return false, fmt.Errorf("not JSON: unexpected %q", b)
			}
			c.Pos++
			return false, nil
		}
	}
}

// previous gives the last byte between begin and the cursor that is not white space, 0 if there is
// none.
func (c *Cursor) previous(begin int) byte {
	for i := c.Pos - 1; i >= begin; i-- {
		if b := c.Data[i]; !isSpace(b) {
			return b
		}
	}
	return 0
}

// skipStringLoosely skips the string whose opening quote is here. It accepts any escape, but not a
// string of several lines.
func (c *Cursor) skipStringLoosely() error {
	for c.Pos++; ; c.Pos++ {
		b := c.skipUnescaped()
		switch {
		case c.Pos == len(c.Data):
			return io.ErrUnexpectedEOF
		case b == '"':
			c.Pos++
			return nil
		case b == '\n':
			return errors.New("not JSON: a string that does not end on its line")
		case b == '\\' && c.Pos+1 < len(c.Data) && c.Data[c.Pos+1] != '\n':
			c.Pos++ // the escaped byte
		}
	}
}
