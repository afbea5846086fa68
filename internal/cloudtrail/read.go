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

// read is [Read] for whatever make makes of the bytes of an object, which belong to the scanner.
func read[T any](r io.Reader, name string, make func([]byte) (T, error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		plain, err := gunzip(r)
		if path, ok := errors.AsType[*fs.PathError](err); ok { // a directory opens like a file, and shows only now
			yield(none, fmt.Errorf("%s: cannot be read: %w", name, path.Err))
			return
		}
		if err != nil {
			yield(none, fmt.Errorf("%s:1: %w", name, err))
			return
		}
		(&reader[T]{scanner: scanner{src: plain, line: 1}, name: name, make: make, yield: yield}).run()
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
	scanner
	name  string
	make  func([]byte) (T, error)
	yield func(T, error) bool
	none  T // stands beside an error
	// inList says that the next value is an element of a list.
	inList bool
	// inLog says that the list is the one in {"Records": [...]}, whose end has still to be read.
	inLog bool
}

// run reads to the end of the file, or until whoever ranges over it has enough.
func (r *reader[T]) run() {
	r.skipMark()
	for {
		c, ok := r.skipSpace()
		if !ok {
			r.end()
			return
		}
		switch {
		case r.inList && c == ',':
			r.next()
			continue
		case r.inList && c == ']':
			r.next()
			r.inList = false
			if !r.inLog {
				continue
			}
			// What else the log file's object holds is of no interest.
			r.inLog = false
			r.begin()
			if _, err := r.value([]byte{'{'}); err != nil && !r.fail(err) {
				return
			}
			continue
		case !r.inList && c == '[':
			r.next()
			r.inList = true
			continue
		case r.inList && c != '{':
			if !r.skip() {
				return
			}
			continue
		case c != '{':
			r.begin()
			if !r.fail(fmt.Errorf("not JSON: %q where a record should begin", c)) {
				return
			}
			continue
		}
		if !r.one() {
			return
		}
	}
}

// skip reports an element of a list that is no object, and leaves it out. It says whether to go on.
func (r *reader[T]) skip() bool {
	r.begin()
	c, _ := r.peek()
	if err := r.element(); err != nil {
		return r.fail(err)
	}
	found := "a number"
	switch {
	case c == '[':
		found = "a list"
	case c == '"':
		found = "a text"
	case !json.Valid(r.collected()):
		return r.fail(fmt.Errorf("not JSON: %q where a record should begin", c))
	case c == 'n':
		found = "null"
	case c == 't', c == 'f':
		found = "a boolean"
	}
	return r.yield(r.none, fmt.Errorf("%s:%d: found %s, allowed: a CloudTrail record", r.name, r.first, found))
}

// one reads the value that begins here. It says whether to go on.
func (r *reader[T]) one() bool {
	r.begin()
	list, err := r.value(nil)
	if err != nil {
		return r.fail(err)
	}
	if list && !r.inList {
		r.inList, r.inLog = true, true
		return true
	}
	if list { // a log file as an element of a list: nobody writes that
		return r.fail(errors.New("a log file within a list"))
	}
	e, err := r.make(r.collected())
	if err != nil {
		line := r.first
		if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
			line += bytes.Count(r.collected()[:min(int(syntax.Offset), len(r.collected()))], []byte("\n"))
		}
		return r.yield(r.none, fmt.Errorf("%s:%d: %w", r.name, line, err))
	}
	return r.yield(e, nil)
}

// decodeEvent makes an event of the bytes of an object.
func decodeEvent(b []byte) (*Event, error) {
	fields, err := decodeObject(string(b), false)
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

// fail reports a value that does not end as it should, by the line on which it begins, and looks for the next place to go on. It
// says whether to.
func (r *reader[T]) fail(err error) bool {
	if r.broken() {
		return true // end reports it
	}
	if r.line != r.first {
		err = fmt.Errorf("%w, on line %d", err, r.line)
	}
	if !r.yield(r.none, fmt.Errorf("%s:%d: %w", r.name, r.first, err)) {
		return false
	}
	r.inList, r.inLog = false, false
	r.recover()
	return true
}

// broken says that the file could not be read further, for example since its gzip ends too early.
func (r *reader[T]) broken() bool {
	return r.pos == len(r.buf) && r.err != nil && !errors.Is(r.err, io.EOF)
}

// end reports why the file ended, unless it was time to.
func (r *reader[T]) end() {
	switch {
	case r.broken():
		r.yield(r.none, fmt.Errorf("%s:%d: %w", r.name, r.line, r.err))
	case r.inList:
		r.yield(r.none, fmt.Errorf("%s:%d: %w", r.name, r.line, errEnd))
	}
}
