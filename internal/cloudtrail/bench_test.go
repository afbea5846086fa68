package cloudtrail

import (
	"io"
	"iter"
	"strings"
	"testing"
)

func BenchmarkParse(b *testing.B) {
	e, err := FromRecord([]byte(created))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	b.SetBytes(int64(len(e.JSON)))
	for b.Loop() {
		if _, err := Parse(e.JSON); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkFromRecord(b *testing.B) {
	raw := []byte(created)
	b.ReportAllocs()
	b.SetBytes(int64(len(raw)))
	for b.Loop() {
		if _, err := FromRecord(raw); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkRead(b *testing.B) { benchmarkReader(b, Read) }

func BenchmarkReadRaw(b *testing.B) { benchmarkReader(b, ReadRaw) }

// benchmarkReader reads a log file of many records.
func benchmarkReader[T any](b *testing.B, read func(io.Reader, string) iter.Seq2[T, error]) {
	const records = 1000
	file := `{"Records":[` + strings.Repeat(created+",", records-1) + created + `]}`
	b.ReportAllocs()
	b.SetBytes(int64(len(file)))
	for b.Loop() {
		n := 0
		for _, err := range read(strings.NewReader(file), "f") {
			if err != nil {
				b.Fatal(err)
			}
			n++
		}
		if n != records {
			b.Fatalf("read %d records, want %d", n, records)
		}
	}
}
