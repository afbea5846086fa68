package redrive

import (
	"slices"
	"strings"
	"time"
)

// Filter chooses dead letters. An empty field chooses all.
type Filter struct {
	// Accounts are account ids.
	Accounts []string
	// Events are names of events, such as CreateUser, or calls, such as iam:CreateUser, in any
	// case.
	Events []string
	// Reason is a part of the reason, in any case.
	Reason string
	// Since and Before bound the time of the call. Before leaves out messages without a time.
	Since, Before time.Time
	// Junk also chooses what can never be posted.
	Junk bool
}

func (f *Filter) matches(l *DeadLetter) bool {
	return (len(f.Accounts) == 0 || slices.Contains(f.Accounts, l.Account)) &&
		(len(f.Events) == 0 || slices.ContainsFunc(f.Events, l.hasEventName)) &&
		strings.Contains(strings.ToLower(l.Reason), strings.ToLower(f.Reason)) &&
		(f.Since.IsZero() || !l.Time.Before(f.Since)) &&
		(f.Before.IsZero() || !l.Time.IsZero() && l.Time.Before(f.Before))
}

// hasEventName says whether the event, or its call, has a name.
func (l *DeadLetter) hasEventName(name string) bool {
	return strings.EqualFold(name, l.Event) || strings.EqualFold(name, l.eventName)
}
