package cli

import (
	"io"
	"strings"
	"sync"
	"time"
)

const (
	// progressDelay is how long a command runs before it shows progress.
	progressDelay = 2 * time.Second
	// refreshInterval is the time between two updates of the line.
	refreshInterval = 200 * time.Millisecond
	// eraseLine moves to the beginning of the terminal's line and erases it.
	eraseLine = "\r\x1b[K"
)

// Progress is the last line of a terminal during a long operation. What is written to the terminal
// meanwhile goes through [Progress.Above]. The methods of a nil Progress do nothing.
type Progress struct {
	mu          sync.Mutex
	out         io.Writer
	text        func() string
	shown       bool
	done, ended chan struct{}
}

// StartProgress shows text on standard error after two seconds, and updates it until
// [Progress.Stop]. text is called by another goroutine. Where standard error is no terminal, it
// returns nil.
func (s *Streams) StartProgress(text func() string) *Progress {
	if !s.ErrTerminal {
		return nil
	}
	return NewProgress(s.Err, progressDelay, text)
}

// NewProgress shows text on a terminal after a delay, as [Streams.StartProgress] does.
func NewProgress(out io.Writer, delay time.Duration, text func() string) *Progress {
	p := &Progress{out: out, text: text, done: make(chan struct{}), ended: make(chan struct{})}
	go p.run(delay)
	return p
}

func (p *Progress) run(delay time.Duration) {
	defer close(p.ended)
	timer := time.NewTimer(delay)
	defer timer.Stop()
	for {
		select {
		case <-p.done:
			return
		case <-timer.C:
			p.mu.Lock()
			io.WriteString(p.out, eraseLine+p.text())
			p.shown = true
			p.mu.Unlock()
			timer.Reset(refreshInterval)
		}
	}
}

// Above returns a writer that writes to the same terminal, above the line: standard output may be
// that terminal as well. For a nil Progress it is the writer itself.
func (p *Progress) Above(to io.Writer) io.Writer {
	if p == nil {
		return to
	}
	return aboveWriter{p, to}
}

type aboveWriter struct {
	progress *Progress
	to       io.Writer
}

func (a aboveWriter) Write(text []byte) (int, error) {
	a.progress.mu.Lock()
	defer a.progress.mu.Unlock()
	a.progress.erase()
	return a.to.Write(text)
}

// Stop erases the line.
func (p *Progress) Stop() {
	if p == nil {
		return
	}
	close(p.done)
	<-p.ended
	p.mu.Lock()
	defer p.mu.Unlock()
	p.erase()
}

func (p *Progress) erase() {
	if p.shown {
		io.WriteString(p.out, eraseLine)
		p.shown = false
	}
}

// Bar draws a progress bar for a part, from 0 to 1.
func Bar(part float64) string {
	const width = 20
	full := int(min(1, max(0, part)) * width)
	return strings.Repeat("█", full) + strings.Repeat("░", width-full)
}
