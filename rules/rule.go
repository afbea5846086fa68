// Package rules defines what Trailbus watches for: rules, the catalogue of rules that comes with
// Trailbus, and sets of rules. A set matches events, and is packed into the few EventBridge event
// patterns that forward its events.
//
// A rule is written once and used three times: packed into the patterns on every default event bus,
// matched again by the notifier, and matched on a laptop. The notifier decides: a packed pattern
// may let more through than the rules want, never less.
package rules

import "encoding/json"

// Rule describes the CloudTrail events that are worth an alert, and what the alert says. It has
// Calls, a Pattern, or both.
type Rule struct {
	// ID identifies the rule in mutes, routes and log lines, and never changes: lower-case words
	// joined by hyphens.
	ID string `json:"id"`
	// Title says in a few words what happened, as the first line of a message.
	Title string `json:"title"`
	// Severity says how soon a person should look at the alert.
	Severity Severity `json:"severity"`
	// Why says in one or two sentences why it matters.
	Why string `json:"why"`
	// First says what to do first, in one or two sentences.
	First string `json:"first,omitempty"`
	// Page is the https address of a page about the rule: how to judge an alert and what to do.
	// Every rule of the catalogue has one.
	Page string `json:"page,omitempty"`
	// References are controls and techniques, for example "CIS AWS Foundations 7.0.0 5.4" or "MITRE
	// ATT&CK T1098".
	References []string `json:"references,omitempty"`
	// Show lists the request parameters that a message shows, each a path below requestParameters
	// such as "policyArn" or "ipPermissions.items".
	// Default: the message chooses.
	Show []string `json:"show,omitempty"`
	// Calls are API calls as service:Operation, for example "iam:CreateUser"; the service is the
	// first label of CloudTrail's eventSource. With a pattern as well, an event must match both.
	Calls []string `json:"calls,omitempty"`
	// Pattern is an EventBridge event pattern over the whole event, as in
	// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html.
	Pattern json.RawMessage `json:"pattern,omitempty"`
	// Unless are event patterns of events to exclude.
	Unless []json.RawMessage `json:"unless,omitempty"`
	// ReadOnly includes read-only management events (Describe, Get, List, …). EventBridge delivers
	// those only to rules in the state ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS:
	// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html
	ReadOnly bool `json:"readOnly,omitempty"`
}
