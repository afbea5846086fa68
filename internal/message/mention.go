package message

import (
	"regexp"

	"github.com/slack-go/slack"
)

// mentions are how Slack writes whom a message calls: https://docs.slack.dev/messaging/formatting-message-text#mentions
var mentions = regexp.MustCompile(`^<(?:!(?:here|channel|everyone)|!subteam\^S[A-Z0-9]{2,20}|@[UW][A-Z0-9]{2,20})>$`)

// mention lets through what is a mention and nothing else.
func mention(s string) string {
	if !mentions.MatchString(s) {
		return ""
	}
	return s
}

// calling is the block that calls them. In mrkdwn, for that is where Slack says that a mention of an app notifies people.
func calling(s string) slack.Block {
	return slack.NewSectionBlock(&slack.TextBlockObject{Type: slack.MarkdownType, Text: s, Verbatim: true}, nil, nil)
}
