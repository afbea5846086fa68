package config

import (
	"regexp"

	"github.com/trailbus/trailbus/internal/yamldoc"
)

// webhookURL is how the incoming webhooks of Slack begin, those of GovSlack too.
var webhookURL = regexp.MustCompile(`(?i)hooks\.slack`)

// anyURL is what may be a webhook, whoever takes it and however it is spelt.
var anyURL = regexp.MustCompile(`(?i)(?:[a-z]+:)?//[^\s"]+|hooks\.slack[^\s"]*`)

// anyToken is what is, or looks like, a token of a Slack app.
var anyToken = regexp.MustCompile(`(?i)\b(?:xox[a-z]|xapp)(?:\.xox[a-z])?-[^\s"]+`)

// redact takes URLs and tokens out of what is said about a file. A webhook URL is a secret itself, people put both wherever a
// name belongs, and these lines end up in logs.
func redact(problems yamldoc.Problems) yamldoc.Problems {
	for i := range problems {
		message := anyURL.ReplaceAllString(problems[i].Message, "(a URL, not repeated here)")
		problems[i].Message = anyToken.ReplaceAllString(message, "(a token, not repeated here)")
	}
	return problems
}
