package config

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestAlarms(t *testing.T) {
	var many []string
	for i := range 21 {
		many = append(many, fmt.Sprintf("a%d@example.com", i))
	}
	for text, want := range map[string]string{
		"{emails: [security@example.com, Ops+trailbus@mail.example.co.uk]}": "",
		"{emails: [nobody]}":                           `found e-mail address "nobody", allowed: an address such as security@example.com`,
		"{emails: [nobody@localhost]}":                 `found e-mail address "nobody@localhost"`,
		`{emails: ["a b@example.com"]}`:                `found e-mail address "a b@example.com"`,
		`{emails: ["A <a@example.com>"]}`:              `found e-mail address`,
		"{emails: [a@example.com, a@example.com]}":     "e-mail address a@example.com is given twice",
		"{emails: []}":                                 "no e-mail address is given, allowed: at least one",
		"{}":                                           "alarms.emails is missing",
		"{emails: a@example.com}":                      "a list",
		"{email: [a@example.com]}":                     "email",
		"{emails: [" + strings.Join(many, ", ") + "]}": "found 21 e-mail addresses, allowed: 20",
	} {
		c, err := Parse("etc/trailbus.yaml", []byte(strings.Replace(full, "{emails: [security@example.com]}", text, 1)), readTestFile)
		if want == "" {
			if err != nil || !slices.Equal(c.Alarms.Emails, []string{"security@example.com", "Ops+trailbus@mail.example.co.uk"}) {
				t.Errorf("%s: %+v, %v", text, c, err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}
