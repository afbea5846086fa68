package rules

import (
	"fmt"
	"strings"
	"testing"
)

// loadRuleWith loads a file with one rule that has these lines, and gives what is said about it.
func loadRuleWith(lines string) string {
	pack, err := Load("mine.yaml", []byte("pack: mine\nrules:\n  - id: a\n    severity: low\n"+lines))
	if err != nil {
		return err.Error()
	}
	return strings.Join(pack.Warnings, "\n")
}

func TestWhatARuleProbablyDoesNotMeanIsSaid(t *testing.T) {
	const words = "    title: T\n    why: W\n"
	exists := func(field string) string {
		return "detail." + field + " is an object, and exists looks at fields that are none, so this matches no object, allowed: exists for a field of it"
	}
	var long strings.Builder
	for i := range 300 {
		fmt.Fprintf(&long, ", iam:CreateUser%d", i)
	}
	tests := map[string]string{
		words + "    calls: [iam.amazonaws.com:CreateAccessKey]\n":                                                               `7:13: found call "iam.amazonaws.com:CreateAccessKey", allowed: iam:CreateAccessKey, without the end that every eventSource has`,
		words + "    calls: []\n":                                                                                                `7:12: found an empty list, allowed: at least one call`,
		words + "    calls: [\"\"]\n":                                                                                            `7:13: found call "", allowed: service:Operation as in iam:CreateUser`,
		words + "    calls: [~]\n":                                                                                               `7:13: found nothing, allowed: an item of the list`,
		words + "    calls: 5\n":                                                                                                 `7:12: found "5", allowed: a list`,
		words + "    calls: [iam:ListUsers, ec2:DescribeInstances, iam:GetUser]\n":                                               `7:12: warning: found only calls that read, which EventBridge never delivers without readOnly: true`,
		words + "    calls: [iam:ListUsers]\n    readOnly: true\n":                                                               ``,
		words + "    calls: [iam:ListUsers, iam:CreateUser]\n":                                                                   ``,
		words + "    calls: [sts:GetFederationToken]\n":                                                                          ``,
		words + "    pattern: {detail: {requestParameters: [{exists: true}]}}\n":                                                 `7:15: warning: ` + exists("requestParameters"),
		words + "    pattern: {detail: {$or: [{responseElements: [{exists: true}]}, {errorCode: [x]}]}}\n":                       `7:15: warning: ` + exists("responseElements"),
		words + "    pattern: {$or: [{detail: {userIdentity: [{exists: true}]}}, {detail: {errorCode: [x]}}]}\n":                 `7:15: warning: ` + exists("userIdentity"),
		words + "    calls: [iam:CreateUser]\n    unless: [{detail: {additionalEventData: [a, {exists: true}]}}]\n":              `8:15: warning: ` + exists("additionalEventData"),
		words + "    pattern: {detail: {requestParameters: {userName: [{exists: true}]}}}\n":                                     ``,
		words + "    pattern: {detail: {responseElements: [{exists: false}]}}\n":                                                 ``,
		words + "    pattern: 5\n":                                                                                               `7:14: event pattern`,
		words + "    unless: [5]\n    calls: [iam:CreateUser]\n":                                                                 `7:14: event pattern`,
		words + "    pattern: {detail: {a: *x}}\n":                                                                               `7:27: found an alias, allowed: the value itself`,
		"    why: W\n    title: \"a\\nb\"\n    calls: [iam:CreateUser]\n":                                                        `6:12: found a title with the character U+000A, allowed: plain text in one line`,
		"    why: W\n    title: \"a\\u202eb\"\n    calls: [iam:CreateUser]\n":                                                    `6:12: found a title with the character U+202E, allowed: plain text in one line`,
		"    why: W\n    title: \" \"\n    calls: [iam:CreateUser]\n":                                                            `6:12: found an empty title, allowed: a text`,
		"    why: W\n    title: " + strings.Repeat("x", 151) + "\n    calls: [iam:CreateUser]\n":                                 `6:12: found a title of 151 characters, allowed: 150`,
		words + "    calls: [iam:CreateUser]\n    references: [a, \"b\\ec\"]\n":                                                  `8:21: found a reference with the character U+001B, allowed: plain text in one line`,
		words + "    calls: [iam:CreateUser]\n    show:\n      - \"b\\u202ec\"\n":                                                `9:9: found a path to show with the character U+202E, allowed: plain text in one line`,
		words + "    calls: [iam:CreateUser]\n    show: [\"\"]\n":                                                                `8:12: found an empty path to show, allowed: a text`,
		words + "    pattern: {detail: {errorCode: [a], errorCode: [b]}}\n":                                                      `7:40: "errorCode" is given twice, first in line 7`,
		words + "    pattern:\n      detail:\n        userAgent: [a]\n      detail:\n        errorCode: [a]\n":                   `10:7: "detail" is given twice, first in line 8`,
		words + "    pattern: {\"detail\": {\"a\": [{\"prefix\": \"x\", \"prefix\": \"y\"}]}}\n":                                 `7:48: "prefix" is given twice, first in line 7`,
		words + "    calls: [iam:CreateUser]\n    unless:\n      - detail: {errorCode: [a]}\n        detail: {userAgent: [a]}\n": `10:9: "detail" is given twice, first in line 9`,
		"    title: T\n    why: \"a\\eb\"\n    calls: [iam:CreateUser]\n":                                                        `6:10: found a why with the character U+001B, allowed: plain text`,
		"    title: T\n    why: |\n      a\n      b\n    calls: [iam:CreateUser]\n":                                              ``,
		"    title: T\r\n    why: |\r\n      a\r\n      b\r\n    calls: [iam:CreateUser]\r\n":                                    ``,
		words + "    calls: [iam:CreateUser" + long.String() + "]\n":                                                             `3:5: rule "a": event pattern has `,
	}
	for text, want := range tests {
		got := loadRuleWith(text)
		if strings.Contains(want, "event pattern") { // what follows is said by that package
			if strings.Count(got, "event pattern") != 1 || !strings.Contains(got, "mine.yaml:"+want) {
				t.Errorf("got:\n%s\nwant one line that begins:\n%s", got, want)
			}
			continue
		}
		if want != "" {
			want = "mine.yaml:" + want
		}
		if got != want {
			t.Errorf("got:\n%s\nwant:\n%s\nfor:\n%s", got, want, text)
		}
	}
}

func TestARuleWithoutAnIDIsRefused(t *testing.T) {
	_, err := Load("mine.yaml", []byte("pack: \"\"\nrules:\n  - {id: \"a\\nb\", title: T, why: W, severity: low, calls: [iam:CreateUser]}\n  - 5\n  - ~\n"))
	want := `mine.yaml:1:7: found pack "", allowed: lower-case words joined by hyphens
mine.yaml:3:10: found id "a\nb", allowed: lower-case words joined by hyphens
mine.yaml:4:5: found "5", allowed: a mapping with id, title, severity, why, first, references, page, show, calls, pattern, unless, readOnly
mine.yaml:5:5: found nothing, allowed: an item of the list`
	if err == nil || err.Error() != want {
		t.Errorf("got:\n%v\nwant:\n%s", err, want)
	}
}
