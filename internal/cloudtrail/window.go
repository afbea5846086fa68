package cloudtrail

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/trailbus/trailbus/internal/jsontext"
)

const (
	// maxValue is the longest value, in bytes. A record has at most 1 MiB in EventBridge and 256
	// KiB in a log file; a list of records is not one value.
	maxValue = 16 << 20
	// readSize is the size of a read, in bytes.
	readSize = 64 << 10
	// space is the white space of JSON.
	space = " \t\r\n"
)

var errTooLong = fmt.Errorf("a value of more than %d MiB", maxValue>>20)

// window is the part of a stream that was read and not yet taken.
type window struct {
	src  io.Reader
	data []byte
	// line is the line on which data begins.
	line int
	// buf is the buffer that data is a part of.
	buf []byte
	// err is the error of src, io.EOF at its end.
	err error
}

// readMore reads on, and reports whether there was more. It overwrites the buffer. If the window is
// large, it doubles it: the value is then scanned again from its beginning, and doubling keeps that
// linear.
func (w *window) readMore() bool {
	have := len(w.data)
	if len(w.buf) < 2*have+readSize {
		w.buf = make([]byte, 2*(have+readSize))
	}
	n, least := copy(w.buf, w.data), have+1
	if have > readSize {
		least = 2 * have
	}
	for n < least && w.err == nil {
		var read int
		read, w.err = w.src.Read(w.buf[n:])
		n += read
	}
	w.data = w.buf[:n]
	return n > have
}

// take removes the first n bytes and gives them. They are valid until the next readMore.
func (w *window) take(n int) []byte {
	taken := w.data[:n]
	w.line += bytes.Count(taken, []byte("\n"))
	w.data = w.data[n:]
	return taken
}

// skipBOM skips the byte order mark that some editors put before UTF-8.
func (w *window) skipBOM() {
	const mark = "\ufeff"
	for len(w.data) < len(mark) && w.readMore() {
	}
	w.data = bytes.TrimPrefix(w.data, []byte(mark))
}

// next skips white space and gives the next byte, false at the end.
func (w *window) next() (byte, bool) {
	for {
		w.take(len(w.data) - len(bytes.TrimLeft(w.data, space)))
		if len(w.data) > 0 {
			return w.data[0], true
		}
		if !w.readMore() {
			return 0, false
		}
	}
}

// findEnd reads on until skip finds the end of the value that begins here. It gives the offset of
// the end, or of the error.
func (w *window) findEnd(skip func(*jsontext.Cursor) error) (end int, err error) {
	for {
		c := jsontext.Cursor{Data: w.data}
		switch err := skip(&c); {
		case c.Pos > maxValue:
			return c.Pos, errTooLong
		case !errors.Is(err, io.ErrUnexpectedEOF):
			return c.Pos, err
		case w.readMore():
		case w.failed():
			return c.Pos, w.err
		default:
			return c.Pos, errUnexpectedEnd
		}
	}
}

// failed reports whether reading the file failed before its end, for example because the gzip data
// is truncated.
func (w *window) failed() bool { return w.err != nil && !errors.Is(w.err, io.EOF) }

// resync finds the next value after a malformed one: it goes to the next line that begins with
// neither white space nor a closing bracket, because such lines continue a value of many lines.
func (w *window) resync() {
	for len(w.data) > 0 || w.readMore() {
		line := bytes.IndexByte(w.data, '\n') + 1
		if line == 0 {
			w.take(len(w.data))
			continue
		}
		w.take(line)
		if (len(w.data) > 0 || w.readMore()) && strings.IndexByte(space+"}]", w.data[0]) < 0 {
			return
		}
	}
}
