package message

import (
	"github.com/slack-go/slack"

	"github.com/trailbus/trailbus/routes"
)

// mention lets through what is a mention and nothing else.
func mention(s string) string {
	if !routes.IsMention(s) {
		return ""
	}
	return s
}

// mentionBlock is the block that calls them. In mrkdwn, for that is where Slack says that a mention of an app notifies people.
func mentionBlock(s string) slack.Block {
	return slack.NewSectionBlock(&slack.TextBlockObject{Type: slack.MarkdownType, Text: s, Verbatim: true}, nil, nil)
}
