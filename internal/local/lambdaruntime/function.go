package lambdaruntime

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"sync"
	"time"
)

const (
	// initTimeout is how long a function may take until it first asks for work:
	// https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
	initTimeout = 10 * time.Second
	// maxPayload is the longest event and the longest answer of a call, in bytes:
	// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
	maxPayload = 6 << 20
)

// Options says which function to run and how. Only Binary is needed.
type Options struct {
	// Binary is the path of the function's program (bootstrap), built for this machine.
	Binary string
	// Dir is the working directory and LAMBDA_TASK_ROOT. Empty: the folder of Binary.
	Dir string
	// Env are the function's own environment variables, each as NAME=value, credentials and
	// addresses included. Nothing else of this program's environment reaches the function, and what
	// Lambda sets (see environment) is set already.
	Env []string
	// Stdout and Stderr take what the function writes; Lambda sends both to its log. Nil: thrown
	// away.
	Stdout, Stderr io.Writer
	// Timeout is how long one call may take before the function is killed. Zero: 3 s, as in Lambda.
	Timeout time.Duration
	// Name is the function's name. Empty: function.
	Name string
	// Account and Region are where the function claims to be. Empty: 123456789012 and us-east-1.
	Account, Region string
	// MemoryMB is the memory size in the environment of the function; it is not enforced. Zero:
	// 128.
	MemoryMB int
}

// Function is a running Lambda function. Calls of Invoke wait for each other.
type Function struct {
	o   Options
	arn string

	calls sync.Mutex // one invocation at a time

	mu      sync.Mutex
	sandbox *sandbox
	starts  int
	stopped bool
}

// FunctionError is what a call ends with when the function has failed: it returned an error or
// panicked (the type and message are its own), crashed (Runtime.ExitError) or took too long
// (Sandbox.Timedout).
type FunctionError struct {
	Type       string          `json:"errorType"`
	Message    string          `json:"errorMessage"`
	StackTrace json.RawMessage `json:"stackTrace,omitempty"`
}

func (e *FunctionError) Error() string {
	return fmt.Sprintf("function error %s: %s", e.Type, e.Message)
}

// Start starts the function and waits until it asks for work for the first time. It runs until
// Stop, or until ctx is done. The error says why the program did not come up; a *FunctionError says
// that it reported so itself.
func Start(ctx context.Context, o Options) (*Function, error) {
	if o.Binary == "" {
		return nil, errors.New("starting a function: no binary given")
	}
	o.Dir = cmp.Or(o.Dir, filepath.Dir(o.Binary))
	o.Timeout = cmp.Or(o.Timeout, 3*time.Second)
	o.Name = cmp.Or(o.Name, "function")
	o.Account = cmp.Or(o.Account, "123456789012")
	o.Region = cmp.Or(o.Region, "us-east-1")
	o.MemoryMB = cmp.Or(o.MemoryMB, 128)
	var err error
	if o.Binary, err = filepath.Abs(o.Binary); err != nil {
		return nil, fmt.Errorf("starting function %s: %w", o.Name, err)
	}
	f := &Function{o: o, arn: fmt.Sprintf("arn:aws:lambda:%s:%s:function:%s", o.Region, o.Account, o.Name)}
	if _, err := f.running(ctx); err != nil {
		f.Stop()
		return nil, fmt.Errorf("starting function %s: %w", o.Name, err)
	}
	context.AfterFunc(ctx, f.Stop)
	return f, nil
}

// Invoke calls the function with an event and returns its answer. A failed function is a
// *FunctionError. When ctx is done the function is killed, and started anew for the next call.
func (f *Function) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	f.calls.Lock()
	defer f.calls.Unlock()
	if len(payload) > maxPayload {
		return nil, fmt.Errorf("invoking %s: the event has %d bytes, allowed: %d", f.o.Name, len(payload), maxPayload)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	for again := true; ; again = false {
		s, err := f.running(ctx)
		if err != nil {
			return nil, err
		}
		answer, taken, err := s.invoke(ctx, payload)
		// A program that ended after its last call, as it does after a panic, has not seen this
		// one.
		if taken || !again || !s.ended() || ctx.Err() != nil {
			return answer, err
		}
	}
}

// ColdStart is the time from the latest start of the process to its first question for work.
func (f *Function) ColdStart() time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.sandbox == nil {
		return 0
	}
	select {
	case <-f.sandbox.polled:
		return f.sandbox.coldStart
	default: // started anew just now
		return 0
	}
}

// PID is the id of the latest process, which may have ended; 0 where none was started. It is for
// measuring.
func (f *Function) PID() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.sandbox == nil {
		return 0
	}
	return f.sandbox.cmd.Process.Pid
}

// Starts counts the processes that were started so far: one, and one more after each crash and
// time-out.
func (f *Function) Starts() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.starts
}

// Stop kills the function, with whatever it started, and waits until it is gone. A call under way
// fails. It may be called more than once; the function cannot be called any more.
func (f *Function) Stop() {
	f.mu.Lock()
	f.stopped = true
	s := f.sandbox
	f.mu.Unlock()
	if s != nil {
		s.end()
	}
}

// running returns the sandbox of the function, and starts one where there is none or the last has
// ended.
func (f *Function) running(ctx context.Context) (*sandbox, error) {
	f.mu.Lock()
	if f.stopped {
		f.mu.Unlock()
		return nil, fmt.Errorf("function %s is stopped", f.o.Name)
	}
	if s := f.sandbox; s != nil && !s.ended() {
		f.mu.Unlock()
		return s, nil
	}
	s, err := newSandbox(f.o, f.arn)
	if err == nil {
		f.sandbox = s
		f.starts++
	}
	f.mu.Unlock()
	if err != nil {
		return nil, err
	}
	if err := s.waitUntilReady(ctx); err != nil {
		s.end()
		return nil, err
	}
	return s, nil
}
