package cloudtrail

import (
	"io"
	"iter"
)

// Read reads CloudTrail records.
func Read(r io.Reader, name string) iter.Seq2[*Event, error] {
	return func(yield func(*Event, error) bool) {}
}
