package trailbus

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// consumer is an app in another module.
const consumer = `package main

import _ "github.com/trailbus/trailbus/constructs"

func main() {}
`

// An app that uses the constructs has Trailbus' source in the module cache: read-only, at another
// path, and its go.sum lacks what only the Lambda imports. The program must be the same bytes
// there, and the source unchanged.
func TestAnotherModuleCompilesTheSameLambda(t *testing.T) {
	if testing.Short() {
		t.Skip("it compiles the Lambda twice")
	}
	here, err := moduleDir()
	if err != nil {
		t.Fatal(err)
	}
	source := copyOfTheModule(t)
	before := hashes(t, source)
	if len(before) < 50 {
		t.Fatalf("the copy has %d files", len(before))
	}
	t.Chdir(consumerOf(t, source))
	t.Setenv("GOFLAGS", "-mod=mod")
	t.Setenv("GOWORK", "off")
	t.Setenv("GOSUMDB", "off")                                                      // the versions are those of our go.mod, and go.sum has checked them
	if _, err := runCommand(exec.Command("go", "list", "-deps", ".")); err != nil { // writes go.sum, as go build does
		t.Fatal(err)
	}
	found, err := moduleDir()
	if err != nil || found != source {
		t.Fatalf("the source is in %q: %v, want %q", found, err, source)
	}
	theirs, ours := t.TempDir(), t.TempDir()
	for out, dir := range map[string]string{theirs: found, ours: here} {
		if err := compileNotifier(dir, out); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := hashes(t, theirs), hashes(t, ours); len(want) != 1 || !maps.Equal(got, want) {
		t.Errorf("from another module the program is %v, want %v", got, want)
	}
	if after := hashes(t, source); !maps.Equal(after, before) {
		t.Errorf("the source was changed: %d files became %d", len(before), len(after))
	}
}

// consumerOf writes the module of the app, without a go.sum.
func consumerOf(t *testing.T, source string) string {
	t.Helper()
	ours, err := os.ReadFile("../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	gomod := "module example.com/mine\n\ngo 1.26\n\nreplace github.com/trailbus/trailbus => " + source + "\n\nrequire github.com/trailbus/trailbus v0.0.0\n"
	needed := regexp.MustCompile(`(?m)^\s+(github\.com/aws/(?:aws-cdk-go/awscdk/v2|constructs-go/constructs/v10|jsii-runtime-go) v\S+)`).FindAllStringSubmatch(string(ours), -1)
	if len(needed) != 3 {
		t.Fatalf("go.mod names %q", needed)
	}
	for _, module := range needed {
		gomod += "require " + module[1] + "\n"
	}
	dir := t.TempDir()
	for name, text := range map[string]string{"go.mod": gomod, "main.go": consumer} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// copyOfTheModule copies the files that a version of the module would have, and makes them
// read-only.
func copyOfTheModule(t *testing.T) string {
	t.Helper()
	command := exec.Command("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	command.Dir = ".."
	out, err := command.Output()
	if err != nil {
		t.Skipf("git does not list the files of the module: %v", err)
	}
	dir := filepath.Join(t.TempDir(), "trailbus@v0.0.0")
	t.Cleanup(func() {
		_ = filepath.WalkDir(dir, func(path string, _ fs.DirEntry, _ error) error { return os.Chmod(path, 0o755) })
	})
	for name := range strings.SplitSeq(strings.Trim(string(out), "\x00"), "\x00") {
		data, err := os.ReadFile(filepath.Join("..", name))
		if os.IsNotExist(err) {
			continue // deleted, and that is not committed yet
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o444); err != nil {
			t.Fatal(err)
		}
	}
	err = filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() {
			err = os.Chmod(path, 0o555)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// hashes are the hashes of the files below a folder.
func hashes(t *testing.T, dir string) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path)
		found[name] = fmt.Sprintf("%x", sha256.Sum256(data))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}
