// Package logfiles finds CloudTrail's log files, in folders and in S3, and opens them, some at a time.
package logfiles

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// Extensions are the ends of the names of log files in a folder or bucket.
var Extensions = []string{".json", ".json.gz", ".jsonl", ".jsonl.gz"}

// File is a log file that was found and not yet opened.
type File struct {
	// Name is a path, or s3://bucket/key.
	Name string
	// Size is how many bytes it has, packed as it is.
	Size int64
	// Open opens it. Its errors are readable and name the file.
	Open func(context.Context) (io.ReadCloser, error)
}

// Search finds log files. Its counters are for whoever has ranged over what it found.
type Search struct {
	// From and To are the first and the last day, in UTC, of the records that are looked for; zero: any. Files that by the date in
	// their path cannot hold such records are left out.
	From, To time.Time
	// Digests is how many files were left out since they hold digests of log files and no records, Dated how many for their date. In
	// S3, a folder that was left out counts as one.
	Digests, Dated int
}

// Local finds a file, whatever its name is, or the log files in a folder and below.
func (s *Search) Local(path string) iter.Seq2[*File, error] {
	return func(yield func(*File, error) bool) {
		info, err := os.Stat(path)
		switch {
		case err != nil:
			yield(nil, openError(path, err))
			return
		case !info.IsDir():
			yield(localFile(path, info.Size()), nil)
			return
		}
		found, before := 0, s.Digests+s.Dated
		err = filepath.WalkDir(resolveLink(path), func(name string, entry fs.DirEntry, err error) error {
			if err == nil && !entry.IsDir() && s.selects(filepath.ToSlash(name)) {
				var info fs.FileInfo
				if info, err = os.Stat(name); err == nil && info.Mode().IsRegular() { // also where it is a link
					found++
					if !yield(localFile(name, info.Size()), nil) {
						return fs.SkipAll
					}
				}
			}
			if err != nil {
				found++ // it was named
				if !yield(nil, openError(name, err)) {
					return fs.SkipAll
				}
			}
			return nil
		})
		if err == nil && found == 0 && s.Digests+s.Dated == before {
			yield(nil, noFilesError(path))
		}
	}
}

// noFilesError is the error about a place without log files.
func noFilesError(place string) error {
	return fmt.Errorf("%s: found no log file, allowed: files that end with %s", place, strings.Join(Extensions, ", "))
}

// resolveLink follows a link to a folder, which WalkDir does not.
func resolveLink(path string) string {
	if target, err := filepath.EvalSymlinks(path); err == nil {
		return target
	}
	return path
}

func localFile(path string, size int64) *File {
	return &File{Name: path, Size: size, Open: func(context.Context) (io.ReadCloser, error) {
		file, err := os.Open(path)
		if err != nil {
			return nil, openError(path, err)
		}
		return file, nil
	}}
}

// openError names the file once.
func openError(path string, err error) error {
	if pathError, ok := errors.AsType[*fs.PathError](err); ok {
		err = pathError.Err
	}
	return fmt.Errorf("%s: cannot be read: %w", path, err)
}

// selects says whether a file that was found in a folder is a log file that may hold what is looked for.
func (s *Search) selects(path string) bool {
	log := false
	for _, extension := range Extensions {
		log = log || strings.HasSuffix(path, extension)
	}
	switch {
	case !log:
	case isDigest(path):
		s.Digests++
	case s.outsideDates(path):
		s.Dated++
	default:
		return true
	}
	return false
}

// Each opens files, up to workers of them at a time, and calls use for each, from as many goroutines. What could not be found or opened
// goes to failed. After the context's end, no more files are opened.
func Each(ctx context.Context, workers int, files iter.Seq2[*File, error], use func(*File, io.Reader), failed func(error)) {
	// The search goes ahead, so that it is soon known how much there is to do, but not without bounds.
	const ahead = 1 << 14
	found := make(chan *File, ahead)
	var all sync.WaitGroup
	for range workers {
		all.Go(func() {
			for file := range found {
				if ctx.Err() != nil {
					continue
				}
				opened, err := file.Open(ctx)
				if err != nil {
					failed(err)
					continue
				}
				use(file, &contextReader{ctx, opened})
				opened.Close()
			}
		})
	}
	for file, err := range files {
		if ctx.Err() != nil {
			break
		}
		if err != nil {
			failed(err)
			continue
		}
		select {
		case found <- file:
		case <-ctx.Done():
		}
	}
	close(found)
	all.Wait()
}

// contextReader reads until the context ends.
type contextReader struct {
	ctx context.Context
	in  io.Reader
}

func (r *contextReader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.in.Read(p)
}
