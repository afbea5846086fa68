package lambdaruntime

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os/exec"
	"sync"
	"time"

	"github.com/trailbus/trailbus/internal/local/localaws/child"
)

// sandbox is one process of a function and the Runtime API that it talks to. Each process has its
// own address, so that a killed one cannot answer for the next.
type sandbox struct {
	o   Options
	arn string
	cmd *exec.Cmd
	api *http.Server

	work      chan *invocation    // handed over when the function asks for work
	polled    chan struct{}       // closed when it asks for the first time
	failed    chan *FunctionError // it says that it cannot start
	exited    chan struct{}       // closed when the process has ended
	waitErr   error               // why it ended; set before gone is closed
	coldStart time.Duration       // set before polled is closed
	started   time.Time
	pollOnce  sync.Once
	endOnce   sync.Once

	mu      sync.Mutex
	current *invocation
}

// invocation is one call.
type invocation struct {
	id       string
	payload  []byte
	deadline time.Time
	done     chan result // one result at most
	answered bool        // the result is on its way; guarded by sandbox.mu
}

type result struct {
	answer []byte
	err    *FunctionError
}

func newSandbox(o Options, arn string) (*sandbox, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &sandbox{
		o: o, arn: arn,
		work: make(chan *invocation), polled: make(chan struct{}), failed: make(chan *FunctionError, 1),
		exited: make(chan struct{}),
	}
	s.api = &http.Server{Handler: s.routes()}
	s.cmd = exec.Command(o.Binary)
	s.cmd.Dir = o.Dir
	s.cmd.Env = append(environment(o, listener.Addr().String()), o.Env...)
	s.cmd.Stdout, s.cmd.Stderr = o.Stdout, o.Stderr
	// What the function started may hold on to its output; that must not hold up its end.
	s.cmd.WaitDelay = time.Second
	child.Prepare(s.cmd)
	s.started = time.Now()
	go func() { _ = s.api.Serve(listener) }()
	if err := s.cmd.Start(); err != nil {
		_ = s.api.Close()
		return nil, err
	}
	go func() {
		s.waitErr = s.cmd.Wait()
		close(s.exited)
		_ = s.api.Close()
	}()
	return s, nil
}

// environment is what Lambda sets:
// https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
func environment(o Options, api string) []string {
	return []string{
		"AWS_LAMBDA_RUNTIME_API=" + api,
		"AWS_LAMBDA_FUNCTION_NAME=" + o.Name,
		"AWS_LAMBDA_FUNCTION_VERSION=$LATEST",
		fmt.Sprintf("AWS_LAMBDA_FUNCTION_MEMORY_SIZE=%d", o.MemoryMB),
		"AWS_LAMBDA_INITIALIZATION_TYPE=on-demand",
		"AWS_LAMBDA_LOG_GROUP_NAME=/aws/lambda/" + o.Name,
		"AWS_LAMBDA_LOG_STREAM_NAME=local",
		"AWS_REGION=" + o.Region,
		"AWS_DEFAULT_REGION=" + o.Region,
		"LAMBDA_TASK_ROOT=" + o.Dir,
		"LAMBDA_RUNTIME_DIR=/var/runtime",
		"_HANDLER=bootstrap",
		"PATH=/usr/local/bin:/usr/bin:/bin",
		"LANG=en_US.UTF-8",
		"TZ=:UTC",
	}
}

// waitUntilReady waits until the function asks for work for the first time.
func (s *sandbox) waitUntilReady(ctx context.Context) error {
	timeout := time.NewTimer(initTimeout)
	defer timeout.Stop()
	select {
	case <-s.polled:
		return nil
	case err := <-s.failed:
		return err
	case <-s.exited:
		select {
		case err := <-s.failed: // it said so, and ended
			return err
		default:
			return s.exitError("")
		}
	case <-timeout.C:
		return &FunctionError{Type: "Sandbox.Timedout", Message: fmt.Sprintf("the function did not ask for work within %s",
			initTimeout)}
	case <-ctx.Done():
		return ctx.Err()
	}
}

// invoke hands one call over and waits for its end. taken says whether the function took it.
func (s *sandbox) invoke(ctx context.Context, payload []byte) (answer []byte, taken bool, err error) {
	i := &invocation{id: newID(), payload: payload, done: make(chan result, 1)}
	// A function that does not come back for work after its last call is treated as one that does
	// not answer.
	timeout := time.NewTimer(s.o.Timeout)
	defer timeout.Stop()
	select {
	case s.work <- i:
		timeout.Reset(s.o.Timeout)
	case <-s.exited:
		return nil, false, s.exitError(i.id)
	case <-timeout.C:
		s.end()
		return nil, true, s.timedOut(i.id)
	case <-ctx.Done():
		return nil, false, ctx.Err()
	}
	defer func() {
		s.mu.Lock()
		s.current = nil
		s.mu.Unlock()
	}()
	select {
	case r := <-i.done:
		return r.unpack()
	case <-s.exited:
		s.mu.Lock()
		answered := i.answered
		s.mu.Unlock()
		if answered { // and then ended
			return (<-i.done).unpack()
		}
		return nil, true, s.exitError(i.id)
	case <-timeout.C:
		s.end()
		return nil, true, s.timedOut(i.id)
	case <-ctx.Done():
		s.end()
		return nil, true, ctx.Err()
	}
}

func (r result) unpack() ([]byte, bool, error) {
	if r.err != nil {
		return nil, true, r.err
	}
	return r.answer, true, nil
}

func (s *sandbox) timedOut(id string) *FunctionError {
	return &FunctionError{
		Type:    "Sandbox.Timedout",
		Message: fmt.Sprintf("RequestId: %s Error: Task timed out after %.2f seconds", id, s.o.Timeout.Seconds()),
	}
}

// exitError says how the process ended; it must have.
func (s *sandbox) exitError(id string) *FunctionError {
	why := "Runtime exited without providing a reason"
	if exit, ok := errors.AsType[*exec.ExitError](s.waitErr); ok {
		why = "Runtime exited with error: " + exit.Error()
	}
	if id != "" {
		why = "RequestId: " + id + " Error: " + why
	}
	return &FunctionError{Type: "Runtime.ExitError", Message: why}
}

func (s *sandbox) ended() bool {
	select {
	case <-s.exited:
		return true
	default:
		return false
	}
}

// end kills the process and waits until it is gone.
func (s *sandbox) end() {
	s.endOnce.Do(func() {
		if !s.ended() {
			child.Kill(s.cmd)
		}
		_ = s.api.Close()
	})
	<-s.exited
}

// newID makes a request id: a random UUID.
func newID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails: https://pkg.go.dev/crypto/rand#Read
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
