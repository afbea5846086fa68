// Package rules holds what Trailbus watches for: the rule, the catalogue of rules that comes with Trailbus, sets of rules,
// matching an event against a set, and packing a set into the few EventBridge event patterns that forward its events.
//
// A rule is written once and used three times: packed into the patterns on every default event bus, matched again by the
// notifier, and matched on a laptop. The notifier is the judge; a packed pattern may let more through than the rules want,
// never less.
package rules

import "encoding/json"

// Rule is one thing worth telling a person, seen in one CloudTrail event.
type Rule struct {
	// ID names the rule for ever: in mutes, in routes, in log lines. Lower-case words joined by hyphens.
	ID string `json:"id"`
	// Title says in a few words what happened, as the first line of a message.
	Title string `json:"title"`
	// Severity says how soon a person should look.
	Severity Severity `json:"severity"`
	// Why says in one or two sentences why it matters.
	Why string `json:"why"`
	// First says what to do first, in one or two sentences.
	First string `json:"first,omitempty"`
	// Page is the address of a page about the rule: how to judge it and what to do. The rules of the catalogue have one each.
	Page string `json:"page,omitempty"`
	// References are controls and techniques, for example "CIS AWS Foundations 7.0.0 5.4" or "MITRE ATT&CK T1098".
	References []string `json:"references,omitempty"`
	// Show lists the request parameters worth showing in a message, each a path below requestParameters such as
	// "policyArn" or "ipPermissions.items". None: the message picks.
	Show []string `json:"show,omitempty"`
	// Calls are API calls as service:Operation, for example "iam:CreateUser"; the service is the first label of
	// CloudTrail's eventSource. With a pattern as well, an event must match both.
	Calls []string `json:"calls,omitempty"`
	// Pattern is an EventBridge event pattern over the whole event, as in
	// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html.
	Pattern json.RawMessage `json:"pattern,omitempty"`
	// Unless are event patterns of what to leave out.
	Unless []json.RawMessage `json:"unless,omitempty"`
	// ReadOnly says that read-only management events (Describe, Get, List, …) are wanted too. EventBridge delivers those
	// only to rules in the state ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS:
	// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html
	ReadOnly bool `json:"readOnly,omitempty"`
}
