package cloudtrail

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"

	"github.com/trailbus/trailbus/internal/jsontext"
)

// Read reads CloudTrail records from a file, in the order in which they stand there. The file may hold, plain or gzipped, any of
// these, one after the other, on one line each or spread over many:
//
//   - a CloudTrail record;
//   - a log file as CloudTrail writes it, {"Records": [...]};
//   - what "aws cloudtrail lookup-events" prints, {"Events": [{"CloudTrailEvent": "..."}]};
//   - an EventBridge event that carries a record;
//   - a list of any of these.
//
// What is malformed yields an error of the form "name:LINE: …" and is left out; reading goes on behind it, in JSON Lines with the
// next line. Only one record is held at a time, however long the list that it stands in. A single value may be 16 MiB long;
// EventBridge delivers 1 MiB at most.
func Read(r io.Reader, name string) iter.Seq2[*Event, error] { return read(r, name, decodeEvent) }

// read is [Read] for whatever decode makes of the bytes of an object, which belong to the window.
func read[T any](r io.Reader, name string, decode func([]byte) (T, error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var zero T
		plain, err := gunzip(r)
		if path, ok := errors.AsType[*fs.PathError](err); ok { // a directory opens like a file, and shows only now
			yield(zero, fmt.Errorf("%s: cannot be read: %w", name, path.Err))
			return
		}
		if err != nil {
			yield(zero, fmt.Errorf("%s:1: %w", name, err))
			return
		}
		(&reader[T]{window: window{src: plain, line: 1}, name: name, decode: decode, yield: yield}).run()
	}
}

// gunzip looks at the first bytes to see whether they are gzip.
func gunzip(r io.Reader) (io.Reader, error) {
	buffered := bufio.NewReader(r)
	magic, err := buffered.Peek(2)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if !bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		return buffered, nil
	}
	unpacked, err := gzip.NewReader(buffered)
	if err != nil {
		return nil, gzipError(err)
	}
	return gzipReader{unpacked}, nil
}

// gzipReader says in words that a file was not copied to its end.
type gzipReader struct{ *gzip.Reader }

func (r gzipReader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if err == nil || err == io.EOF {
		return n, err
	}
	return n, gzipError(err)
}

// gzipError gives the meaning of an error of package gzip.
func gzipError(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return errGzipEnd
	}
	return err
}

var errGzipEnd = errors.New("the gzip data ends too early")

type reader[T any] struct {
	window
	name   string
	decode func([]byte) (T, error)
	yield  func(T, error) bool
	zero   T // stands beside an error
	// inList says that the next value is an element of a list.
	inList bool
	// inLog says that the list is the one in {"Records": [...]}, whose end has still to be read.
	inLog bool
}

// run reads to the end of the file, or until whoever ranges over it has enough.
func (r *reader[T]) run() {
	r.skipBOM()
	for proceed := true; proceed; {
		switch c, ok := r.next(); {
		case !ok:
			r.finish()
			return
		case r.inList && c == ',':
			r.take(1)
		case r.inList && c == ']':
			r.take(1)
			if r.inList = false; r.inLog {
				proceed = r.skipLogRest()
			}
		case !r.inList && c == '[':
			r.take(1)
			r.inList = true
		case c == '{':
			proceed = r.readObject()
		case r.inList:
			proceed = r.skipElement(c)
		default:
			proceed = r.reportError(fmt.Errorf("not JSON: %q where a record should begin", c), 0)
		}
	}
}

// skipLogRest goes behind a log file's object. What that holds besides the records is of no interest. It says whether to go on.
func (r *reader[T]) skipLogRest() bool {
	r.inLog = false
	end, err := r.findEnd((*jsontext.Cursor).CloseLoosely)
	if err != nil {
		return r.reportError(err, end)
	}
	r.take(end)
	return true
}

// skipElement reports an element of a list that is no object, and leaves it out. It says whether to go on.
func (r *reader[T]) skipElement(c byte) bool {
	end, err := r.findEnd(func(cursor *jsontext.Cursor) error { _, err := cursor.SkipLoosely(nil); return err })
	if err != nil && (err != errUnexpectedEnd || c == '[' || c == '"') {
		return r.reportError(err, end)
	}
	found := "a number"
	switch {
	case c == '[':
		found = "a list"
	case c == '"':
		found = "a text"
	case !json.Valid(r.data[:end]):
		return r.reportError(fmt.Errorf("not JSON: %q where a record should begin", c), end)
	case c == 'n':
		found = "null"
	case c == 't', c == 'f':
		found = "a boolean"
	}
	line := r.line
	r.take(end)
	return r.yield(r.zero, fmt.Errorf("%s:%d: found %s, allowed: a CloudTrail record", r.name, line, found))
}

// isLogKey says that a list under this key at the top of an object makes it a log file, or what lookup-events prints.
func isLogKey(key []byte) bool { return string(key) == "Records" || string(key) == "Events" }

// readObject reads the object that begins here. It says whether to go on.
func (r *reader[T]) readObject() bool {
	isList := false
	end, err := r.findEnd(func(c *jsontext.Cursor) (err error) { isList, err = c.SkipLoosely(isLogKey); return err })
	if err == nil && isList && r.inList { // nobody writes that
		err = errors.New("a log file within a list")
	}
	if err != nil {
		return r.reportError(err, end)
	}
	line := r.line
	object := r.take(end)
	if isList {
		r.inList, r.inLog = true, true
		return true
	}
	e, err := r.decode(object)
	if err != nil {
		if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
			line += bytes.Count(object[:min(int(syntax.Offset), len(object))], []byte("\n"))
		}
		return r.yield(r.zero, fmt.Errorf("%s:%d: %w", r.name, line, err))
	}
	return r.yield(e, nil)
}

// decodeEvent makes an event of the bytes of an object.
func decodeEvent(b []byte) (*Event, error) {
	fields, err := decodeObject(b)
	if err != nil {
		return nil, err
	}
	_, typed := fields["detail-type"]
	if _, ok := fields["detail"].(map[string]any); ok || typed {
		return parse(bytes.Clone(b), fields)
	}
	if found, ok := fields["CloudTrailEvent"].(string); ok {
		return FromRecord([]byte(found))
	}
	return fromRecord(b, fields)
}

// reportError reports a value that does not end as it should, by the line on which it begins, and looks for the next place to go on. What is wrong
// stands at a place behind its beginning. It says whether to go on.
func (r *reader[T]) reportError(err error, at int) bool {
	if at == len(r.data) && r.failed() {
		r.take(at)
		return true // end reports it
	}
	if lines := bytes.Count(r.data[:at], []byte("\n")); lines > 0 {
		err = fmt.Errorf("%w, on line %d", err, r.line+lines)
	}
	if !r.yield(r.zero, fmt.Errorf("%s:%d: %w", r.name, r.line, err)) {
		return false
	}
	r.inList, r.inLog = false, false
	r.resync()
	return true
}

// finish reports why the file ended, unless it was time to.
func (r *reader[T]) finish() {
	switch {
	case r.failed():
		r.yield(r.zero, fmt.Errorf("%s:%d: %w", r.name, r.line, r.err))
	case r.inList:
		r.yield(r.zero, fmt.Errorf("%s:%d: %w", r.name, r.line, errUnexpectedEnd))
	}
}
