// Package logfiles finds CloudTrail's log files in folders and in S3, and opens several at a time.
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
	"slices"
	"strings"
	"sync"
	"time"
)

// Extensions are the extensions of log files in a folder or bucket.
var Extensions = []string{".json", ".json.gz", ".jsonl", ".jsonl.gz"}

// File is a log file, not yet opened.
type File struct {
	// Name is a path, or s3://bucket/key.
	Name string
	// Size is in bytes, compressed if the file is.
	Size int64
	// Open opens it. Its errors name the file.
	Open func(context.Context) (io.ReadCloser, error)
}

// Search finds log files. Its counters are complete after ranging over all files.
type Search struct {
	// From and To are the first and the last day of the records, in UTC. Zero means no limit.
	// Search skips files that cannot hold such records by the date in their path.
	From, To time.Time
	// Digests is the number of skipped files that hold digests of log files, Dated the number of
	// files skipped for their date. In S3, a skipped folder counts as one.
	Digests, Dated int
}

// Local finds a file of any name, or the log files in a folder and its subfolders.
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
				if info, err = os.Stat(name); err == nil && info.Mode().IsRegular() { // follows links
					found++
					if !yield(localFile(name, info.Size()), nil) {
						return fs.SkipAll
					}
				}
			}
			if err != nil {
				found++ // so that the error is the only one
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

// noFilesError says that a place has no log files.
func noFilesError(place string) error {
	return fmt.Errorf("%s: found no log file, allowed: files that end with %s", place, strings.Join(Extensions, ", "))
}

// resolveLink follows a link to a folder, because WalkDir does not.
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

// openError names the file, once: an fs.PathError names it too.
func openError(path string, err error) error {
	if pathError, ok := errors.AsType[*fs.PathError](err); ok {
		err = pathError.Err
	}
	return fmt.Errorf("%s: cannot be read: %w", path, err)
}

// selects reports whether a file is a log file that may hold records of the days, and counts it if
// not.
func (s *Search) selects(path string) bool {
	switch {
	case !slices.ContainsFunc(Extensions, func(extension string) bool { return strings.HasSuffix(path, extension) }):
	case isDigest(path):
		s.Digests++
	case s.outsideDates(path):
		s.Dated++
	default:
		return true
	}
	return false
}

// Each opens files, up to workers at a time, and calls use for each, concurrently. It calls failed
// for errors of finding and opening, also concurrently. When the context ends, it opens no more
// files, and reading fails.
func Each(ctx context.Context, workers int, files iter.Seq2[*File, error], use func(*File, io.Reader),
	failed func(error)) {
	// The search runs ahead of the workers, so that the total is soon known, within a bound.
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

// contextReader fails when the context ends.
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
