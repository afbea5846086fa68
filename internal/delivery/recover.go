package delivery

import (
	"fmt"
	"runtime"
	"strings"
)

// catchPanic calls f and turns a panic into an error.
func catchPanic(f func() error) (err error) {
	defer func() {
		if value := recover(); value != nil {
			err = panicError(value)
		}
	}()
	return f()
}

// panicError is an error with the type and place of a panic. It repeats the text of the Go runtime
// alone: any other may hold parts of the event.
func panicError(value any) error {
	what := fmt.Sprintf("panic of type %T", value)
	if e, ok := value.(runtime.Error); ok {
		what = e.Error()
	}
	var pcs [32]uintptr
	// without Callers, panicError and the deferred function
	frames := runtime.CallersFrames(pcs[:runtime.Callers(3, pcs[:])])
	for {
		frame, more := frames.Next()
		if !strings.HasPrefix(frame.Function, "runtime.") {
			return fmt.Errorf("bug in Trailbus: %s at %s:%d", what, frame.Function, frame.Line)
		}
		if !more {
			return fmt.Errorf("bug in Trailbus: %s", what)
		}
	}
}
