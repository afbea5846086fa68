// Package testenv says what becomes of a test that needs what not every machine has: it is skipped,
// or fails where TRAILBUS_E2E=required says that nothing may be left out. Only tests import it.
package testenv

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/trailbus/trailbus/internal/local/localaws"
)

// SkipOrFail ends a test for want of something. The reason says of what, and how to get it.
func SkipOrFail(t testing.TB, reason string) {
	t.Helper()
	if os.Getenv("TRAILBUS_E2E") == "required" {
		t.Fatal(reason)
	}
	t.Skip(reason)
}

// LocalAWS ends a test that got an error from starting the local AWS.
func LocalAWS(t testing.TB, err error) {
	t.Helper()
	if errors.Is(err, localaws.ErrNoMoto) {
		SkipOrFail(t, err.Error())
	}
	if err != nil {
		t.Fatal(err)
	}
}

// CDK is the CDK command, as package.json pins it, in the folder of the project.
func CDK(t testing.TB, project string) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join(project, "node_modules", ".bin", "cdk"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err != nil {
		SkipOrFail(t, "the CDK command is missing, run: npm ci")
	}
	return path
}

// Root is the folder of the module: the nearest above a test's that has a go.mod.
func Root() (string, error) {
	dir, err := os.Getwd()
	for ; err == nil; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil || dir == filepath.Dir(dir) {
			return dir, err
		}
	}
	return "", err
}
