package logfiles

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

func day(d int) time.Time { return time.Date(2026, 11, d, 0, 0, 0, 0, time.UTC) }

// tree makes files that hold their own path.
func tree(t *testing.T, paths ...string) string {
	t.Helper()
	root := t.TempDir()
	for _, path := range paths {
		name := filepath.Join(root, filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(path), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// names gives the names of files found, and the errors, without the root.
func names(root string, found iter.Seq2[*File, error]) (all []string) {
	for file, err := range found {
		if err != nil {
			all = append(all, strings.ReplaceAll(err.Error(), root, "ROOT"))
		} else {
			all = append(all, fmt.Sprint(filepath.ToSlash(strings.TrimPrefix(file.Name, root+string(filepath.Separator))), " ", file.Size))
		}
	}
	slices.Sort(all)
	return all
}

func TestLocal(t *testing.T) {
	const trail = "AWSLogs/222222222222/CloudTrail/eu-west-1/2026/"
	root := tree(t, trail+"11/20/a.json.gz", trail+"11/21/b.json.gz", trail+"11/22/c.json.gz", trail+"12/01/d.json.gz", "AWSLogs/222222222222/CloudTrail-Digest/eu-west-1/2026/11/20/e.json.gz",
		"x.json", "y.jsonl", "z.jsonl.gz", "notes.txt", "json", "deep/er/w.json")
	search := Search{}
	want := []string{trail + "11/20/a.json.gz 62", trail + "11/21/b.json.gz 62", trail + "11/22/c.json.gz 62", trail + "12/01/d.json.gz 62",
		"deep/er/w.json 14", "x.json 6", "y.jsonl 7", "z.jsonl.gz 10"}
	if got := names(root, search.Local(root)); !slices.Equal(got, want) || search.Digests != 1 || search.Dated != 0 {
		t.Errorf("got %q, %+v; want %q", got, search, want)
	}
	// For the 20th: the files of the 20th and the 21st, and those whose path has no date.
	search = Search{From: day(20), To: day(20)}
	if got := names(root, search.Local(root)); !slices.Equal(got, slices.Concat(want[:2], want[4:])) || search.Dated != 2 {
		t.Errorf("of one day: got %q, %+v", got, search)
	}
	search = Search{}
	if got := names(root, search.Local(filepath.Join(root, "notes.txt"))); !slices.Equal(got, []string{"notes.txt 9"}) {
		t.Errorf("a file is read whatever its name is: got %q", got)
	}
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(root, link); err == nil {
		if got := names(root, search.Local(link)); len(got) != len(want) {
			t.Errorf("a link to a folder: got %q", got)
		}
	}
	for range search.Local(root) {
		break // and nothing panics
	}
}

func TestLocalErrors(t *testing.T) {
	root := tree(t, "only.txt")
	search := Search{}
	if got, want := names(root, search.Local(root)), []string{"ROOT: found no log file, allowed: files that end with .json, .json.gz, .jsonl, .jsonl.gz"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := names(root, search.Local(filepath.Join(root, "missing"))), []string{"ROOT/missing: cannot be read: no such file or directory"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	root = tree(t, "a.json")
	if err := os.Symlink("nowhere", filepath.Join(root, "b.json")); err != nil {
		t.Skip(err)
	}
	if got, want := names(root, search.Local(root)), []string{"ROOT/b.json: cannot be read: no such file or directory", "a.json 6"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestOutsideDates(t *testing.T) {
	const trail = "p/AWSLogs/o-1/222222222222/CloudTrail/eu-west-1/"
	for path, want := range map[string]bool{
		trail + "2026/11/19/x": true, trail + "2026/11/20/x": false, trail + "2026/11/22/x": false, trail + "2026/11/23/x": true,
		trail + "2026/11/": false, trail + "2026/10/": true, trail + "2026/12/": true, trail + "2026/": false, trail + "2025/": true, trail + "2027/": true,
		trail: false, "2025/11/20/AWSLogs/x": false, "p/AWSLogs/222222222222/CloudTrail-Insight/eu-west-1/2025/": true, "CloudTrail/eu-west-1/2025/": true,
	} {
		search := Search{From: day(20), To: day(21)}
		if got := search.outsideDates(path); got != want {
			t.Errorf("%s is outside: %t, want %t", path, got, want)
		}
		if (&Search{}).outsideDates(path) {
			t.Errorf("%s is outside of any days", path)
		}
	}
}

func TestEach(t *testing.T) {
	files := func(yield func(*File, error) bool) {
		for i := range 100 {
			if i%10 == 9 && !yield(nil, fmt.Errorf("not found %d", i)) {
				return
			}
			open := func(context.Context) (io.ReadCloser, error) {
				if i%10 == 3 {
					return nil, fmt.Errorf("not opened %d", i)
				}
				return io.NopCloser(strings.NewReader(fmt.Sprint(i))), nil
			}
			if i%10 != 9 && !yield(&File{Name: fmt.Sprint(i), Open: open}, nil) {
				return
			}
		}
	}
	var mu sync.Mutex
	read, failed := 0, 0
	Each(t.Context(), 3, files, func(file *File, in io.Reader) {
		content, err := io.ReadAll(in)
		mu.Lock()
		defer mu.Unlock()
		if read++; err != nil || string(content) != file.Name {
			t.Errorf("%s: %q, %v", file.Name, content, err)
		}
	}, func(error) {
		mu.Lock()
		defer mu.Unlock()
		failed++
	})
	if read != 80 || failed != 20 {
		t.Errorf("%d files read, %d failed; want 80 and 20", read, failed)
	}
}

func TestEachStopsWhenContextEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	endless := func(yield func(*File, error) bool) {
		for yield(&File{Open: func(context.Context) (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("x")), nil }}, nil) {
		}
	}
	var once sync.Once
	interrupted := false
	Each(ctx, 2, endless, func(_ *File, in io.Reader) {
		once.Do(func() {
			cancel()
			_, err := in.Read(make([]byte, 1))
			interrupted = errors.Is(err, context.Canceled)
		})
	}, func(err error) { t.Error(err) })
	if !interrupted {
		t.Error("a file that is being read goes on")
	}
}
