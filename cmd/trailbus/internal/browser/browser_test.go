package browser

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func TestFind(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("PATH", dir)
	t.Setenv(EnvVar, "")
	if _, err := os.Stat(names[len(names)-2]); err == nil {
		t.Skip("Chrome is installed where the search path does not matter")
	}
	if path, err := Find(); !errors.Is(err, ErrNotFound) {
		t.Errorf("found %q, %v, want none", path, err)
	}
	program := filepath.Join(dir, "chromium")
	if err := os.WriteFile(program, []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	if path, err := Find(); path != program || err != nil {
		t.Errorf("found %q, %v, want %s", path, err, program)
	}
	t.Setenv(EnvVar, filepath.Join(dir, "none"))
	if path, err := Find(); err == nil {
		t.Errorf("found %q where the variable names nothing", path)
	}
}

func TestFileURL(t *testing.T) {
	if got, want := FileURL("/tmp/a b#<c>%.html", "only=1"), "file:///tmp/a%20b%23%3Cc%3E%25.html#only=1"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
