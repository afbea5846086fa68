package cloudtrail

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

const (
	// maxValue is how long one value may be. A record has at most 1 MiB in EventBridge and 256 KiB in a log file; a list of records
	// is no single value.
	maxValue = 16 << 20
	// maxDepth is how deep a value may be nested. It stops a lost bracket from swallowing the file.
	maxDepth = 1000
	// readSize is how much is read at once.
	readSize = 64 << 10
)

var errTooLong = fmt.Errorf("a value of more than %d MiB", maxValue>>20)

// scanner finds the JSON values in a stream and keeps one of them at a time. It only looks at what it needs to find a value's end
// (brackets and strings); whether the value is good JSON shows when it is decoded.
type scanner struct {
	src io.Reader
	// buf holds what was read and is still needed: the value being collected, from mark on, and what follows it.
	buf       []byte
	mark, pos int
	// line is the line of buf[pos], first the line of buf[mark].
	line, first int
	// err is what src said at its end.
	err error
}

// peek gives the next byte, or false at the end.
func (s *scanner) peek() (byte, bool) {
	for s.pos == len(s.buf) {
		if s.err != nil {
			return 0, false
		}
		s.fill()
	}
	return s.buf[s.pos], true
}

// next goes one byte further; the byte has been peeked at.
func (s *scanner) next() {
	if s.buf[s.pos] == '\n' {
		s.line++
	}
	s.pos++
}

// fill reads more, after dropping what stands before the mark.
func (s *scanner) fill() {
	if s.mark > 0 {
		s.buf = s.buf[:copy(s.buf, s.buf[s.mark:])]
		s.pos -= s.mark
		s.mark = 0
	}
	if cap(s.buf)-len(s.buf) < readSize {
		grown := make([]byte, len(s.buf), 2*cap(s.buf)+readSize)
		copy(grown, s.buf)
		s.buf = grown
	}
	n, err := s.src.Read(s.buf[len(s.buf):cap(s.buf)])
	s.buf = s.buf[:len(s.buf)+n]
	s.err = err
}

// begin marks the next byte as the first of a value.
func (s *scanner) begin() { s.mark, s.first = s.pos, s.line }

// collected is the value from its mark on. It is overwritten by the next read.
func (s *scanner) collected() []byte { return s.buf[s.mark:s.pos] }

// skipMark leaves out the byte order mark that some editors put before UTF-8.
func (s *scanner) skipMark() {
	const mark = "\ufeff"
	for i := range len(mark) {
		if c, ok := s.peek(); !ok || c != mark[i] {
			s.pos = 0
			return
		}
		s.pos++
	}
}

// skipSpace goes to the next byte that is no white space, and forgets what stands before.
func (s *scanner) skipSpace() (byte, bool) {
	for {
		c, ok := s.peek()
		if !ok || !isSpace(c) {
			s.begin()
			return c, ok
		}
		s.next()
		s.mark = s.pos
	}
}

// structural holds the bytes at which value looks: brackets, quotes, and ends of lines, which are counted.
var structural = bytesOf("\"{}[]\n")

// endsString holds the bytes at which str looks.
var endsString = bytesOf("\"\\\n")

func bytesOf(s string) (t [256]bool) {
	for i := range len(s) {
		t[s[i]] = true
	}
	return t
}

// seek goes to the next byte of a class and gives it, or false at the end.
func (s *scanner) seek(class *[256]bool) (byte, bool) {
	for {
		rest := s.buf[s.pos:]
		for i, c := range rest {
			if class[c] {
				s.pos += i
				return c, true
			}
		}
		s.pos = len(s.buf)
		if s.pos-s.mark > maxValue { // it is reported where the value is looked at; more of it is not kept
			return 0, true
		}
		if _, ok := s.peek(); !ok {
			return 0, false
		}
	}
}

// before gives the last byte of the value before pos that is no white space, 0 where there is none.
func (s *scanner) before() byte {
	for i := s.pos - 1; i >= s.mark; i-- {
		if !isSpace(s.buf[i]) {
			return s.buf[i]
		}
	}
	return 0
}

// value goes to the end of the value that begins here. The open brackets around it are given where its beginning has been read
// already. Where a key "Records" or "Events" at the top of the value has a list, it stops inside of that list, and list is true.
func (s *scanner) value(open []byte) (list bool, err error) {
	top := len(open) == 0
	var key bool // the last string was the key of a list of records
	for {
		c, ok := s.seek(&structural)
		switch {
		case !ok && errors.Is(s.err, io.EOF):
			return false, errEnd
		case !ok:
			return false, s.err
		case s.pos-s.mark > maxValue:
			return false, errTooLong
		}
		switch c {
		case '"':
			couldBeKey := top && len(open) == 1 && s.before() != ':'
			from := s.pos - s.mark
			if err := s.str(); err != nil {
				return false, err
			}
			key = false
			if couldBeKey {
				found := s.buf[s.mark+from : s.pos]
				key = string(found) == `"Records"` || string(found) == `"Events"`
			}
			continue
		case '{', '[':
			last := s.before()
			if len(open) > 0 && last != ':' && (open[len(open)-1] == '{' || last != '[' && last != ',') {
				return false, fmt.Errorf("not JSON: unexpected %q", c)
			}
			if len(open) == maxDepth {
				return false, fmt.Errorf("nested more than %d deep", maxDepth)
			}
			if c == '[' && key && len(open) == 1 && last == ':' {
				s.next()
				return true, nil
			}
			open = append(open, c)
		case '}', ']':
			if open[len(open)-1] != c-2 { // in ASCII each bracket closes the one two places before
				return false, fmt.Errorf("not JSON: unexpected %q", c)
			}
			open = open[:len(open)-1]
		}
		s.next()
		if len(open) == 0 {
			return false, nil
		}
	}
}

// element goes to the end of the element of a list that begins here and is no object: a text, a list, a number or a word.
func (s *scanner) element() error {
	switch c, _ := s.peek(); c {
	case '"':
		return s.str()
	case '[':
		list, err := s.value(nil)
		if list {
			return errors.New("not JSON: a key in a list")
		}
		return err
	}
	for {
		c, ok := s.peek()
		switch {
		case !ok && !errors.Is(s.err, io.EOF):
			return s.err
		case !ok || c == ',' || c == ']' || isSpace(c):
			return nil
		case s.pos-s.mark > maxValue:
			return errTooLong
		}
		s.next()
	}
}

// str goes behind the string that begins here.
func (s *scanner) str() error {
	s.pos++
	for {
		c, ok := s.seek(&endsString)
		switch {
		case !ok:
			return errEnd
		case s.pos-s.mark > maxValue:
			return errTooLong
		case c == '\n':
			return errors.New("not JSON: a string that does not end on its line")
		}
		s.pos++
		if c == '"' {
			return nil
		}
		if c, ok := s.peek(); ok && c != '\n' { // what is escaped; at the end of a line, nothing is
			s.pos++
		}
	}
}

// recover goes to where reading can go on after a value that does not end as it should: the next line that begins with neither
// white space nor a closing bracket, since such lines are the rest of a value that was spread over many.
func (s *scanner) recover() {
	// The line after the one on which the value began may have been read already, in search of the value's end.
	if i := bytes.IndexByte(s.collected(), '\n'); i >= 0 {
		s.pos = s.mark + i
		s.line = s.first
	}
	for {
		s.mark = s.pos // nothing before is needed
		c, ok := s.peek()
		if !ok {
			return
		}
		s.next()
		if c != '\n' {
			continue
		}
		if c, ok := s.peek(); ok && !isSpace(c) && c != '}' && c != ']' {
			return
		}
	}
}

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' }
