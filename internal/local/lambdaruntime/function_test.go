package lambdaruntime_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/trailbus/trailbus/internal/local/lambdaruntime"
)

func order(do, text string) []byte { return fmt.Appendf(nil, `{"do":%q,"text":%q}`, do, text) }

// must invokes and wants the answer.
func must(t *testing.T, f *lambdaruntime.Function, payload []byte, wanted string) {
	t.Helper()
	answer, err := f.Invoke(t.Context(), payload)
	if err != nil || string(answer) != wanted {
		t.Fatalf("%s: answer %.80s, error %v, wanted %s", payload, answer, err, wanted)
	}
}

// fails invokes and wants a function error of a type.
func fails(t *testing.T, f *lambdaruntime.Function, payload []byte, kind, message string) {
	t.Helper()
	answer, err := f.Invoke(t.Context(), payload)
	var failed *lambdaruntime.FunctionError
	if !errors.As(err, &failed) || failed.Type != kind || !strings.Contains(failed.Message, message) || answer != nil {
		t.Fatalf("%s: answer %.80s, error %v, wanted a function error %s with %q", payload, answer, err, kind, message)
	}
}

func TestFunctionAnswers(t *testing.T) {
	t.Parallel()
	f := start(t, lambdaruntime.Options{})
	for i := range 3 {
		text := fmt.Sprint("hello ", i)
		must(t, f, order("echo", text), `"`+text+`"`)
	}
	if f.Starts() != 1 {
		t.Errorf("%d processes for three calls, wanted 1", f.Starts())
	}
	if f.ColdStart() <= 0 {
		t.Errorf("cold start %s, wanted more than nothing", f.ColdStart())
	}
}

func TestFunctionEnvironment(t *testing.T) {
	t.Setenv("OUTSIDE", "not the function's business")
	dir := t.TempDir()
	f := start(t, lambdaruntime.Options{
		Dir: dir, Name: "notifier", Account: "111111111111", Region: "eu-west-1", MemoryMB: 256, Env: []string{"OWN=mine", "AWS_REGION=eu-west-1"},
	})
	answer, err := f.Invoke(t.Context(), order("describe", ""))
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(answer, &got); err != nil {
		t.Fatal(err)
	}
	real, err := filepath.EvalSymlinks(dir)
	if err != nil {
		t.Fatal(err)
	}
	for key, wanted := range map[string]any{
		"arn": "arn:aws:lambda:eu-west-1:111111111111:function:notifier", "name": "notifier", "memory": 256.0, "left": true,
		"directory": real, "root": dir, "region": "eu-west-1", "own": "mine", "home": "", "trace": true,
	} {
		if got[key] != wanted {
			t.Errorf("%s is %v, wanted %v", key, got[key], wanted)
		}
	}
	if id, _ := got["requestId"].(string); len(id) != 36 {
		t.Errorf("request id %q is no UUID", id)
	}
}

func TestFunctionOutput(t *testing.T) {
	t.Parallel()
	var out, errs lambdaruntime.Output
	f := start(t, lambdaruntime.Options{Stdout: &out, Stderr: &errs})
	must(t, f, order("print", "good morning"), "null")
	f.Stop() // from here on all of it is there
	if out.String() != "good morning\n" || errs.String() != "error: good morning\n" {
		t.Errorf("stdout %q, stderr %q", out.String(), errs.String())
	}
}

func TestFunctionErrorsAreReported(t *testing.T) {
	t.Parallel()
	f := start(t, lambdaruntime.Options{})
	fails(t, f, order("fail", "no such thing"), "errorString", "no such thing")
	if f.Starts() != 1 {
		t.Errorf("%d processes after an error, wanted 1: an error ends nothing", f.Starts())
	}
	fails(t, f, order("panic", "help"), "string", "help")
	must(t, f, order("echo", "back"), `"back"`)
	if f.Starts() != 2 {
		t.Errorf("%d processes after a panic, wanted 2", f.Starts())
	}
	fails(t, f, order("big", ""), "Function.ResponseSizeTooLarge", "6291456")
	if _, err := f.Invoke(t.Context(), bytes.Repeat([]byte(" "), 6<<20+1)); err == nil || !strings.Contains(err.Error(), "allowed: 6291456") {
		t.Errorf("an event that is too large: %v", err)
	}
	must(t, f, order("echo", "still there"), `"still there"`)
}

