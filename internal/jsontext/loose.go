package jsontext

import (
	"errors"
	"fmt"
	"io"
)

// SkipLoosely skips the value that begins here, of which it only looks at what it needs to find its end: brackets and strings. So it finds
// the end of most values that are damaged, too; whether they are good JSON shows when they are read. Of an object it stops inside of the
// first list, and inside is true, that is a member whose key stops is true of. The error is io.ErrUnexpectedEOF where the data end before
// the value; what is neither in brackets nor in quotes may end there.
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

// CloseLoosely is SkipLoosely for what is left of an object.
func (c *Cursor) CloseLoosely() error {
	_, err := c.closeLoosely('{', 1, nil)
	return err
}

// structural holds the bytes at which closeLoosely looks.
var structural = [256]bool{'"': true, '{': true, '}': true, '[': true, ']': true}

// closeLoosely goes behind the bracket that closes an open one. That is the depth-th.
func (c *Cursor) closeLoosely(open byte, depth int, stops func(key []byte) bool) (inside bool, err error) {
	begin := c.Pos
	stop := false // the last string was a key that stops is true of
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
			if b != open+2 { // in ASCII each bracket closes the one two places before
				return false, fmt.Errorf("not JSON: unexpected %q", b)
			}
			c.Pos++
			return false, nil
		}
	}
}

// previous gives the last byte from begin on and before the cursor that is no white space, 0 where there is none.
func (c *Cursor) previous(begin int) byte {
	for i := c.Pos - 1; i >= begin; i-- {
		if b := c.Data[i]; !isSpace(b) {
			return b
		}
	}
	return 0
}

// skipStringLoosely skips the string whose opening quote stands here. Whatever is escaped, it ends on its line.
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
			c.Pos++ // what is escaped
		}
	}
}
