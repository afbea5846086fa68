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

// Read reads CloudTrail records from a file, in order. The file may be gzipped. It holds any of
// these, one after the other, each on one line or on many:
//
//   - a CloudTrail record;
//   - a log file as CloudTrail writes it, {"Records": [...]};
//   - what "aws cloudtrail lookup-events" prints, {"Events": [{"CloudTrailEvent": "..."}]};
//   - an EventBridge event that carries a record;
//   - a list of any of these.
//
// A malformed value yields an error of the form "name:LINE: …", and reading continues after it, in
// JSON Lines on the next line. Read holds one record in memory at a time, also of a long list. A
// value may be at most 16 MiB long; EventBridge delivers at most 1 MiB.
func Read(r io.Reader, name string) iter.Seq2[*Event, error] { return read(r, name, decodeEvent) }

// read is [Read] with a function that decodes an object. The bytes are valid during the call only.
func read[T any](r io.Reader, name string, decode func([]byte) (T, error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var zero T
		plain, err := gunzip(r)
		if path, ok := errors.AsType[*fs.PathError](err); ok { // opening a directory does not fail, reading does
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

// gunzip unpacks what begins with the magic bytes of gzip, and leaves the rest as it is.
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

// gzipReader gives readable errors.
type gzipReader struct{ *gzip.Reader }

func (r gzipReader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if errors.Is(err, io.EOF) {
		return n, io.EOF
	}
	return n, gzipError(err)
}

// gzipError explains that a file is truncated.
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
	zero   T // yielded with an error
	// inList says that the next value is an element of a list.
	inList bool
	// inLog says that the list is that of {"Records": [...]}, so that the end of the object follows
	// it.
	inLog bool
}

// run reads to the end of the file, or until yield returns false.
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

// skipLogRest skips the rest of a log file's object after its records. It reports whether to
// proceed.
func (r *reader[T]) skipLogRest() bool {
	r.inLog = false
	end, err := r.findEnd((*jsontext.Cursor).CloseLoosely)
	if err != nil {
		return r.reportError(err, end)
	}
	r.take(end)
	return true
}

// skipElement skips an element of a list that is not an object, and yields an error. It reports
// whether to proceed.
func (r *reader[T]) skipElement(c byte) bool {
	end, err := r.findEnd(func(cursor *jsontext.Cursor) error { _, err := cursor.SkipLoosely(nil); return err })
	if err != nil && (!errors.Is(err, errUnexpectedEnd) || c == '[' || c == '"') {
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

// isLogKey reports whether a list under this key makes an object a log file, or the output of
// lookup-events.
func isLogKey(key []byte) bool { return string(key) == "Records" || string(key) == "Events" }

// readObject reads the object that begins here. It reports whether to proceed.
func (r *reader[T]) readObject() bool {
	isList := false
	end, err := r.findEnd(func(c *jsontext.Cursor) (err error) { isList, err = c.SkipLoosely(isLogKey); return err })
	if err == nil && isList && r.inList {
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

// decodeEvent decodes an object: an event, a record, or an element of the output of lookup-events.
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

// reportError yields the error of a malformed value, with the line on which the value begins and,
// if it differs, the line of the offset at which it is wrong. Then it finds the next value. It
// reports whether to proceed.
func (r *reader[T]) reportError(err error, at int) bool {
	if at == len(r.data) && r.failed() {
		r.take(at)
		return true // finish yields the error
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

// finish yields an error if the file is truncated.
func (r *reader[T]) finish() {
	switch {
	case r.failed():
		r.yield(r.zero, fmt.Errorf("%s:%d: %w", r.name, r.line, r.err))
	case r.inList:
		r.yield(r.zero, fmt.Errorf("%s:%d: %w", r.name, r.line, errUnexpectedEnd))
	}
}
