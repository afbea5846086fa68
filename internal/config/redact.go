package config

import (
	"regexp"

	"github.com/trailbus/trailbus/internal/yamldoc"
)

// anyURL matches what may be a webhook, of any host and in any spelling.
var anyURL = regexp.MustCompile(`(?i)(?:[a-z]+:)?//[^\s"]+|hooks\.slack[^\s"]*`)

// anyToken matches what is, or looks like, a token of a Slack app.
var anyToken = regexp.MustCompile(`(?i)\b(?:xox[a-z]|xapp)(?:\.xox[a-z])?-[^\s"]+`)

// redact removes URLs and tokens from the messages about a file. A webhook URL is a secret, people
// put both wherever a name belongs, and these messages are logged.
func redact(problems yamldoc.Problems) yamldoc.Problems {
	for i := range problems {
		message := anyURL.ReplaceAllString(problems[i].Message, "(a URL, not repeated here)")
		problems[i].Message = anyToken.ReplaceAllString(message, "(a token, not repeated here)")
	}
	return problems
}
