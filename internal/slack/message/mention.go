package message

import (
	"github.com/slack-go/slack"

	"github.com/trailbus/trailbus/routes"
)

// mention gives s if it is a mention, "" if not.
func mention(s string) string {
	if !routes.IsMention(s) {
		return ""
	}
	return s
}

// mentionBlock is the block of a mention. It is mrkdwn, because Slack documents only there that the
// mention of an app notifies people.
func mentionBlock(s string) slack.Block {
	return slack.NewSectionBlock(&slack.TextBlockObject{Type: slack.MarkdownType, Text: s, Verbatim: true}, nil, nil)
}
