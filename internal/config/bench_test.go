package config

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// BenchmarkParse reads the file of the repository, and one with 1,000 accounts.
func BenchmarkParse(b *testing.B) {
	usual, err := os.ReadFile("../../trailbus.yaml")
	if err != nil {
		b.Fatal(err)
	}
	list := ""
	for i := range 1000 {
		list += strings.Replace("  - {id: \"NNNNNNNNNNNN\", name: account NNNNNNNNNNNN}\n", "NNNNNNNNNNNN", fmt.Sprint(300000000000+i), 2)
	}
	many := strings.Replace(good, "rules:\n", list+"rules:\n", 1)
	for name, text := range map[string]string{"usual": string(usual), "1000 accounts": many, "1000 wrong accounts": strings.ReplaceAll(many, `{id: "3`, `{id: "x`)} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				_, _ = Parse("etc/trailbus.yaml", []byte(text), readTestFile)
			}
		})
	}
}
