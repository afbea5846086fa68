package yamlschema

import (
	"bytes"
	"os"
	"testing"
)

// Hold writes the schema into its file if update says so, else it compares the two. command is what to run to have it written.
func (s *Schema) Hold(t *testing.T, file string, update bool, command string) {
	t.Helper()
	want, err := s.JSON()
	if err != nil {
		t.Fatal(err)
	}
	if update {
		if err := os.WriteFile(file, want, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if got, err := os.ReadFile(file); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%s is not what the Go types, their comments and the catalogue say (%v): write it anew with\n  %s", file, err, command)
	}
}
