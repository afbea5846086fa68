package delivery

import (
	"fmt"
	"runtime"
	"strings"
)

// catchPanic turns a panic into an error.
func catchPanic(f func() error) (err error) {
	defer func() {
		if failure := recover(); failure != nil {
			err = panicError(failure)
		}
	}()
	return f()
}

// panicError says what a panic was and where. A panic's own text is only repeated where it is the Go runtime's: any other may hold what the
// event holds.
func panicError(failure any) error {
	what := fmt.Sprintf("panic of type %T", failure)
	if e, ok := failure.(runtime.Error); ok {
		what = e.Error()
	}
	var pcs [32]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(3, pcs[:])]) // without Callers, bug and the deferred function
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
