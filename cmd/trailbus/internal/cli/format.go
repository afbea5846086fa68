package cli

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
)

// Pluralize writes a number and its noun.
func Pluralize(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// JoinAtMost joins a list with commas. Of a longer list than most, it says how many more there are.
func JoinAtMost(list []string, most int) string {
	if more := len(list) - most; more > 0 {
		return strings.Join(list[:most], ", ") + fmt.Sprintf(" and %d more", more)
	}
	return strings.Join(list, ", ")
}

// PrintJSON prints a value as indented JSON.
func PrintJSON(s *Streams, v any) error {
	encoder := json.NewEncoder(s.Out)
	encoder.SetIndent("", "  ")
	return encoder.Encode(v)
}

// AccountID matches the id of an AWS account.
var AccountID = regexp.MustCompile(`^[0-9]{12}$`)

// roleName matches the name of a role, with its path:
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html
var roleName = regexp.MustCompile(`^[\w+=,.@-]+(/[\w+=,.@-]+)*$`)

// IsRoleName says whether a text may be the name of a role, with its path where it has one.
func IsRoleName(name string) bool { return len(name) <= 512 && roleName.MatchString(name) }
