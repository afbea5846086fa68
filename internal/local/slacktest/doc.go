// Package slacktest is a local Slack: a server that takes messages of incoming webhooks and of the
// Web API as Slack does, keeps them, refuses what Slack refuses, and fails on demand.
//
// What Slack answers: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks and
// https://docs.slack.dev/reference/methods/chat.postMessage; its limits:
// https://docs.slack.dev/reference/block-kit/blocks; its rate:
// https://docs.slack.dev/apis/web-api/rate-limits.
package slacktest
