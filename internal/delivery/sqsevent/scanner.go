package sqsevent

import (
	"bytes"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// scanner walks over JSON. It is strict about what it gives, and only as strict as it must be about what it skips. Every method says
// whether it found what it was asked for; after one that did not, the scanner stands anywhere.
type scanner struct {
	data    []byte
	pos     int
	scratch []byte // the last text
}

// peek gives the next byte that is no white space, 0 at the end.
func (s *scanner) peek() byte {
	for ; s.pos < len(s.data); s.pos++ {
		switch b := s.data[s.pos]; b {
		case ' ', '\t', '\n', '\r':
		default:
			return b
		}
	}
	return 0
}

func (s *scanner) take(b byte) bool {
	if s.peek() != b {
		return false
	}
	s.pos++
	return true
}

// null takes a null, which leaves what it is given for as it is.
func (s *scanner) null() bool {
	const word = "null"
	if s.peek() != 'n' || !bytes.HasPrefix(s.data[s.pos:], []byte(word)) {
		return false
	}
	s.pos += len(word)
	return true
}

func (s *scanner) atEnd() bool { return s.peek() == 0 && s.pos == len(s.data) }

// object reads an object, whose values are read by member.
func (s *scanner) object(member func(key []byte) bool) bool {
	if !s.take('{') {
		return false
	}
	if s.take('}') {
		return true
	}
	for {
		if s.peek() != '"' {
			return false
		}
		key, ok := s.text()
		if !ok || !s.take(':') || !member(key) {
			return false
		}
		if !s.take(',') {
			return s.take('}')
		}
	}
}

// array reads an array, whose elements are read by element.
func (s *scanner) array(element func() bool) bool {
	if !s.take('[') {
		return false
	}
	if s.take(']') {
		return true
	}
	for element() {
		if !s.take(',') {
			return s.take(']')
		}
	}
	return false
}

// text reads a string and gives what it stands for, which is valid UTF-8. It is overwritten by the next one.
func (s *scanner) text() (_ []byte, ok bool) {
	if !s.take('"') {
		return nil, false
	}
	// One look at each byte: a body has a quote behind a backslash every few bytes, which makes looking for them slower.
	data, text := s.data[s.pos:], s.scratch[:0]
	for i := 0; i < len(data); i++ {
		switch b := data[i]; {
		case b == '"':
			s.pos += i + 1
			s.scratch = text
			return text, utf8.Valid(text)
		case b == '\\':
			var size int
			if text, size = unescape(text, data[i:]); size == 0 {
				return nil, false
			}
			i += size - 1
		case b < ' ':
			return nil, false
		default:
			text = append(text, b)
		}
	}
	return nil, false
}

// skipText skips a string.
func (s *scanner) skipText() bool {
	for s.pos++; s.pos < len(s.data); s.pos++ {
		switch s.data[s.pos] {
		case '"':
			s.pos++
			return true
		case '\\':
			s.pos++
		}
	}
	return false
}

// skip skips a value of an object or an array.
func (s *scanner) skip() bool {
	begin, depth := s.pos, 0
	for {
		switch s.peek() {
		case 0:
			return false
		case '"':
			if !s.skipText() {
				return false
			}
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return s.pos > begin
			}
			depth--
		case ',':
			if depth == 0 {
				return s.pos > begin
			}
		}
		s.pos++
	}
}

// unescape appends what the escape at the beginning of s stands for, and gives its length; 0 where something is wrong with it.
func unescape(to, s []byte) (_ []byte, size int) {
	if len(s) < 2 {
		return to, 0
	}
	switch c := s[1]; c {
	case '"', '\\', '/':
		return append(to, c), 2
	case 'n':
		return append(to, '\n'), 2
	case 't':
		return append(to, '\t'), 2
	case 'r':
		return append(to, '\r'), 2
	case 'b':
		return append(to, '\b'), 2
	case 'f':
		return append(to, '\f'), 2
	}
	r, size := codePoint(s)
	if size == 0 {
		return to, 0
	}
	return utf8.AppendRune(to, r), size
}

// codePoint reads \u and four digits, or a pair of those. The size is 0 where something is wrong with it.
func codePoint(s []byte) (r rune, size int) {
	if r, size = codeUnit(s); !utf16.IsSurrogate(r) {
		return r, size
	}
	low, lowSize := codeUnit(s[size:])
	if r = utf16.DecodeRune(r, low); r == utf8.RuneError {
		return 0, 0
	}
	return r, size + lowSize
}

func codeUnit(s []byte) (r rune, size int) {
	const length = len(`\u0000`)
	if len(s) < length || s[0] != '\\' || s[1] != 'u' {
		return 0, 0
	}
	unit, err := strconv.ParseUint(string(s[2:length]), 16, 16)
	if err != nil {
		return 0, 0
	}
	return rune(unit), length
}
