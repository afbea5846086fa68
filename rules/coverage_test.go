package rules

import (
	"encoding/csv"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/trailbus/trailbus/eventpattern"
)

// TestEveryWatchedCallIsCoveredOrLeftOutOnPurpose compares the catalogue with the API calls that
// public detection rule sets watch.
func TestEveryWatchedCallIsCoveredOrLeftOutOnPurpose(t *testing.T) {
	watched := readCSV(t, filepath.Join("..", "..", "shared", "data", "watched-calls.csv"))
	if watched == nil {
		t.Skip("the list of watched calls is not here")
	}
	files, err := filepath.Glob(filepath.Join("leftout", "*.csv"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%d files of what is left out (%v)", len(files), err)
	}
	reasons := map[string]string{}
	for _, file := range files {
		for _, row := range readCSV(t, file) {
			name := row["eventSource"] + " " + row["eventName"]
			if row["reason"] == "" || reasons[name] != "" {
				t.Errorf("%s: %s is left out without a reason, or twice", file, name)
			}
			reasons[name] = row["reason"]
		}
	}
	covers := coverage(t)
	known := map[string]bool{}
	for _, row := range watched {
		name := row["eventSource"] + " " + row["eventName"]
		known[name] = true
		sets, err := strconv.Atoi(row["core_sets(5)"])
		if err != nil {
			t.Fatal(err)
		}
		covered, left := covers(row["eventSource"], row["eventName"]), reasons[name] != ""
		switch {
		case covered && left:
			t.Errorf("%s is covered, and left out because: %s", name, reasons[name])
		case !covered && sets >= 2:
			t.Errorf("%s is watched by %d of the five core sets and by no rule here", name, sets)
		case !covered && !left:
			t.Errorf("%s is neither covered by a rule nor left out with a reason", name)
		}
	}
	for name := range reasons {
		if !known[name] {
			t.Errorf("%s is left out, and not watched", name)
		}
	}
}

// coverage says whether some rule is about a call, whatever else it asks for.
func coverage(t *testing.T) func(source, name string) bool {
	t.Helper()
	var patterns []*eventpattern.Pattern
	branches, err := catalogSet(t).branches()
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range branches {
		if b.source == "" || b.names == nil {
			continue // a rule about everybody's calls is about none in particular
		}
		p, err := eventpattern.Compile(encode(map[string]any{"detail": map[string]any{"eventSource": []string{b.source}, "eventName": b.names}}))
		if err != nil {
			t.Fatal(err)
		}
		patterns = append(patterns, p)
	}
	set := eventpattern.NewSet(patterns...)
	return func(source, name string) bool {
		matched, err := set.Match(encode(map[string]any{"detail": map[string]any{"eventSource": source, "eventName": name}}))
		if err != nil {
			t.Fatal(err)
		}
		return len(matched) > 0
	}
}

// readCSV reads rows by the names of their columns, nil where there is no file.
func readCSV(t *testing.T, path string) []map[string]string {
	t.Helper()
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	var named []map[string]string
	for _, row := range rows[1:] {
		record := map[string]string{}
		for i, column := range rows[0] {
			record[column] = row[i]
		}
		named = append(named, record)
	}
	return named
}
