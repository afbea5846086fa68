package main

import (
	"bufio"
	"io"
	"sync"
)

// output buffers what is printed until it is flushed: a batch prints a thousand lines, and to write
// them one by one takes longer than to make them.
type output struct {
	mu     sync.Mutex
	writer *bufio.Writer
}

func newOutput(w io.Writer) *output { return &output{writer: bufio.NewWriterSize(w, 64<<10)} }

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.writer.Write(p)
}

// Flush writes out the buffer. An error cannot be reported, since it is the log that fails.
func (o *output) Flush() {
	o.mu.Lock()
	defer o.mu.Unlock()
	_ = o.writer.Flush()
}
