package cli

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/trailbus/trailbus/rules"
)

// Pluralize writes a number and its noun.
func Pluralize(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

func PrintJSON(s *Streams, v any) error {
	encoder := json.NewEncoder(s.Out)
	encoder.SetIndent("", "  ")
	return encoder.Encode(v)
}

// JoinAtMost writes some of many.
func JoinAtMost(list []string, most int) string {
	if more := len(list) - most; more > 0 {
		return strings.Join(list[:most], ", ") + fmt.Sprintf(" and %d more", more)
	}
	return strings.Join(list, ", ")
}

func Number(b bool) int { return map[bool]int{true: 1}[b] }

// Seconds writes milliseconds.
func Seconds(ms int64) string {
	return fmt.Sprintf("%.1f s", float64(ms)/float64(time.Second/time.Millisecond))
}

// CatalogRule is the catalogue's rule with an id, or nil.
func CatalogRule(id string) *rules.Rule {
	for _, rule := range rules.CatalogRules() {
		if rule.ID == id {
			return rule
		}
	}
	return nil
}

var AccountID = regexp.MustCompile(`^[0-9]{12}$`)
