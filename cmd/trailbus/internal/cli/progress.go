package cli

import (
	"io"
	"strings"
	"sync"
	"time"
)

// refreshInterval is how often the line is written anew.
const refreshInterval = 200 * time.Millisecond

// eraseLine goes to the beginning of the terminal's line and deletes what stands there.
const eraseLine = "\r\x1b[K"

// Progress is the last line of a terminal while something is under way. What else is written to the terminal goes through it, and stands
// above.
type Progress struct {
	mu          sync.Mutex
	out         io.Writer
	text        func() string
	shown       bool
	done, ended chan struct{}
}

// StartProgress shows what text says, again and again, beginning after a while. text is called by another goroutine.
func StartProgress(out io.Writer, after time.Duration, text func() string) *Progress {
	l := &Progress{out: out, text: text, done: make(chan struct{}), ended: make(chan struct{})}
	go l.run(after)
	return l
}

func (l *Progress) run(after time.Duration) {
	defer close(l.ended)
	timer := time.NewTimer(after)
	defer timer.Stop()
	for {
		select {
		case <-l.done:
			return
		case <-timer.C:
			l.mu.Lock()
			io.WriteString(l.out, eraseLine+l.text())
			l.shown = true
			l.mu.Unlock()
			timer.Reset(refreshInterval)
		}
	}
}

// Write writes above the line.
func (l *Progress) Write(p []byte) (int, error) { return aboveWriter{l, l.out}.Write(p) }

// Above gives a writer to elsewhere, such as the standard output, which may be the same terminal: what is written there stands above the
// line, too.
func (l *Progress) Above(to io.Writer) io.Writer { return aboveWriter{l, to} }

type aboveWriter struct {
	line *Progress
	to   io.Writer
}

func (a aboveWriter) Write(p []byte) (int, error) {
	a.line.mu.Lock()
	defer a.line.mu.Unlock()
	a.line.clear()
	return a.to.Write(p)
}

// Stop leaves the line to whoever prints next.
func (l *Progress) Stop() {
	close(l.done)
	<-l.ended
	l.mu.Lock()
	defer l.mu.Unlock()
	l.clear()
}

func (l *Progress) clear() {
	if l.shown {
		io.WriteString(l.out, eraseLine)
		l.shown = false
	}
}

// Bar draws how much of a whole, from 0 to 1, is done.
func Bar(done float64) string {
	const width = 20
	full := int(min(1, max(0, done)) * width)
	return strings.Repeat("█", full) + strings.Repeat("░", width-full)
}
