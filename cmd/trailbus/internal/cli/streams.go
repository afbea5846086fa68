package cli

import (
	"io"
	"os"

	"github.com/mattn/go-isatty"
)

// Streams are what a command reads and writes.
type Streams struct {
	In  io.Reader
	Out *Output
	Err io.Writer
	// Color says that Out is a terminal whose user wants colours (https://no-color.org).
	Color bool
	// InTerminal says that In is a terminal.
	InTerminal bool
	// ErrTerminal says that Err is a terminal that can erase a line.
	ErrTerminal bool
}

// NewStreams are those of the process.
func NewStreams() *Streams {
	return &Streams{
		In: os.Stdin, Out: &Output{To: os.Stdout}, Err: os.Stderr,
		Color:       isatty.IsTerminal(os.Stdout.Fd()) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb",
		InTerminal:  isatty.IsTerminal(os.Stdin.Fd()),
		ErrTerminal: isatty.IsTerminal(os.Stderr.Fd()) && os.Getenv("TERM") != "dumb",
	}
}

// Red, Yellow and Green are colours of a terminal (ECMA-48, SGR).
const (
	Red        = "\x1b[31m"
	Yellow     = "\x1b[33m"
	Green      = "\x1b[32m"
	resetColor = "\x1b[0m"
)

// Colored gives a text a colour where [Streams.Color] is on.
func (s *Streams) Colored(color, text string) string {
	if !s.Color {
		return text
	}
	return color + text + resetColor
}

// Output is a writer that keeps its first error: printers need not check each write, and a full
// disk is not taken for success.
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
