package lambdaruntime_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/trailbus/trailbus/internal/local/lambdaruntime"
)

// binary is the test function, built once for all tests.
var binary string

func TestMain(m *testing.M) {
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "lambdaruntime-")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(dir)
		binary = filepath.Join(dir, "bootstrap")
		build := exec.Command("go", "build", "-tags", "lambda.norpc", "-o", binary, "./testdata/function")
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := build.CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "building the test function: %v\n%s", err, out)
			return 1
		}
		return m.Run()
	}())
}

func start(t *testing.T, o lambdaruntime.Options) *lambdaruntime.Function {
	t.Helper()
	o.Binary = binary
	f, err := lambdaruntime.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.Stop)
	return f
}
