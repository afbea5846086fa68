package cdktest

import (
	"bytes"
	"os/exec"
	"testing"

	"github.com/trailbus/trailbus/internal/local/testenv"
)

// Tool finds a program that not every machine has.
func Tool(t *testing.T, name, install string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err == nil {
		return path
	}
	testenv.SkipOrFail(t, name+" is not in PATH, run: "+install)
	return ""
}

// Lint runs cfn-lint over templates as they would be deployed to a Region. No error and no warning
// is taken.
func Lint(t *testing.T, region string, templates ...string) {
	t.Helper()
	program := Tool(t, "cfn-lint", "pip install cfn-lint")
	if len(templates) == 0 {
		t.Fatal("there is nothing to lint")
	}
	command := exec.Command(program, append([]string{"--regions", region, "--"}, templates...)...)
	if out, err := command.CombinedOutput(); err != nil || len(bytes.TrimSpace(out)) > 0 {
		t.Errorf("cfn-lint: %v\n%s", err, out)
	}
}
