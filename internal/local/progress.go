package local

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"
)

// Step runs a step and prints how long it took. On a terminal the seconds are counted meanwhile.
func (r *Deployment) Step(ctx context.Context, title string, do func(context.Context) error) error {
	start := time.Now()
	stop := r.showProgress(title, start)
	err := do(ctx)
	stop()
	mark := "✓"
	if err != nil {
		mark = "✗"
	}
	fmt.Fprintf(r.Out, "%s %s (%.1f s)\n", mark, title, time.Since(start).Seconds())
	return err
}

// showProgress shows a running step until stop is called.
func (r *Deployment) showProgress(title string, start time.Time) (stop func()) {
	if r.Progress == nil { // no terminal: one line at the start, one at the end
		fmt.Fprintf(r.Out, "… %s\n", title)
		return func() {}
	}
	return r.Progress(func() string { return fmt.Sprintf("… %s (%.0f s)", title, time.Since(start).Seconds()) })
}

// PrintLog prints the last lines of the log.
func (r *Deployment) PrintLog() {
	data, err := os.ReadFile(r.Log.Name())
	if err != nil {
		return
	}
	lines := strings.Split(strings.TrimSuffix(string(data), "\n"), "\n")
	fmt.Fprintf(r.Out, "the last lines of the log:\n  %s\n", strings.Join(lines[max(0, len(lines)-30):], "\n  "))
}
