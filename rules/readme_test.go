package rules

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/trailbus/trailbus/eventpattern"
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
	b.WriteString("\n| pack | rules | EventBridge rules | bytes of event patterns |\n| --- | --- | --- | --- |\n")
	for _, pack := range append(Catalog(), &Pack{Name: "all of them", Rules: CatalogRules()}) {
		count, size := footprint(pack.Rules)
		fmt.Fprintf(&b, "| %s | %d | %d | %d |\n", pack.Name, len(pack.Rules), count, size)
	}
	anchored := map[string]bool{} // a rule may be in two packs
	for _, pack := range Catalog() {
		fmt.Fprintf(&b, "\n### %s: %s\n\n| rule | severity | what happened | references |\n| --- | --- | --- | --- |\n", pack.Name, pack.Title)
		for _, rule := range pack.Rules {
			anchor := ""
			if !anchored[rule.ID] {
				anchored[rule.ID] = true
				anchor = `<a id="` + rule.ID + `"></a>`
			}
			fmt.Fprintf(&b, "| %s`%s` | %s | %s | %s |\n", anchor, rule.ID, rule.Severity, rule.Title, strings.Join(rule.References, "; "))
		}
	}
	return b.String() + "\n"
}

// footprint says how many EventBridge rules some rules need on a default bus, and how many bytes
// their patterns have.
func footprint(rules []*Rule) (count, size int) {
	set, err := NewSet(rules...)
	if err != nil {
		panic(err)
	}
	patterns, err := set.Forwarding(eventpattern.DefaultQuota)
	if err != nil {
		panic(err)
	}
	for _, p := range patterns {
		size += len(p.Pattern)
	}
	return len(patterns), size
}