func TestCrashIsReportedAndTheFunctionStartsAnew(t *testing.T) {
	t.Parallel()
	f := start(t, lambdaruntime.Options{})
	fails(t, f, order("exit", ""), "Runtime.ExitError", "exit status 7")
	must(t, f, order("echo", "back"), `"back"`)
	fails(t, f, order("leave", ""), "Runtime.ExitError", "without providing a reason")
	must(t, f, order("echo", "again"), `"again"`)
	if f.Starts() != 3 {
		t.Errorf("%d processes after two crashes, wanted 3", f.Starts())
	}
}

func TestTimeoutKillsTheFunction(t *testing.T) {
	t.Parallel()
	f := start(t, lambdaruntime.Options{Timeout: 300 * time.Millisecond})
	first := pid(t, f)
	fails(t, f, order("hang", ""), "Sandbox.Timedout", "Task timed out after 0.30 seconds")
	if alive(first) {
		t.Errorf("process %d is still there", first)
	}
	must(t, f, order("echo", "back"), `"back"`)
	if f.Starts() != 2 {
		t.Errorf("%d processes, wanted 2", f.Starts())
	}
}

func TestCancelledInvoke(t *testing.T) {
	t.Parallel()
	f := start(t, lambdaruntime.Options{Timeout: time.Hour})
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := f.Invoke(ctx, order("hang", "")); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v, wanted %v", err, context.DeadlineExceeded)
	}
	must(t, f, order("echo", "back"), `"back"`)
}

func TestStopEndsTheProcess(t *testing.T) {
	t.Parallel()
	f := start(t, lambdaruntime.Options{Timeout: time.Hour})
	process := pid(t, f)
	if !alive(process) {
		t.Fatalf("process %d is not there", process)
	}
	called := make(chan error, 1)
	go func() {
		_, err := f.Invoke(context.Background(), order("hang", ""))
		called <- err
	}()
	f.Stop()
	f.Stop()
	if err := <-called; err == nil {
		t.Error("a call under way succeeded although the function was stopped")
	}
	if alive(process) {
		t.Errorf("process %d is still there", process)
	}
	if _, err := f.Invoke(t.Context(), order("echo", "")); err == nil || !strings.Contains(err.Error(), "is stopped") {
		t.Errorf("a call after Stop: %v", err)
	}
}

func TestEndOfContextEndsTheProcess(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	f, err := lambdaruntime.Start(ctx, lambdaruntime.Options{Binary: binary})
	if err != nil {
		t.Fatal(err)
	}
	process := pid(t, f)
	cancel()
	f.Stop() // waits
	if alive(process) {
		t.Errorf("process %d is still there", process)
	}
}

func TestStartReportsWhy(t *testing.T) {
	t.Parallel()
	script := filepath.Join(t.TempDir(), "bootstrap")
	if err := os.WriteFile(script, []byte("no program"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name   string
		o      lambdaruntime.Options
		wanted string
	}{
		{"nothing given", lambdaruntime.Options{}, "no binary given"},
		{"no such file", lambdaruntime.Options{Binary: filepath.Join(t.TempDir(), "none")}, "no such file"},
		{"no program", lambdaruntime.Options{Binary: script}, "exec format error"},
		{"crashes at once", lambdaruntime.Options{Binary: binary, Env: []string{"TEST_INIT=crash"}}, "Runtime.ExitError: Runtime exited with error: exit status 3"},
	} {
		f, err := lambdaruntime.Start(t.Context(), c.o)
		if err == nil {
			f.Stop()
		}
		if err == nil || !strings.Contains(err.Error(), c.wanted) {
			t.Errorf("%s: %v, wanted %q", c.name, err, c.wanted)
		}
	}
}

// pid asks the function for its process id.
func pid(t *testing.T, f *lambdaruntime.Function) int {
	t.Helper()
	answer, err := f.Invoke(t.Context(), order("describe", ""))
	if err != nil {
		t.Fatal(err)
	}
	var got struct{ PID int }
	if err := json.Unmarshal(answer, &got); err != nil || got.PID == 0 {
		t.Fatalf("%s: %v", answer, err)
	}
	return got.PID
}

func alive(pid int) bool { return syscall.Kill(pid, 0) == nil }
