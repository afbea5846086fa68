package rules

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write README.md's table of rules anew")

const (
	tableBegin = "<!-- table: go test ./rules -update -->\n"
	tableEnd   = "<!-- end of table -->\n"
)

func TestReadmeListsEveryRule(t *testing.T) {
	data, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(data), tableBegin)
	_, after, ok2 := strings.Cut(rest, tableEnd)
	if !ok || !ok2 {
		t.Fatal("README.md has no place for the table")
	}
	want := before + tableBegin + table() + tableEnd + after
	if *update {
		if err := os.WriteFile("README.md", []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if string(data) != want {
		t.Error("README.md does not list the rules as they are, run: go test ./rules -update")
	}
}

func table() string {
	var b strings.Builder
	for _, pack := range Catalog() {
		fmt.Fprintf(&b, "\n### %s: %s\n\n| rule | severity | what happened | references |\n| --- | --- | --- | --- |\n", pack.Name, pack.Title)
		for _, rule := range pack.Rules {
			fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", rule.ID, rule.Severity, rule.Title, strings.Join(rule.References, "; "))
		}
	}
	return b.String() + "\n"
}
