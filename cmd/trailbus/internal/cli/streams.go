package cli

import (
	"io"
	"os"

	"github.com/mattn/go-isatty"
)

// Streams are where the command reads and writes.
type Streams struct {
	In  io.Reader
	Out *Output
	Err io.Writer
	// Color says that out is a terminal whose user has nothing against colours (https://no-color.org).
	Color bool
	// InTerminal says that in is a keyboard.
	InTerminal bool
	// ErrTerminal says that err is a terminal on which a line can be written anew.
	ErrTerminal bool
}

func NewStreams() *Streams {
	return &Streams{
		In: os.Stdin, Out: &Output{To: os.Stdout}, Err: os.Stderr,
		Color:       isatty.IsTerminal(os.Stdout.Fd()) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb",
		InTerminal:  isatty.IsTerminal(os.Stdin.Fd()),
		ErrTerminal: isatty.IsTerminal(os.Stderr.Fd()) && os.Getenv("TERM") != "dumb",
	}
}

// The colours of a terminal (ECMA-48, SGR).
const (
	Red        = "\x1b[31m"
	Yellow     = "\x1b[33m"
	Green      = "\x1b[32m"
	resetColor = "\x1b[0m"
)

// Colored paints a text where there are colours.
func (s *Streams) Colored(color, text string) string {
	if !s.Color {
		return text
	}
	return color + text + resetColor
}

// Output remembers that something could not be written, so that a full disk is not taken for success.
type Output struct {
	To  io.Writer
	Err error
}

func (o *Output) Write(p []byte) (int, error) {
	n, err := o.To.Write(p)
	if err != nil && o.Err == nil {
		o.Err = err
	}
	return n, err
}
