// Package message makes what a person is told about a CloudTrail event.
package message

import (
	"github.com/slack-go/slack"

	"github.com/trailbus/trailbus/internal/cloudtrail"
	"github.com/trailbus/trailbus/rules"
)

// Alert is an event together with the rules that it matches.
type Alert struct {
	Event *cloudtrail.Event
	// Rules are the rules that match, at least one, the most urgent first.
	Rules []*rules.Rule
	// AccountNames are the names of the organization's accounts by id.
	AccountNames map[string]string
}

// Message is what a person is told about one event.
type Message struct{ alert Alert }

// New makes the message of an alert.
func New(a Alert) *Message { return &Message{a} }

// Slack gives the message for an incoming webhook, in Block Kit.
func (m *Message) Slack() *slack.WebhookMessage { return &slack.WebhookMessage{Text: "alert"} }

// Text gives the message for a terminal, without colour.
func (m *Message) Text() string { return "alert\n" }

// Terminal gives the message for a terminal, its first line coloured by severity if color is set.
func (m *Message) Terminal(color bool) string { return m.Text() }
