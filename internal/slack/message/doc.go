// Package message makes what a person is told about a CloudTrail event: who did what, to what, where, whether it worked and why it
// matters, in Slack's Block Kit and as plain text.
//
// Nearly everything in a record is written by whoever makes the call: names, tags, user agents, policies. So each such text is
// stripped of credentials (redact.go), made visible and short (clean.go), and only then placed where Slack takes it literally:
// in rich_text and plain_text, never in mrkdwn (slack.go).
package message
