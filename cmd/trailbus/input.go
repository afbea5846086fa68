package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/trailbus/trailbus/internal/cloudtrail"
)

// eachEvent reads records from files, or from standard input when there are none ("-" too), and calls use for each. What is
// malformed is named and left out; the error at the end says only that something was.
func eachEvent(s *streams, files []string, use func(*cloudtrail.Event) error) error {
	if len(files) == 0 {
		files = []string{"-"}
	}
	wrong := false
	for _, file := range files {
		bad, err := eachEventOf(s, file, use)
		if err != nil {
			return err
		}
		wrong = wrong || bad
	}
	if wrong {
		return &inputError{}
	}
	return nil
}

func eachEventOf(s *streams, file string, use func(*cloudtrail.Event) error) (wrong bool, err error) {
	in, name := s.in, "standard input"
	if file != "-" {
		opened, err := os.Open(file)
		if err != nil {
			if pathError := (*fs.PathError)(nil); errors.As(err, &pathError) {
				err = pathError.Err
			}
			fmt.Fprintf(s.err, "%s: cannot be read: %v\n", file, err)
			return true, nil
		}
		defer opened.Close()
		in, name = io.Reader(opened), file
	} else if s.inTerminal {
		fmt.Fprintln(s.err, "reading CloudTrail records from standard input, end with Ctrl-D")
	}
	for event, err := range cloudtrail.Read(in, name) {
		if err != nil {
			fmt.Fprintln(s.err, err)
			wrong = true
			continue
		}
		if err := use(event); err != nil {
			return wrong, err
		}
	}
	return wrong, nil
}
