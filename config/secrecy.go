package config

import (
	"regexp"

	"github.com/trailbus/trailbus/internal/yamldoc"
)

// webhookURL is how the incoming webhooks of Slack begin, those of GovSlack too.
var webhookURL = regexp.MustCompile(`(?i)hooks\.slack`)

// anyURL is what may be a webhook, whoever takes it and however it is spelt.
var anyURL = regexp.MustCompile(`(?i)(?:[a-z]+:)?//[^\s"]+|hooks\.slack[^\s"]*`)

// withoutURLs takes URLs out of what is said about a file. A webhook URL is a secret itself, people put it wherever a name
// belongs, and these lines end up in logs.
func withoutURLs(problems yamldoc.Problems) yamldoc.Problems {
	for i := range problems {
		problems[i].Message = anyURL.ReplaceAllString(problems[i].Message, "(a URL, not repeated here)")
	}
	return problems
}
