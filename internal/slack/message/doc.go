// Package message renders the message about a CloudTrail event: who did what, to what, where,
// whether it succeeded and why it matters, in Slack's Block Kit and as plain text.
//
// The caller chooses most texts of a record: names, tags, user agents, policies. So each of them is
// redacted (redact.go), made visible and cut (clean.go), and placed only where Slack shows it
// literally: in rich_text and plain_text, never in mrkdwn (slack.go).
package message
