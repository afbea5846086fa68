package rules

import (
	"fmt"
	"slices"
	"strings"
)

// Severity says how soon a person should look at an alert. The zero value is no severity.
type Severity int

// The severities, from the least to the most urgent.
const (
	Low      Severity = iota + 1 // good to know, without a need to act
	Medium                       // look at it today
	High                         // look at it now, in working hours
	Critical                     // look at it now, at any hour
)

var severityNames = []string{"low", "medium", "high", "critical"}

// Severities returns every severity, the most urgent first.
func Severities() []Severity { return []Severity{Critical, High, Medium, Low} }

// ParseSeverity parses the name of a severity: critical, high, medium or low.
func ParseSeverity(name string) (Severity, error) {
	if i := slices.Index(severityNames, name); i >= 0 {
		return Severity(i + 1), nil
	}
	return 0, fmt.Errorf("unknown severity %q, allowed: %s", name, strings.Join(severityNames, ", "))
}

// String returns the name of the severity, "none" for the zero value.
func (s Severity) String() string {
	if s < Low || s > Critical {
		return "none"
	}
	return severityNames[s-1]
}

// MarshalText encodes the severity as its name.
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText decodes a name as [ParseSeverity] does.
func (s *Severity) UnmarshalText(text []byte) (err error) {
	*s, err = ParseSeverity(string(text))
	return err
}
