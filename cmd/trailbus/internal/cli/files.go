package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/trailbus/trailbus/internal/cloudtrail"
	"github.com/trailbus/trailbus/internal/slack/message"
)

// EachFile opens files, one after the other, and calls use for each. "-", and an empty list, stand
// for standard input. A file that cannot be opened, or that use calls wrong, does not stop the
// rest: EachFile then returns [ErrSilent] at the end. An error of use stops it.
func EachFile(s *Streams, files []string, use func(name string, in io.Reader) (wrong bool, err error)) error {
	if len(files) == 0 {
		files = []string{"-"}
	}
	wrong := false
	for _, file := range files {
		bad, err := openFile(s, file, use)
		if err != nil {
			return NewInputError(err)
		}
		wrong = wrong || bad
	}
	if wrong {
		return ErrSilent
	}
	return nil
}

func openFile(s *Streams, file string, use func(name string, in io.Reader) (bool, error)) (wrong bool, err error) {
	if file == "-" {
		if s.InTerminal {
			fmt.Fprintln(s.Err, "reading standard input, end with Ctrl-D")
		}
		return use("standard input", s.In)
	}
	opened, err := os.Open(file)
	if err != nil {
		fmt.Fprintf(s.Err, "%s: cannot be read: %v\n", file, WithoutPath(err))
		return true, nil
	}
	defer opened.Close()
	return use(file, opened)
}

// EachEvent reads the CloudTrail records of files, as [EachFile] does, and calls use for each.
// Malformed records are reported and skipped.
func EachEvent(s *Streams, files []string, use func(*cloudtrail.Event) error) error {
	return EachFile(s, files, func(name string, in io.Reader) (wrong bool, err error) {
		for event, err := range cloudtrail.Read(in, name) {
			if err != nil {
				fmt.Fprintln(s.Err, err)
				wrong = true
				continue
			}
			if err := use(event); err != nil {
				return wrong, err
			}
		}
		return wrong, nil
	})
}

// DescribeJSONError says why an object could not be decoded, in the words of JSON and not of Go's
// types.
func DescribeJSONError(err error) string {
	wrongType, ok := errors.AsType[*json.UnmarshalTypeError](err)
	switch {
	case ok && wrongType.Field == "":
		return wrongType.Value + " where an object should be"
	case ok:
		return wrongType.Value + " at " + message.Line(wrongType.Field, MaxErrorLength)
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		return "it ends too early"
	}
	return message.Line(WithoutPath(err).Error(), MaxErrorLength)
}

// WithoutPath takes the path out of an error of the file system, for messages that name the path
// already.
func WithoutPath(err error) error {
	if pathError, ok := errors.AsType[*fs.PathError](err); ok {
		return pathError.Err
	}
	return err
}
