// Package slacktest is a local Slack: a server that takes messages of incoming webhooks as Slack does, keeps them, refuses
// what Slack refuses, and fails on demand.
//
// What Slack answers: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks; its limits:
// https://docs.slack.dev/reference/block-kit/blocks; its rate: https://docs.slack.dev/apis/web-api/rate-limits.
package slacktest
