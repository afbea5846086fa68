package browser

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/png"
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

func TestCrop(t *testing.T) {
	whole := image.NewRGBA(image.Rect(0, 0, 30, 20))
	whole.Set(9, 4, color.RGBA{200, 100, 50, 255})
	var b bytes.Buffer
	if err := png.Encode(&b, whole); err != nil {
		t.Fatal(err)
	}
	for size, want := range map[[2]int]image.Point{{10, 5}: {10, 5}, {100, 100}: {30, 20}} {
		data, err := crop(b.Bytes(), size[0], size[1])
		if err != nil {
			t.Fatal(err)
		}
		got, err := png.Decode(bytes.NewReader(data))
		if err != nil || got.Bounds().Size() != want {
			t.Fatalf("got %v (%v), want %v", got.Bounds(), err, want)
		}
		if r, _, _, _ := got.At(9, 4).RGBA(); r>>8 != 200 {
			t.Errorf("the picture is another one")
		}
	}
	if _, err := crop([]byte("no picture"), 1, 1); err == nil {
		t.Error("cut what is no picture")
	}
}
