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
	// maxValue is how long one value may be. A record has at most 1 MiB in EventBridge and 256 KiB in a log file; a list of records
	// is no single value.
	maxValue = 16 << 20
	// readSize is how much is read at once.
	readSize = 64 << 10
	// space is what JSON takes for white space.
	space = " \t\r\n"
)

var errTooLong = fmt.Errorf("a value of more than %d MiB", maxValue>>20)

// window is what was read of a stream and is still needed: the value that is looked at, and what follows it.
type window struct {
	src  io.Reader
	data []byte
	// line is the line on which data begins.
	line int
	// buf holds data at its end, and is read into.
	buf []byte
	// err is what src said at its end.
	err error
}

// readMore reads on, and says whether there was more. What it gave before is overwritten. Where much is there already, it reads as much again:
// the value is looked at from its beginning then.
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

// take takes the first n bytes, which stay as they are until more is read.
func (w *window) take(n int) []byte {
	taken := w.data[:n]
	w.line += bytes.Count(taken, []byte("\n"))
	w.data = w.data[n:]
	return taken
}

// skipBOM leaves out the byte order mark that some editors put before UTF-8.
func (w *window) skipBOM() {
	const mark = "\ufeff"
	for len(w.data) < len(mark) && w.readMore() {
	}
	w.data = bytes.TrimPrefix(w.data, []byte(mark))
}

// next goes to the next byte that is no white space and gives it, or false at the end.
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

// findEnd reads on until skip has found the end of the value that begins here, and gives where that is, or where something is wrong.
func (w *window) findEnd(skip func(*jsontext.Cursor) error) (end int, err error) {
	for {
		c := jsontext.Cursor{Data: w.data}
		switch err := skip(&c); {
		case c.Pos > maxValue:
			return c.Pos, errTooLong
		case err != io.ErrUnexpectedEOF:
			return c.Pos, err
		case w.readMore():
		case w.failed():
			return c.Pos, w.err
		default:
			return c.Pos, errUnexpectedEnd
		}
	}
}

// failed says that the file could not be read to its end, for example since its gzip ends too early.
func (w *window) failed() bool { return w.err != nil && !errors.Is(w.err, io.EOF) }

// resync goes to where reading can go on after a value that does not end as it should: the next line that begins with neither
// white space nor a closing bracket, since such lines are the rest of a value that was spread over many.
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
