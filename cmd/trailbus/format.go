package main

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/trailbus/trailbus/rules"
)

// count writes a number and its noun.
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

func printJSON(s *streams, v any) error {
	encoder := json.NewEncoder(s.out)
	encoder.SetIndent("", "  ")
	return encoder.Encode(v)
}

// few writes some of many.
func few(list []string, most int) string {
	if more := len(list) - most; more > 0 {
		return strings.Join(list[:most], ", ") + fmt.Sprintf(" and %d more", more)
	}
	return strings.Join(list, ", ")
}

func number(b bool) int { return map[bool]int{true: 1}[b] }

// seconds writes milliseconds.
func seconds(ms int64) string {
	return fmt.Sprintf("%.1f s", float64(ms)/float64(time.Second/time.Millisecond))
}

// catalogRule is the catalogue's rule with an id, or nil.
func catalogRule(id string) *rules.Rule {
	for _, rule := range rules.CatalogRules() {
		if rule.ID == id {
			return rule
		}
	}
	return nil
}

var accountDigits = regexp.MustCompile(`^[0-9]{12}$`)
