package main

import (
	"io"
	"os"

	"github.com/mattn/go-isatty"
)

// streams are where the command reads and writes.
type streams struct {
	in  io.Reader
	out *output
	err io.Writer
	// color says that out is a terminal whose user has nothing against colours (https://no-color.org).
	color bool
	// inTerminal says that in is a keyboard.
	inTerminal bool
	// errTerminal says that err is a terminal on which a line can be written anew.
	errTerminal bool
}

func newStreams() *streams {
	return &streams{
		in: os.Stdin, out: &output{to: os.Stdout}, err: os.Stderr,
		color:       isatty.IsTerminal(os.Stdout.Fd()) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb",
		inTerminal:  isatty.IsTerminal(os.Stdin.Fd()),
		errTerminal: isatty.IsTerminal(os.Stderr.Fd()) && os.Getenv("TERM") != "dumb",
	}
}

// The colours of a terminal (ECMA-48, SGR).
const (
	red    = "\x1b[31m"
	yellow = "\x1b[33m"
	green  = "\x1b[32m"
	plain  = "\x1b[0m"
)

// colored paints a text where there are colours.
func (s *streams) colored(color, text string) string {
	if !s.color {
		return text
	}
	return color + text + plain
}

// output remembers that something could not be written, so that a full disk is not taken for success.
type output struct {
	to  io.Writer
	err error
}

func (o *output) Write(p []byte) (int, error) {
	n, err := o.to.Write(p)
	if err != nil && o.err == nil {
		o.err = err
	}
	return n, err
}
